"""Somebody else looks at the evidence: verifies what was done, or rejects it, and then it is open again."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.changes.given import events, faults, refusal
from tests.client import Client
from tests.given import NOTE, Given

PAST_DUE = "2026-04-02T07:00:00Z"
REJECTED = {"outcome": "rejected", "reason": "The order is still open."}
VERIFIED = {"outcome": "verified"}


def judge(client: Client, body: dict[str, Any], commitment: str = "POA-1.1", **headers: str) -> Any:
    return client.post(f"/v1/commitments/{commitment}/verification", json=body, headers=headers)


def verdicts(api: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/commitments/POA-1.1/verifications").json()["data"]
    return found


def done_by(client: Client) -> Any:
    return client.post("/v1/commitments/POA-1.1/completion", json={"evidence": NOTE}).json()


def test_what_was_done_is_verified_by_somebody_else(api: Client, given: Given) -> None:
    given.commitment()
    done = done_by(given.client_of("ada"))

    verified = judge(given.client_of("bo"), VERIFIED | {"reason": "Seen on site."})

    assert (verified.status_code, verified.json()) == (200, done | {"state": "verified"})
    assert api.get("/v1/commitments/POA-1.1").json() == verified.json()
    assert verdicts(api) == [
        {
            "number": 1,
            "outcome": "verified",
            "reason": "Seen on site.",
            "by": given.member("bo")["id"],
            "at": "2026-03-02T09:00:00Z",
        }
    ]
    assert events(api, "commitment.v") == ["commitment.verified"]


def test_a_rejection_opens_it_again_and_its_due_stays(api: Client, given: Given) -> None:
    promised = given.commitment()
    done_by(given.client_of("ada"))

    rejected = judge(given.client_of("bo"), REJECTED)

    assert (rejected.status_code, rejected.json()) == (200, promised | {"evidence": 1})
    assert [(one["outcome"], one["reason"]) for one in verdicts(api)] == [("rejected", "The order is still open.")]


def test_it_is_overdue_at_once_if_its_due_has_passed(api: Client, given: Given) -> None:
    given.commitment()
    done_by(given.client_of("ada"))
    bo = given.client_of("bo")
    assert api.at(PAST_DUE).overdue() == []

    judge(bo, REJECTED)

    assert api.overdue() == ["POA-1.1"]


def test_what_was_said_while_it_was_done_is_still_said_of_then(api: Client, given: Given) -> None:
    given.commitment()
    done_by(given.client_of("ada"))
    judge(given.client_of("bo").at("2026-04-05T00:00:00Z"), REJECTED)

    assert api.overdue(as_of="2026-04-04T23:59:59Z") == []
    assert api.overdue(as_of="2026-04-05T00:00:00Z") == ["POA-1.1"]
    spans = api.get("/v1/commitments/POA-1.1/history").json()["data"]
    assert [one["state"] for one in spans] == ["open", "done", "open"]


def test_done_again_its_lateness_is_judged_anew_and_the_evidence_stays(api: Client, given: Given) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    done_by(ada)
    judge(bo, REJECTED)

    done = done_by(ada.at("2026-04-04T18:00:00Z"))
    verified = judge(bo, VERIFIED)

    assert (done["days_late"], done["evidence"]) == (3, 2)
    assert verified.json()["days_late"] == 3
    assert [(one["number"], one["outcome"], one["reason"]) for one in verdicts(api)] == [
        (1, "rejected", "The order is still open."),
        (2, "verified", None),
    ]


def test_what_was_rejected_does_not_show_it_again(given: Given) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    done_by(ada)
    judge(bo.at("2026-03-03T09:00:00Z"), REJECTED)

    # It does not depend on clocks: one is put back here.
    refused = ada.post("/v1/commitments/POA-1.1/completion", json={})
    given.api.at("2026-03-02T09:00:00Z")
    given.evidence("POA-1.1", "The order is closed now.")
    done = ada.at("2026-03-02T09:00:00Z").post("/v1/commitments/POA-1.1/completion", json={})

    assert refusal(refused) == (
        409,
        "evidence-needed",
        "POA-1.1 has no evidence yet, or none since it was rejected.",
    )
    assert (done.status_code, done.json()["evidence"]) == (200, 2)


def test_when_work_began_stays_said(api: Client, given: Given) -> None:
    given.commitment()
    api.post("/v1/commitments/POA-1.1/start")
    done_by(given.client_of("ada"))

    rejected = judge(given.client_of("bo"), REJECTED).json()

    assert (rejected["state"], rejected["started_at"]) == ("open", "2026-03-02T09:00:00Z")


@pytest.mark.parametrize("body", [VERIFIED, REJECTED], ids=["verified", "rejected"])
@pytest.mark.parametrize("who", ["ada", "bo"])
def test_who_completed_it_does_not_verify_it_admins_included(
    api: Client, given: Given, who: str, body: dict[str, str]
) -> None:
    given.commitment()
    client = given.client_of(who)
    done = done_by(client)

    refused = judge(client, body)

    assert refusal(refused) == (409, "self-verified", "")
    assert api.get("/v1/commitments/POA-1.1").json() == done
    assert verdicts(api) == []


@pytest.mark.parametrize("body", [VERIFIED, REJECTED], ids=["verified", "rejected"])
def test_with_four_eyes_off_who_completed_it_may(api: Client, given: Given, body: dict[str, str]) -> None:
    given.commitment()
    api.patch("/v1/workspace", json={"four_eyes": False})
    ada = given.client_of("ada")
    done_by(ada)

    assert judge(ada, body).status_code == 200


def test_a_rejection_says_what_the_evidence_does_not_show(api: Client, given: Given) -> None:
    given.commitment()
    done_by(given.client_of("ada"))
    bo = given.client_of("bo")

    refused, blank = judge(bo, {"outcome": "rejected"}), judge(bo, {"outcome": "rejected", "reason": "  "})

    assert refused.status_code == 422
    assert faults(refused) == [("/body/reason", "reason_missing", "Say what the evidence does not show.")]
    assert [fault[0] for fault in faults(blank)] == ["/body/reason"]
    assert api.get("/v1/commitments/POA-1.1").json()["state"] == "done"


@pytest.mark.parametrize("body", [VERIFIED, REJECTED], ids=["verified", "rejected"])
def test_only_what_is_done_is_looked_at(api: Client, given: Given, body: dict[str, str]) -> None:
    given.commitment()
    bo = given.client_of("bo")

    is_open = judge(bo, body)
    api.post("/v1/commitments/POA-1.1/start")
    in_progress = judge(bo, body)
    done_by(given.client_of("ada"))
    judge(bo, VERIFIED)
    is_verified = judge(bo, body)

    assert [refusal(one) for one in (is_open, in_progress, is_verified)] == [
        (409, "commitment-cannot-move", f"It is `{state}` and cannot become `verified`.")
        for state in ("open", "in_progress", "verified")
    ]


def test_a_contributor_verifies_nothing(given: Given) -> None:
    given.commitment()
    done_by(given.client_of("ada"))

    assert refusal(judge(given.client_of("chidi"), VERIFIED))[:2] == (403, "scope-missing")


def test_of_many_who_judge_at_once_one_does(api: Client, given: Given) -> None:
    given.commitment()
    done_by(given.client_of("ada"))
    bo = given.client_of("bo")

    with ThreadPoolExecutor(8) as threads:
        bodies = [VERIFIED, REJECTED] * 4
        answers = Counter(threads.map(lambda body: judge(bo, body).status_code, bodies))

    assert answers == {200: 1, 409: 7}
    assert len(verdicts(api)) == 1


def test_it_is_stale_if_what_was_seen_has_changed(given: Given) -> None:
    given.commitment()
    ada, bo = given.client_of("ada"), given.client_of("bo")
    done_by(ada)
    seen = bo.get("/v1/commitments/POA-1.1").headers["etag"]
    given.evidence("POA-1.1", "The order was reopened.")

    stale = judge(bo, VERIFIED, **{"If-Match": seen})

    assert refusal(stale)[:2] == (412, "stale")
    assert judge(bo, VERIFIED, **{"If-Match": stale.headers["etag"]}).status_code == 200


def test_sent_again_it_happens_once(api: Client, given: Given) -> None:
    given.commitment()
    done_by(given.client_of("ada"))
    bo = given.client_of("bo")

    first, again = (judge(bo, REJECTED, **{"Idempotency-Key": "once"}) for _ in range(2))

    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert len(verdicts(api)) == 1


def test_another_workspace_sees_none_of_it(given: Given, cy: Client) -> None:
    given.commitment()
    done = done_by(given.client_of("ada"))

    assert refusal(judge(cy, VERIFIED, done["id"]))[:2] == (404, "commitment-not-found")
    assert cy.get(f"/v1/commitments/{done['id']}/verifications").status_code == 404


def left(given: Given) -> Client:
    """Return Bo's client, after Ada has completed her commitment and left."""
    given.commitment(owner="chidi")
    bo = given.client_of("bo")
    done_by(given.client_of("chidi"))
    assert given.api.patch(f"/v1/members/{given.member('chidi')['id']}", json={"active": False}).status_code == 200
    return bo


