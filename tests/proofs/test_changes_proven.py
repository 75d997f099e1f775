"""What follows an approval, up to its proof: asked for by Ada, decided by Bo, told to a stranger."""

import io
import re
import zipfile
from uuid import UUID

import pytest

from app.ledger import note, reader, signer
from app.ledger.policy import of_key
from app.ledger.signer import Keyring
from app.ledger.verify import Report, verify_bundle
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.conftest import Seal

ANSWERED = "Read every answer of the supplier."


@pytest.fixture
def followed(api: Client, given: Given, seal: Seal) -> str:
    """A plan in which all of it happens; the amendment's id."""
    ada, bo = given.client_of("ada"), given.client_of("bo")
    asks, decides = Given(ada), Given(bo)
    given.plan(
        *(given.promise(due_on=f"2026-03-{day}") for day in ("06", "10", "12")),
        given.promise(text="Check the new stock.", due_on="2026-03-06", recurrence="FREQ=WEEKLY", owner="chidi"),
    )
    for of, kind, due, outcome in (
        ("POA-1.1", "extension", {"due_on": "2026-03-09"}, "refused"),
        ("POA-1.1", "extension", {"due_on": "2026-03-11"}, "granted"),
        ("POA-1.2", "extension", {"due_on": "2026-03-20"}, ""),
        ("POA-1.3", "waiver", {}, "granted"),
    ):
        asked = asks.post(f"/v1/commitments/{of}/{kind}s", {"reason": f"Why {kind} of {of}."} | due)["id"]
        if outcome:
            decides.post(f"/v1/{kind}s/{asked}/decision", {"outcome": outcome, "reason": f"It is {outcome}."})
        else:
            asks.post(f"/v1/{kind}s/{asked}/withdrawal", {"reason": "It came sooner."})
    api.at("2026-03-05T09:00:00Z")
    asks.done("POA-1.1")
    look = {"outcome": "rejected", "reason": "The receipt is of another order."}
    decides.post("/v1/commitments/POA-1.1/verification", look)
    api.at("2026-03-10T09:00:00Z")
    asks.done("POA-1.1")
    decides.post("/v1/commitments/POA-1.1/verification", {"outcome": "verified", "reason": "Order 90-3345."})
    api.at("2026-03-13T09:00:00Z")
    late = asks.post("/v1/commitments/POA-1.2/extensions", {"due_on": "2026-03-20", "reason": "I forgot."})["id"]
    decides.post(f"/v1/extensions/{late}/decision", {"outcome": "granted", "reason": "Once."})
    asks.done("POA-1.4.1")
    new = given.promise(text=ANSWERED, due_on="2026-03-16", owner="bo") | {"why": "They asked for it."}
    weekly = given.promise(text="Ask the supplier.", due_on="2026-03-16", recurrence="FREQ=WEEKLY;COUNT=2")
    ends = [{"number": 4, "from_on": "2026-03-20", "why": "The stock is gone."}]
    body = {"commitments": [new, weekly | {"why": "Until they answer."}], "ends": ends}
    amendment: str = asks.post("/v1/plans/POA-1/amendments", body)["id"]
    decides.post(f"/v1/amendments/{amendment}/decision", {"outcome": "granted", "reason": "It helps."})
    left = ada.patch(
        f"/v1/members/{given.member('chidi')['id']}", json={"active": False, "hand_over_to": "ada@example.com"}
    )
    assert left.status_code == 200, left.text
    for one in ("POA-1.2", "POA-1.4.2", "POA-1.5", "POA-1.6.1", "POA-1.6.2"):
        asks.done(one)
    judged = {"outcome": "inconclusive", "reason": "Too few orders since."}
    decides.post("/v1/plans/POA-1/effectiveness", judged)
    seal()
    return amendment


def proven(api: Client, ring: Keyring, tenant: Tenant, query: str = "") -> Report:
    (key,) = signer.verifier_keys(ring, UUID(tenant.workspace_id))
    return verify_bundle(api.get(f"/v1/plans/POA-1/proof{query}").content, of_key(note.format_vkey(key)))


