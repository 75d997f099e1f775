"""What people wrote is held against the events: the approved text, its clauses, the disclosures and the evidence."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from app.ledger.events import digest, disclose
from app.ledger.verify import verify_bundle
from tests.ledger.forging import (
    RULE,
    SERIES,
    bound,
    clause,
    content,
    due,
    forge,
    hashed,
    occurrence,
    refused,
    repeating,
)
from tests.ledger.proving import (
    ADA,
    BO,
    FIRST,
    NOTE,
    PIECE,
    PLAN,
    POLICY,
    SECOND,
    START,
    Maker,
    approved,
    commitment_facts,
    kept_and_late,
    to_bytes,
)

NOON = START.replace(day=10, hour=11)
WEEKLY = clause("Look again", recurrence=RULE)
HOURS = clause(due_on=None, due_after_approval="PT201H30M")
DAYS = clause(due_on=None, due_after_approval="P1W1D")
AT_NOON = clause(due_on=None, due_at="2026-03-10T11:00:00Z")


def single(asked: dict[str, Any], *, text: str = "Check the settings", **changed: Any) -> Maker:
    """Return a log in which that clause became a commitment, but as *changed*."""
    maker = bound(content(asked))
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10") | changed, text=text)
    return maker


def weekly(*texts: str, asked: dict[str, Any] = WEEKLY, **changed: Any) -> Maker:
    """Return a log in which that clause became a series, whose events say these texts."""
    maker = bound(content(asked))
    maker.append("series.opened", SERIES, repeating(1, **changed), text=texts[0])
    maker.append("commitment.opened", FIRST, occurrence(1, "2026-03-10"), text=texts[1])
    maker.append("series.extended", SERIES, repeating(2, **changed), text=texts[2])
    maker.append("commitment.opened", SECOND, occurrence(2, "2026-03-17"), text=texts[3])
    return maker


@pytest.mark.parametrize("place", range(4))
def test_a_series_and_each_of_its_occurrences_say_what_was_approved(place: int) -> None:
    texts = ["Look again"] * 4

    assert verify_bundle(to_bytes(weekly(*texts).bundle()), POLICY).valid

    texts[place] = "Look away"
    refused(weekly(*texts), "approved text", "commitment 1 is not what was approved")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"asked": clause("Look again")}, "commitment 1 is not what was approved"),
        ({"rule": "FREQ=DAILY"}, "commitment 1 is not what was approved"),
        ({"asked": WEEKLY | {"except_on": ["2026-03-17"]}}, "commitment 1 is not what was approved"),
        ({"asked": WEEKLY | {"kind": "preventive"}}, "commitment 1 is not what was approved"),
        ({"asked": WEEKLY | {"owner": str(BO)}}, "commitment 1 is not what was approved"),
        ({"asked": WEEKLY | {"due_on": "2026-03-09"}}, "due on another day than was approved"),
        ({"asked": WEEKLY | {"due_on": None, "due_at": "2026-03-10T11:00:00Z"}}, "due on another day"),
    ],
)
def test_a_series_that_was_not_approved_is_refused(changed: dict[str, Any], reason: str) -> None:
    refused(weekly(*["Look again"] * 4, **changed), "approved text", reason)


def test_a_series_that_leaves_a_day_out_is_as_approved() -> None:
    asked = WEEKLY | {"except_on": ["2026-03-24"]}

    assert verify_bundle(to_bytes(weekly(*["Look again"] * 4, asked=asked).bundle()), POLICY).valid


def test_an_occurrence_may_be_taken_over_by_somebody_else_later() -> None:
    maker = weekly(*["Look again"] * 4)
    maker.append("commitment.reassigned", FIRST, occurrence(1, "2026-03-10", owner=BO))

    assert verify_bundle(to_bytes(maker.bundle()), POLICY).valid


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        (clause(), {}),
        (DAYS, {}),
        (AT_NOON, due(NOON)),
        (HOURS, due(START + timedelta(hours=201, minutes=30)) | {"due_on": "2026-03-10"}),
    ],
)
def test_a_clause_is_due_when_it_was_approved_to_be(asked: dict[str, Any], changed: dict[str, Any]) -> None:
    report = verify_bundle(to_bytes(single(asked, **changed).bundle()), POLICY)

    assert report.valid, report.checks[-1].sentence


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        (clause(), due(NOON)),
        (clause(due_on="2026-03-09"), {}),
        (DAYS, due(NOON)),
        (clause(due_on=None, due_after_approval="P1W"), {}),
        (AT_NOON, {}),
        (AT_NOON, due(NOON + timedelta(hours=1))),
        (HOURS, {}),
        (HOURS, due(START + timedelta(hours=201, minutes=31))),
    ],
)
def test_a_clause_that_is_due_at_another_time_is_refused(asked: dict[str, Any], changed: dict[str, Any]) -> None:
    refused(single(asked, **changed), "approved text", "commitment 1 is due on another day than was approved")


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        (clause(), {"text": "Check nothing"}),
        (clause(), {"kind": "preventive"}),
        (clause(), {"owner": BO}),
        (WEEKLY, {"text": "Look again"}),
    ],
)
def test_a_commitment_that_was_not_approved_is_refused(asked: dict[str, Any], changed: dict[str, Any]) -> None:
    refused(single(asked, **changed), "approved text", "commitment 1 is not what was approved")


def test_hours_after_the_approval_are_counted_in_whole_seconds() -> None:
    maker = bound(content(HOURS))
    data = json.loads(maker.bodies[-1])["data"]
    received = "2026-03-02T09:00:00.750000Z"
    forge(maker, data=data | {"approved_at": received, "submission": data["submission"] | {"received_at": received}})
    facts = commitment_facts(1, "2026-03-10") | due(START + timedelta(hours=201, minutes=30))
    maker.append("commitment.opened", FIRST, facts)

    assert verify_bundle(to_bytes(maker.bundle()), POLICY).valid


def test_a_clause_that_became_nothing_is_refused() -> None:
    refused(bound(content(clause())), "approved text", "the commitments are not those of the approved text")


def test_a_title_that_is_not_that_of_the_approved_text_is_refused() -> None:
    text = content()

    assert verify_bundle(to_bytes(bound(text, title="Late shipments").bundle()), POLICY).valid
    refused(bound(text, title="Early shipments"), "approved text", "the title is not that of the approved text")


def test_a_text_that_is_not_the_one_that_was_approved_is_refused() -> None:
    maker = bound(content(), content=content(title="Other"))

    refused(maker, "approved text", "not the one whose hash was approved")


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "{}",
        "[]",
        "7",
        '{"commitments": [], "title": ""}',
        '{"commitments":7,"title":""}',
        '{"commitments":[7],"title":""}',
        '{"commitments":[{}],"title":""}',
        content(clause() | {"due_on": 7}),
        content(clause(due_on="2026-02-30")),
        content(clause(due_on=None)),
        content(clause(due_on=None, due_after_approval="soon")),
        content(clause(due_on=None, due_after_approval="PT")),
        content(clause(due_on=None, due_after_approval="P9999Y")),
        content(clause(due_on=None, due_after_approval="P9999W9999D")),
        content(clause() | {"text": None}),
        content(clause() | {"text": []}),
        content(clause(owner=None)),
        content(clause(owner={})),
    ],
)
def test_a_text_that_is_not_a_plan_is_refused(text: str) -> None:
    maker = bound(text)
    maker.append("commitment.opened", FIRST, commitment_facts(1, "2026-03-10"), text="Check the settings")

    refused(maker, "approved text", "")


def disclosed(*said: str | bytes) -> dict[str, Any]:
    """Return a bundle whose first event discloses these, whatever they are."""
    texts = [one if isinstance(one, str) else urlsafe_b64encode(one).rstrip(b"=").decode() for one in said]
    maker = Maker()
    maker.append("plan.drafted", PLAN, hashed("draft", content()))
    forge(maker, sd=sorted(map(digest, texts)))
    maker.said |= {digest(one): one for one in texts}
    return maker.bundle()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("A", "a disclosure cannot be read"),
        (b"hello", "a disclosure cannot be read"),
        (b"\xff", "a disclosure cannot be read"),
        (b"[" * 100_000, "a disclosure cannot be read"),
        (b'"abc"', "not a salt, a name and a text"),
        (b'["salt","name"]', "not a salt, a name and a text"),
        (b'["salt","name",7]', "not a salt, a name and a text"),
        (rb'["salt","name","\ud800"]', "a disclosure is not Unicode"),
        (rb'["salt","\udfff","text"]', "a disclosure is not Unicode"),
    ],
)
def test_a_disclosure_that_is_not_one_is_refused(said: str | bytes, reason: str) -> None:
    refused(disclosed(said), "disclosures", reason)


def test_an_event_says_each_thing_once() -> None:
    refused(disclosed(disclose("title", "One"), disclose("title", "Two")), "disclosures", "it says `title` twice")


def test_a_disclosure_that_is_not_ascii_is_refused() -> None:
    document = disclosed(disclose("title", "One"))
    document["disclosures"] = dict.fromkeys(document["disclosures"], "\N{EURO SIGN}")

    refused(document, "disclosures", "a disclosure is not what was hashed")


def test_a_digest_belongs_to_one_event() -> None:
    maker = approved()
    first = json.loads(maker.bodies[maker.own[0]])["sd"]
    forge(maker, sd=first)

    refused(maker, "disclosures", "it repeats a digest")


def evidence(body: str, text: str) -> Maker:
    maker = approved()
    facts = {"commitment": FIRST, "kind": "note", "document_on": None, "added_by": ADA}
    maker.append("evidence.added", PIECE, facts | {"sha256": sha256(text.encode()).hexdigest()}, body=body)
    return maker


def test_evidence_whose_words_are_not_those_that_were_recorded_is_refused() -> None:
    refused(evidence("better", NOTE), "evidence", "the evidence is not what was recorded")


def test_a_file_belongs_to_evidence_by_its_name_and_by_what_is_in_it() -> None:
    name = sha256(NOTE.encode()).hexdigest()
    files = {f"{name}.txt": NOTE.encode()}
    hidden = kept_and_late().bundle()
    hidden["disclosures"] = {}

    report = verify_bundle(to_bytes(hidden), POLICY, evidence=files)

    assert "1 pieces were recorded; 1 can be read" in next(
        one.sentence for one in report.checks if one.name == "evidence"
    )
    refused(hidden, "evidence", "'note.txt' is not evidence", evidence={"note.txt": NOTE.encode()})
    refused(hidden, "evidence", "is not evidence that was recorded", evidence={name: b"better"})
