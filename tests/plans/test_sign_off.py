"""Before a plan is sent, somebody else than its authors reads it, where four eyes are asked for."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

DENIAL = {"outcome": "denied", "authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}


def sign_off(client: Client, **body: Any) -> Any:
    return client.post("/v1/plans/POA-1/sign-off", json=body)


def submit(client: Client) -> Any:
    return client.post("/v1/plans/POA-1/submissions", json={})


def draft_of(client: Client) -> Any:
    return client.post("/v1/plans", json={"title": "Late shipments"}).json()


def refused_as(answer: Any) -> str:
    assert answer.status_code == 409, answer.text
    return str(answer.json()["type"].removeprefix("/problems/"))


def test_who_read_it_and_when_is_recorded(api: Client, given: Given) -> None:
    bo = given.client_of("bo")
    before = given.draft()

    signed = sign_off(bo, note="Invoices checked against the 14 orders.").json()

    by = {"signed_off_by": given.member("bo")["id"], "signed_off_at": "2026-03-02T09:00:00Z"}
    assert signed == before | by
    event = api.get("/v1/events", params={"limit": 200}).json()["data"][-1]
    assert (event["type"], event["plan"], event["subject"]) == ("plan.signed_off", before["id"], before["id"])
    assert [one["value"] for one in event["disclosures"]] == ["Invoices checked against the 14 orders."]
    assert submit(api).json()["state"] == "submitted"


def test_a_draft_that_nobody_read_is_not_sent(api: Client, given: Given) -> None:
    given.draft()

    refused = submit(api)

    assert refused_as(refused) == "sign-off-missing"
    assert "/v1/plans/{plan}/sign-off" in refused.json()["detail"]
    assert api.get("/v1/plans/POA-1").json()["attempts"] == 0


def test_its_author_does_not_sign_it_off(given: Given) -> None:
    ada = given.client_of("ada")
    draft_of(ada)

    assert refused_as(sign_off(ada)) == "self-sign-off"


def test_another_key_of_its_author_is_still_its_author(given: Given) -> None:
    draft_of(given.client_of("ada"))

    assert refused_as(sign_off(given.client_of("ada", "read", "approve"))) == "self-sign-off"


def test_who_changed_it_has_written_it_too(given: Given) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    draft_of(ada)
    bo.patch("/v1/plans/POA-1", json={"title": "Later shipments"})

    assert [refused_as(sign_off(one)) for one in (ada, bo)] == ["self-sign-off"] * 2


@pytest.mark.parametrize("change", [{"title": "Later shipments"}, {"title": "Late shipments"}, {}])
def test_every_change_takes_it_back(given: Given, change: dict[str, str]) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    draft_of(ada)
    sign_off(bo)

    changed = ada.patch("/v1/plans/POA-1", json=change).json()

    assert (changed["signed_off_by"], changed["signed_off_at"]) == (None, None)
    assert refused_as(submit(ada)) == "sign-off-missing"
    assert sign_off(bo).status_code == 200
    assert submit(ada).status_code == 200


def test_what_was_changed_since_it_was_read_is_not_signed_off(api: Client, given: Given) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    draft_of(ada)
    read = {"If-Match": bo.get("/v1/plans/POA-1").headers["etag"]}
    ada.patch("/v1/plans/POA-1", json={"title": "Later shipments"})

    stale = bo.post("/v1/plans/POA-1/sign-off", json={}, headers=read)

    assert (stale.status_code, stale.json()["type"]) == (412, "/problems/stale")
    assert api.get("/v1/plans/POA-1").json()["signed_off_by"] is None
    again = {"If-Match": bo.get("/v1/plans/POA-1").headers["etag"]}
    assert bo.post("/v1/plans/POA-1/sign-off", json={}, headers=again).json()["title"] == "Later shipments"


def test_a_change_that_is_refused_takes_nothing_back(given: Given) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    draft_of(ada)
    sign_off(bo)

    ada.patch("/v1/plans/POA-1", json={"notices": ["00000000-0000-0000-0000-000000000000"]})

    assert submit(ada).status_code == 200


def test_the_next_attempt_is_read_again_by_somebody_who_wrote_none_of_it(given: Given) -> None:
    ada, bo, vera = given.client_of("ada"), given.client_of("bo"), given.client_of("vera")
    draft_of(ada)
    sign_off(bo)
    submit(ada)
    bo.post("/v1/plans/POA-1/decision", json=DENIAL)
    denied = refused_as(submit(ada))
    bo.patch("/v1/plans/POA-1", json={"title": "Better"})

    assert denied == "plan-cannot-move"
    assert refused_as(submit(ada)) == "sign-off-missing"
    assert [refused_as(sign_off(one)) for one in (ada, bo)] == ["self-sign-off"] * 2
    assert sign_off(vera).status_code == 403
    given.sign_off("POA-1")
    assert submit(ada).json()["attempts"] == 2


def test_a_question_is_answered_without_another_sign_off(given: Given) -> None:
    ada, bo = given.client_of("ada"), given.client_of("bo")
    draft_of(ada)
    sign_off(bo)
    submit(ada)
    bo.post("/v1/plans/POA-1/decision", json=DENIAL | {"outcome": "more_info_requested"})

    answered = ada.post("/v1/plans/POA-1/submissions", json={"text": "Invoice 7 is attached."})

    assert (answered.status_code, answered.json()["attempts"]) == (200, 1)


def test_without_four_eyes_its_author_may_send_it(api: Client, given: Given) -> None:
    api.patch("/v1/workspace", json={"four_eyes": False})
    ada = given.client_of("ada")
    draft_of(ada)

    assert sign_off(ada).json()["signed_off_by"] == given.member("ada")["id"]
    assert submit(ada).status_code == 200


def test_what_was_allowed_without_four_eyes_does_not_count_with_them(api: Client, given: Given) -> None:
    ada = given.client_of("ada")
    draft_of(ada)
    api.patch("/v1/workspace", json={"four_eyes": False})
    sign_off(ada)
    api.patch("/v1/workspace", json={"four_eyes": True})

    hints = api.get("/v1/plans/POA-1/readiness").json()["hints"]

    assert "not_signed_off" in [one["code"] for one in hints]
    assert refused_as(submit(ada)) == "sign-off-missing"


@pytest.mark.parametrize("state", ["submitted", "more_info_requested", "denied", "approved", "withdrawn"])
def test_only_a_draft_is_signed_off(api: Client, given: Given, state: str) -> None:
    given.draft()
    if state == "withdrawn":
        given.post("/v1/plans/POA-1/withdrawal", {"reason": "?"})
    else:
        given.submit("POA-1")
        given.post("/v1/plans/POA-1/decision", DENIAL | {"outcome": state}) if state != "submitted" else None
    before = api.get("/v1/plans/POA-1").json()

    refused = sign_off(given.client_of("bo"))

    assert refused_as(refused) == "plan-cannot-move"
    assert api.get("/v1/plans/POA-1").json() == before


def test_signing_off_takes_the_scope_for_it(given: Given) -> None:
    given.draft()

    assert sign_off(given.client_of("chidi")).status_code == 403
    assert sign_off(given.client_of("vera")).status_code == 403


def test_an_older_version_is_not_signed_off(api: Client, given: Given) -> None:
    given.draft()
    seen = api.get("/v1/plans/POA-1").headers["etag"]
    api.patch("/v1/plans/POA-1", json={"title": "Later shipments"})

    stale = given.client_of("bo").post("/v1/plans/POA-1/sign-off", json={}, headers={"If-Match": seen})

    assert stale.status_code == 412


@pytest.mark.both_versions
def test_of_8_who_send_it_at_once_one_wins(api: Client, given: Given) -> None:
    given.draft(notices=[given.notice()["id"]])
    given.sign_off("POA-1")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: submit(api), range(8)))

    assert sorted(one.status_code for one in answers) == [200, *[409] * 7]
    assert {refused_as(one) for one in answers if one.status_code == 409} == {"plan-cannot-move"}
    assert api.get("/v1/plans/POA-1").json()["attempts"] == 1