def test_what_is_rejected_after_its_owner_has_left_needs_another(api: Client, given: Given) -> None:
    bo = left(given)

    refused = judge(bo, REJECTED)

    assert refused.status_code == 422
    assert faults(refused) == [
        ("/body/owner", "owner_left", "Its owner has left: name who is accountable from now on.")
    ]
    assert api.get("/v1/commitments/POA-1.1").json()["state"] == "done"
    assert judge(bo, VERIFIED).status_code == 200


def test_a_rejection_can_name_another_owner(api: Client, given: Given) -> None:
    bo = left(given)

    rejected = judge(bo, REJECTED | {"owner": "bo@example.com"}).json()

    assert (rejected["state"], rejected["owner"]["name"]) == ("open", "Bo Lindqvist")
    assert events(api, "commitment.re") == ["commitment.rejected", "commitment.reassigned"]


@pytest.mark.parametrize(
    ("owner", "status", "type_"), [("nobody@example.com", 422, "invalid"), ("chidi@example.com", 409, "same-owner")]
)
def test_a_rejection_gives_it_to_an_active_member_or_leaves_it(
    given: Given, owner: str, status: int, type_: str
) -> None:
    given.commitment(owner="chidi")
    done_by(given.client_of("chidi"))

    refused = judge(given.client_of("bo"), REJECTED | {"owner": owner})

    assert refusal(refused)[:2] == (status, type_)


def test_who_leaves_while_it_is_rejected_leaves_nobody_accountable_behind(api: Client, given: Given) -> None:
    given.commitment(owner="chidi")
    bo = given.client_of("bo")
    done_by(given.client_of("chidi"))
    chidi = given.member("chidi")["id"]

    with ThreadPoolExecutor(2) as threads:
        rejected = threads.submit(judge, bo, REJECTED)
        left = threads.submit(api.patch, f"/v1/members/{chidi}", json={"active": False})

    assert (rejected.result().status_code, left.result().status_code) in {(200, 409), (422, 200)}