@pytest.mark.usefixtures("followed")
def test_all_of_it_is_proven_and_told(api: Client, ring: Keyring, tenant: Tenant) -> None:
    report = proven(api, ring, tenant)

    assert (report.valid, report.level) == (True, "P2"), report.checks[-1]
    text = reader.to_text(report)
    said = text.partition("is approved.\n")[2].splitlines()
    assert said[1:5] == [
        (
            "Commitment 1, due 2026-03-11 (at first 2026-03-06): done on time, by the server's clock, verified; said "
            "to be done once before, and rejected."
        ),
        "Commitment 2, due 2026-03-20 (at first 2026-03-10): done on time, by the server's clock.",
        "Commitment 3, due 2026-03-12: waived, and so not done.",
        "Commitment 4.1, due 2026-03-06: done 7 days late.",
    ]
    for told in (
        "Commitments 4.3 to 4.56, due 2026-03-20 to 2027-03-26: all 54 were waived, and so not done.",
        "Commitment 5, due 2026-03-16: done on time",
        "Extension of commitment 1 from 2026-03-06 to 2026-03-09, asked for on 2026-03-02: refused on 2026-03-02.",
        "Extension of commitment 1 from 2026-03-06 to 2026-03-11, asked for on 2026-03-02: granted on 2026-03-02.",
        "Extension of commitment 2 from 2026-03-10 to 2026-03-20, asked for on 2026-03-02: withdrawn on 2026-03-02.",
        "to 2026-03-20, asked for on 2026-03-13, after the due had passed: granted on 2026-03-13.",
        "Waiver of commitment 3, asked for on 2026-03-02: granted on 2026-03-02.",
        "granted on 2026-03-13; it adds commitments 5, 6 and ends commitment 4 from 2026-03-20 on.",
        "Effectiveness check 1, 2026-03-13: inconclusive, with 0 notices since by the server's count;",
    ):
        assert told in text
    assert "By the same person who asked for it or did it: approved." in text
    assert text.count("By the same person") == 1


@pytest.mark.usefixtures("followed")
def test_names_left_out_take_the_reasons_along_and_keep_the_plans_words(
    api: Client, ring: Keyring, tenant: Tenant
) -> None:
    bundle = api.get("/v1/plans/POA-1/proof?redact=names").json()

    report = proven(api, ring, tenant, "?redact=names")

    assert report.valid, report.checks[-1]
    assert report.left_out > 10
    said = zipped(api, redact="names")
    for reason in ("It is granted.", "Why extension", "another order", "Too few orders", "Why waiver"):
        assert reason not in said
    assert ANSWERED in said
    assert bundle["plan"] == report.plan


def test_a_proof_stays_valid_when_the_words_of_an_amendment_are_erased(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant, followed: str
) -> None:
    given.post("/v1/erasures", {"subject": followed})
    seal()

    report = proven(api, ring, tenant)

    assert report.valid, report.checks[-1]
    assert report.erased > 0
    sentences = [one.sentence for one in report.checks]
    assert "1 were asked for; the words of 0 can be read here." in sentences
    assert ANSWERED not in zipped(api)


