"""What notifications say: whose, about what, how bad; and what is odd about them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.ingest.letter import instant
from app.ingest.records import Record, read
from app.ingest.rules import Flag
from app.notices.rules import Category, Severity
from tests.ingest.samples import PUBLISHED, SELLER, SUBSCRIPTION, raw, sample


def one(value: Any) -> Record:
    (found,) = read(json.dumps(value).encode())
    return found


def severity(value: Any) -> Severity:
    proposal = one(value).proposal
    assert proposal is not None
    return proposal.severity


def test_listing_issues_name_seller_items_and_severity() -> None:
    found = one(sample("listing-issues"))

    assert found.type == "LISTINGS_ITEM_ISSUES_CHANGE"
    assert (found.seller_id, found.marketplace_id, found.subscription_id) == (SELLER, "ATVPDKIKX0DER", SUBSCRIPTION)
    assert found.event_at == datetime(2026, 2, 5, 18, 59, 30, 194_000, tzinfo=UTC)
    assert found.proposal is not None
    assert found.proposal.category is Category.LISTING_ISSUE
    assert found.proposal.items == (("asin", "B0C7XK2M4P"), ("sku", "TUMBLER-40-TEAL"))
    assert found.proposal.title == (
        "Listing issues of TUMBLER-40-TEAL (B0C7XK2M4P): ERROR, WARNING, SEARCH_SUPPRESSED, LISTING_SUPPRESSED"
    )
    assert found.flags == ()


def test_the_words_of_a_notice_are_the_payload_as_it_came() -> None:
    delivered = raw("listing-issues").decode()

    found = read(delivered.encode())[0].proposal

    assert found is not None
    assert found.text in delivered
    assert json.loads(found.text) == sample("listing-issues")["Payload"]


@pytest.mark.parametrize(
    ("severities", "actions", "expected"),
    [
        (["NONE"], [], Severity.INFO),
        (["WARNING"], [], Severity.WARNING),
        (["ERROR"], [], Severity.SERIOUS),
        (["WARNING"], ["LISTING_SUPPRESSED"], Severity.SERIOUS),
        (["WARNING"], ["CATALOG_ITEM_REMOVED"], Severity.CRITICAL),
        (["NONE"], ["SEARCH_SUPPRESSED"], Severity.SERIOUS),
        (["SEVERE"], [], Severity.WARNING),
        ([], [], Severity.WARNING),
        ("ERROR", None, Severity.SERIOUS),
    ],
)
def test_how_bad_listing_issues_are(severities: Any, actions: Any, expected: Severity) -> None:
    assert severity(sample("listing-issues", Severities=severities, EnforcementActions=actions)) is expected


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [
        (["BUYABLE", "DISCOVERABLE"], Severity.INFO, "is buyable and discoverable"),
        (["BUYABLE"], Severity.WARNING, "is buyable, but not discoverable"),
        (["DISCOVERABLE"], Severity.SERIOUS, "is not buyable"),
        ([], Severity.SERIOUS, "is not buyable"),
        (["DELETED"], Severity.SERIOUS, "was deleted"),
    ],
)
def test_how_bad_a_listings_status_is(status: list[str], expected: Severity, words: str) -> None:
    found = one(sample("listing-status", Status=status)).proposal

    assert found is not None
    assert (found.severity, found.title) == (expected, f"TUMBLER-40-TEAL (B0C7XK2M4P) {words}")


def test_the_type_that_amazons_schema_misspells_is_the_same() -> None:
    misspelt = sample("listing-status") | {"NotificationType": "LISTINGS_ITEM_STATUS_CHANGED"}

    assert one(misspelt).type == "LISTINGS_ITEM_STATUS_CHANGE"
    assert one(misspelt).identity() == one(sample("listing-status")).identity()


@pytest.mark.parametrize(
    ("status", "expected"),
    [("NORMAL", "info"), ("AT_RISK", "serious"), ("DEACTIVATED", "critical"), ("SUSPENDED", "critical")],
)
def test_how_bad_an_accounts_status_is(status: str, expected: str) -> None:
    assert severity(sample("account-status", currentAccountStatus=status)) == expected


def test_suspended_is_deactivated_and_the_words_stay() -> None:
    found = one(sample("account-status", currentAccountStatus="SUSPENDED")).proposal

    assert found is not None
    assert found.title == "Account status: DEACTIVATED (was NORMAL)"
    assert "SUSPENDED" in found.text


def test_an_account_status_that_nobody_knows_is_flagged_and_not_good() -> None:
    found = one(sample("account-status", currentAccountStatus="ON_HOLIDAY"))

    assert found.flags == (Flag.UNKNOWN_VALUE,)
    assert found.proposal is not None
    assert not found.proposal.is_good


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _camel(one) for name, one in value.items()}
    return value


@pytest.mark.parametrize("name", ["listing-issues", "listing-status"])
def test_names_are_read_in_either_case(name: str) -> None:
    found, expected = one(_camel(sample(name))), one(sample(name))

    assert found.identity() == expected.identity()
    assert (found.seller_id, found.flags) == (expected.seller_id, ())


def test_unknown_fields_are_named() -> None:
    odd = sample("listing-issues", Brand="Acme") | {"Colour": "teal"}

    found = one(odd)

    assert found.flags == (Flag.UNKNOWN_FIELD,)
    assert found.remarks == ("unknown_field: Payload.Brand", "unknown_field: Colour")


@pytest.mark.parametrize(
    ("field", "remark"), [("SellerId", "missing_field: Payload.SellerId"), ("Sku", "missing_field: Payload.Sku")]
)
def test_missing_fields_are_named_and_the_rest_is_read(field: str, remark: str) -> None:
    message = sample("listing-issues")
    del message["Payload"][field]

    found = one(message)

    assert found.remarks == (remark,)
    assert found.proposal is not None


@pytest.mark.parametrize("payload", [None, [], "text", 5])
def test_without_a_payload_there_is_nothing_to_record(payload: Any) -> None:
    found = one(sample("listing-issues") | {"Payload": payload})

    assert found.proposal is None
    assert set(found.flags) & {Flag.MISSING_FIELD, Flag.WRONG_KIND}


def test_an_unknown_type_keeps_its_name_and_its_id() -> None:
    found = one(sample("listing-issues") | {"NotificationType": "ANY_OFFER_CHANGED"})

    assert (found.type, found.flags) == ("ANY_OFFER_CHANGED", (Flag.UNKNOWN_TYPE,))
    assert found.notification_id is not None
    assert found.proposal is None


def test_without_an_id_the_content_tells_messages_apart() -> None:
    first, second = sample("account-status"), sample("account-status", currentAccountStatus="DEACTIVATED")
    for message in (first, second):
        del message["notificationMetadata"]

    assert one(first).identity() == one(json.loads(json.dumps(first, indent=3))).identity()
    assert one(first).identity() != one(second).identity()
    assert Flag.NO_ID in one(first).flags


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-11-18T23:59Z", datetime(2020, 11, 18, 23, 59, tzinfo=UTC)),
        ("2020-11-18T23:59:30.194Z", datetime(2020, 11, 18, 23, 59, 30, 194_000, tzinfo=UTC)),
        ("2020-11-18T23:59:30-08:00", datetime(2020, 11, 19, 7, 59, 30, tzinfo=UTC)),
        ("2020-11-18T23:59", datetime(2020, 11, 18, 23, 59, tzinfo=UTC)),
        ("2020-11-18", datetime(2020, 11, 18, tzinfo=UTC)),
        ("yesterday at noon", None),
        ("0001-01-01T00:00+14:00", None),
        ("9999-12-31T23:59-14:00", None),
        (1605743999, None),
        (None, None),
    ],
)
def test_times_are_read_as_amazon_writes_them(text: object, expected: datetime | None) -> None:
    assert instant(text) == expected


def test_an_unreadable_time_is_flagged() -> None:
    assert one(sample("listing-issues") | {"EventTime": "soon"}).flags == (Flag.UNREADABLE_TIME,)


def test_what_cannot_be_stored_as_text_is_escaped_or_left_out() -> None:
    body = raw("listing-issues").replace(b"TUMBLER-40-TEAL", b"TUM\\u0000BLER\\ud800\x7f")

    (found,) = read(body)

    assert found.proposal is not None
    assert "TUM BLER" in found.proposal.title
    assert "\x7f" not in found.proposal.text
    assert found.proposal.title.encode()
    assert found.raw == body.strip()


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="Amazon's own examples are not in this checkout")
def test_amazons_own_examples_are_read_without_a_remark() -> None:
    found = [one for path in sorted(PUBLISHED.glob("*.json")) for one in read(path.read_bytes())]

    assert [one.flags for one in found] == [()] * 4
    assert len({one.identity() for one in found}) == 4
