"""What an event may hold: a closed schema per type, so that nothing a person wrote slips in."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import rfc8785

from app.ledger import events, kinds
from app.ledger.events import Change, format_event

SOMEONE = UUID("0190a8f6-7c00-7000-8000-000000000001")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHA = "0" * 64
PLAN = {
    "number": 1,
    "state": "draft",
    "timezone": "UTC",
    "account": None,
    "content_sha256": SHA,
    "approved_at": None,
    "submission": None,
}
ATTEMPT = {"number": 1, "outcome": None, "content_sha256": SHA, "submitted_at": AT, "received_at": None}
GOOD = Change(type="plan.drafted", subject=SOMEONE, data=PLAN)


def formatted(change: Change) -> bytes:
    return format_event(
        change, workspace=SOMEONE, seq=0, at=AT, actor=SOMEONE, plan=SOMEONE, plan_seq=1, prev=None, digests=["b", "a"]
    )


def test_the_bytes_of_an_event_stay_what_they_are() -> None:
    ours = str(SOMEONE)

    assert formatted(GOOD).decode() == (
        f'{{"actor":"{ours}","at":"2026-03-02T09:00:00.000000Z",'
        f'"data":{{"account":null,"approved_at":null,"content_sha256":"{SHA}","number":1,"state":"draft",'
        '"submission":null,"timezone":"UTC"},'
        f'"plan":"{ours}","plan_seq":1,"prev":null,"sd":["a","b"],"seq":0,"subj":"{ours}","type":"plan.drafted",'
        f'"v":1,"ws":"{ours}"}}'
    )


def test_its_bytes_are_canonical_json() -> None:
    for number in (0, -1, kinds.MAX_INTEGER, -kinds.MAX_INTEGER):
        text = formatted(replace(GOOD, data=PLAN | {"number": number, "submission": ATTEMPT}))

        assert text == rfc8785.dumps(json.loads(text))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "Inauthentic complaints"},
        {"number": 1.0},
        {"number": True},
        {"number": "1"},
        {"number": 2**53},
        {"number": None},
        {"state": "cheerful"},
        {"state": None},
        {"timezone": "my own words"},
        {"timezone": "x" * 65},
        {"account": "Ada Okafor"},
        {"account": str(SOMEONE).upper()},
        {"content_sha256": SHA[1:]},
        {"content_sha256": f"{SHA}\n"},
        {"approved_at": "yesterday"},
        {"approved_at": "2026-03-02T09:00:00Z"},
        {"submission": ATTEMPT | {"text": "our words"}},
        {"submission": ATTEMPT | {"outcome": "maybe"}},
        {"submission": []},
    ],
    ids=str,
)
def test_data_that_do_not_follow_the_schema_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not follow its schema"):
        formatted(replace(GOOD, data=PLAN | wrong))


@pytest.mark.parametrize("name", PLAN)
def test_a_field_that_is_left_out_is_refused(name: str) -> None:
    less = {key: value for key, value in PLAN.items() if key != name}

    with pytest.raises(ValueError, match="does not follow its schema"):
        formatted(replace(GOOD, data=less))


def test_a_type_that_nobody_declared_is_refused() -> None:
    with pytest.raises(ValueError, match=r"plan\.dreamt"):
        formatted(replace(GOOD, type="plan.dreamt"))


def test_an_event_has_at_most_65535_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(formatted(GOOD))
    key = {"member": None, "scopes": ["read"] * 10_000, "expires_at": None, "revoked_at": None}

    with pytest.raises(ValueError, match="65535"):
        formatted(Change(type="key.created", subject=SOMEONE, data=key))
    monkeypatch.setattr(events, "MAX_BYTES", size)
    assert len(formatted(GOOD)) == size
    monkeypatch.setattr(events, "MAX_BYTES", size - 1)
    with pytest.raises(ValueError, match="bytes"):
        formatted(GOOD)


def test_two_disclosures_of_the_same_words_do_not_look_alike() -> None:
    one, other = events.disclose("name", "Ada"), events.disclose("name", "Ada")

    assert events.digest(one) != events.digest(other)
    assert events.opened(one) == events.opened(other) == ("name", "Ada")


@pytest.mark.parametrize("words", ["", "Ümlaut 漢字 🎉", '"quoted"\n\\', "x" * 100_000])
def test_what_is_disclosed_comes_back_as_it_was(words: str) -> None:
    disclosure = events.disclose("text", words)

    assert events.opened(disclosure) == ("text", words)
    assert disclosure.isascii()
    assert "=" not in disclosure


def test_the_digest_is_that_of_the_rfc() -> None:
    """The example of RFC 9901, section 4.2.3."""
    disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"

    assert events.digest(disclosure) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