def test_a_series_that_ends_far_ahead_is_opened_until_then_and_proven(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    given.plan(given.promise(due_on="2026-03-06", recurrence="FREQ=MONTHLY"))
    ends = {"ends": [{"number": 1, "from_on": "2028-01-01", "why": "The contract ends."}]}
    asked = Given(given.client_of("ada")).post("/v1/plans/POA-1/amendments", ends)["id"]
    Given(given.client_of("bo")).post(f"/v1/amendments/{asked}/decision", {"outcome": "granted", "reason": "Agreed."})
    api.at("2027-12-01T09:00:00Z").get("/v1/overdue")
    seal()

    report = proven(api, ring, tenant)

    assert report.valid, report.checks[-1]
    assert [one.due_on for one in report.verdicts][-1] == "2027-12-06"


@pytest.mark.usefixtures("followed")
def test_the_report_shows_who_asked_who_decided_and_why(api: Client) -> None:
    text = zipped(api)

    for said in (
        "62 promised 6 done on time 1 done late 0 overdue 0 not due yet 55 waived",
        "Owner Ada Okafor Due 11 Mar 2026 (first promised for 6 Mar 2026)",
        "Done 10 Mar 2026, 02:00 by Ada Okafor; by the due that was promised first, 4 days late",
        "Extension from 6 Mar 2026 to 11 Mar 2026: granted Asked for on 2 Mar 2026, 01:00 by Ada Okafor Why extension",
        "of POA-1.1. Granted on 2 Mar 2026, 01:00 by Bo Lindqvist It is granted.",
        "Looked at, and rejected 5 Mar 2026, 01:00 by Bo Lindqvist The receipt is of another order. Said to be done 10",
        "withdrawn Asked for on 2 Mar 2026, 01:00 by Ada Okafor Why extension of POA-1.2. Withdrawn on",
        "Asked for on 13 Mar 2026, 02:00 by Ada Okafor after the due had passed I forgot.",
        "Waived, not done Remove the remaining 212 units. Owner Ada Okafor Due 12 Mar 2026 Events",
        "Waiver, when it was due 12 Mar 2026: granted",
        "POA-1.4.3 to 56 &middot; corrective Waived, not done Check the new stock.",
        "Due 20 Mar 2026 to 26 Mar 2027, 54 times Waived by amendment 1, which ended it",
        f"{ANSWERED} Owner Bo Lindqvist Due 16 Mar 2026 Done 13 Mar 2026, 02:00 by Ada Okafor Added by amendment 1",
        "Amendment 1 Granted Adds POA-1.5, due 16 Mar 2026: Read every answer of the supplier. They asked for it.",
        "Ends POA-1.4 from 20 Mar 2026 on. The stock is gone.",
        "Effectiveness check 1 Inconclusive Judged 13 Mar 2026, 02:00 by Bo Lindqvist Too few orders since.",
        "Observed until 9 Sep 2026",
        "the number of notices in an effectiveness check is the server&#x27;s count",
    ):
        assert said in text, said
    assert "decided it alone" not in text


def test_the_report_says_what_is_undecided_refused_erased_and_decided_alone(
    api: Client, given: Given, seal: Seal
) -> None:
    api.patch("/v1/workspace", json={"four_eyes": False})
    given.plan(*(given.promise() for _ in range(2)), given.promise(recurrence="FREQ=WEEKLY"))
    given.post("/v1/commitments/POA-1.1/waivers", {"reason": "It is sold."})
    given.done("POA-1.2")
    given.post("/v1/commitments/POA-1.2/verification", {"outcome": "verified"})
    new = {"commitments": [given.promise(text=ANSWERED) | {"why": "They ask for it."}], "ends": []}
    ids = [
        given.post("/v1/plans/POA-1/amendments", new | more)["id"]
        for more in ({}, _looking(given), _ending("2026-06-01"))
    ]
    given.post(f"/v1/amendments/{ids[1]}/withdrawal")
    granted = {"outcome": "granted", "reason": "Yes.", "authority": "Amazon", "reference": "case 2"}
    given.post(f"/v1/amendments/{ids[2]}/decision", granted)
    given.post("/v1/erasures", {"subject": ids[2]})
    seal()

    text = zipped(api)

    for said in (
        "Waiver, when it was due 1 Apr 2026: not decided Asked for on 2 Mar 2026",
        "Looked at, and verified 2 Mar 2026",
        "Amendment 1 Not decided Adds a commitment, due 1 Apr 2026: Read every answer of the supplier. They ask",
        "Amendment 2 Withdrawn Adds a commitment, due 2 Mar 2026, 04:00: Look. As asked.",
        "Adds a commitment, due P3D after it is granted and again (FREQ=WEEKLY;COUNT=2): Look. As asked.",
        "Adds POA-1.4: (erased or left out; the ledger keeps its fingerprint)",
        "Ends POA-1.3 from 1 Jun 2026 on.",
        "had done it, decided it alone (amendment 3, verification).",
    ):
        assert said in text, said


def _looking(given: Given) -> dict[str, object]:
    often = {"due_after_approval": "P3D", "recurrence": "FREQ=WEEKLY;COUNT=2"}
    dues: list[dict[str, str]] = [{"due_at": "2026-03-02T12:00:00Z"}, often]
    return {"commitments": [given.promise(text="Look.", **due) | {"why": "As asked."} for due in dues]}


def _ending(from_on: str) -> dict[str, object]:
    return {"ends": [{"number": 3, "from_on": from_on, "why": "No longer sold."}]}


def zipped(api: Client, **query: str) -> str:
    """Return the words of the report in the archive."""
    with zipfile.ZipFile(io.BytesIO(api.get("/v1/plans/POA-1/proof.zip", params=query).content)) as archive:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", archive.read("report.html").decode()))
