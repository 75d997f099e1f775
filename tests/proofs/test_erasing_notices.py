"""What a notice said can be erased: from its rows, from the workspace's events and from the chain of every plan."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.core.embedded import Cluster
from app.proofs import audit
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.test_erasure import dumped

WORDS = (
    *("walmart-of-nowhere", "case 98-7654", "Counterfeit claim", "Recounted claim", "Mrs Miller of Reno"),
    *("B0MILLER99", "B0MILLER77", "We wrote to Mrs Miller", "She took it back"),
)
DECISION = {"authority": "Amazon", "received_at": "2026-03-02T08:00:00Z"}


def decide(given: Given, outcome: str, plan: str) -> None:
    given.post(f"/v1/plans/{plan}/decision", DECISION | {"outcome": outcome}, 200)


@pytest.fixture
def notice(api: Client, given: Given) -> str:
    """A closed notice that everything happened to, with a retry in mind; two plans have answered it."""
    api.headers["Idempotency-Key"] = "first"
    id_: str = given.notice(
        source="walmart-of-nowhere",
        external_id="case 98-7654",
        title="Counterfeit claim",
        text="Mrs Miller of Reno says that it is a copy.",
        items=[{"type": "asin", "ref": "B0MILLER99"}],
    )["id"]
    del api.headers["Idempotency-Key"]
    path = f"/v1/notices/{id_}"
    api.patch(path, json={"title": "Recounted claim", "items": [{"type": "asin", "ref": "B0MILLER77"}]})
    given.post(f"{path}/dismissal", {"reason": "She took it back."})
    given.post(f"{path}/acknowledgement")
    given.post(f"{path}/response", {"note": "We wrote to Mrs Miller."})
    for plan in "POA-1", "POA-2":
        given.draft(notices=[id_])
        given.submit(plan)
        decide(given, "denied" if plan == "POA-1" else "approved", plan)
    assert api.get(path).json()["state"] == "closed"
    return id_


def events(api: Client) -> list[Any]:
    found: list[Any] = api.get("/v1/events?limit=200").json()["data"]
    return found


def faults(app: FastAPI, tenant: Tenant) -> list[str]:
    return audit.check(app.state.engine, UUID(tenant.workspace_id), progress=lambda *_: None).faults


def test_no_word_of_it_is_in_a_dump(api: Client, notice: str, cluster: Cluster, tenant: Tenant, app: FastAPI) -> None:
    before = dumped(cluster, tenant)
    disclosures = [
        one["disclosure"] for event in events(api) if event["subject"] == notice for one in event["disclosures"]
    ]

    answer = api.post("/v1/erasures", json={"subject": notice})

    after = dumped(cluster, tenant)
    assert answer.json()["disclosures"] == len(disclosures) == 19
    assert len([word for word in WORDS if word in before]) > 5
    assert [word for word in WORDS if word in after or word.encode().hex() in after] == []
    assert [one for one in disclosures if one in after] == []
    assert all(one in before for one in disclosures)
    assert faults(app, tenant) == []


def test_what_stands_there_says_so_and_everything_can_be_read(api: Client, notice: str) -> None:
    before = api.get(f"/v1/notices/{notice}").json()

    api.post("/v1/erasures", json={"subject": notice})

    after = api.get(f"/v1/notices/{notice}").json()
    gone = dict.fromkeys(("title", "text", "response"), "[erased]")
    assert after == before | gone | {"source": "erased", "external_id": f"erased-{notice}", "items": []}
    paths = (f"notices/{notice}/history", "plans/POA-1", "plans/POA-2/readiness", "plans/POA-2/changes")
    assert [path for path in paths if api.get(f"/v1/{path}").status_code != 200] == []


def test_each_chain_that_said_it_says_that_it_was_erased(api: Client, notice: str) -> None:
    before = [(one["text"], one["leaf_hash"]) for one in events(api)]

    api.post("/v1/erasures", json={"subject": notice})

    after = events(api)
    said = [one for one in after if one["type"] == "disclosure.erased"]
    plans = {api.get(f"/v1/plans/POA-{n}").json()["id"] for n in (1, 2)}
    assert {one["plan"] for one in said} == plans | {None}
    assert {one["subject"] for one in said} == {notice}
    assert [(one["text"], one["leaf_hash"]) for one in after][: len(before)] == before


def test_what_is_named_goes_and_the_rest_stays(api: Client, notice: str, app: FastAPI, tenant: Tenant) -> None:
    before = api.get(f"/v1/notices/{notice}").json()

    api.post("/v1/erasures", json={"subject": notice, "names": ["items", "external_id"]})

    after = api.get(f"/v1/notices/{notice}").json()
    assert after == before | {"external_id": f"erased-{notice}", "items": []}
    assert faults(app, tenant) == []


def test_what_is_about_it_may_still_be_corrected(api: Client, notice: str, app: FastAPI, tenant: Tenant) -> None:
    api.post("/v1/erasures", json={"subject": notice})

    changed = api.patch(f"/v1/notices/{notice}", json={"category": "other", "title": "Anonymous"})

    assert changed.status_code == 200
    assert faults(app, tenant) == []


@pytest.mark.parametrize("state", ["received", "acknowledged", "responded"])
def test_what_may_still_have_to_be_answered_is_not_erased(api: Client, given: Given, state: str) -> None:
    open_ = given.notice()["id"]
    given.post(f"/v1/notices/{open_}/acknowledgement") if state == "acknowledged" else None
    given.post(f"/v1/notices/{open_}/response", {"note": "?"}) if state == "responded" else None

    refused = api.post("/v1/erasures", json={"subject": open_})

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-erasable-yet")
    assert refused.json()["detail"] == "Close or dismiss this notice first."


def test_a_dismissed_notice_loses_its_reason_too(api: Client, given: Given, app: FastAPI, tenant: Tenant) -> None:
    dismissed = given.notice()["id"]
    given.post(f"/v1/notices/{dismissed}/dismissal", {"reason": "Mrs Miller took it back."})

    api.post("/v1/erasures", json={"subject": dismissed})

    assert api.get(f"/v1/notices/{dismissed}").json()["reason"] == "[erased]"
    assert faults(app, tenant) == []


def test_its_plan_keeps_what_is_its_own(api: Client, notice: str, app: FastAPI, tenant: Tenant) -> None:
    before = api.get("/v1/plans/POA-2").json()

    api.post("/v1/erasures", json={"subject": notice})

    assert api.get("/v1/plans/POA-2").json() == before
    api.post("/v1/erasures", json={"subject": before["id"]})
    assert api.get("/v1/plans/POA-2").json()["notices"] == []
    assert faults(app, tenant) == []


def test_what_is_anothers_cannot_be_erased(cy: Client, notice: str) -> None:
    assert cy.post("/v1/erasures", json={"subject": notice}).status_code == 404
