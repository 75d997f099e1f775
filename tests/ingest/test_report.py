"""The seller performance report: what it says, and what of that is worse than before."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from app.ingest.metrics import Metric, Status, is_older, is_worse
from app.ingest.records import Record, read
from app.ingest.report import Reading
from app.ingest.rules import Flag
from app.notices.rules import Category
from tests.ingest.samples import PUBLISHED, raw, sample

UNTIL = datetime(2026, 2, 25, 23, 59, tzinfo=UTC)


def report(value: Any) -> Record:
    (found,) = read(json.dumps(value).encode())
    return found


def bad(message: Record) -> list[str]:
    return [one.title for one in message.readings if is_worse(one, None)]


def figure(**more: Any) -> Reading:
    facts = {"marketplace": "ATVPDKIKX0DER", "metric": Metric.AUTHENTICITY, "status": Status.GOOD, "until": UNTIL}
    return Reading(**facts | {"text": "{}"} | more)


def test_the_first_report_has_its_bad_news() -> None:
    assert bad(report(sample("report"))) == [
        "Account status: AT_RISK on ATVPDKIKX0DER",
        "Account status: DEACTIVATED on A1AM78C64UM0Y8",
        "Complaints about authenticity: 2 BAD on ATVPDKIKX0DER",
        "Intellectual property complaints received: 1 BAD on ATVPDKIKX0DER",
        "Account health rating: WARNED on ATVPDKIKX0DER",
        "Warning spammingSellerMessaging: BAD on ATVPDKIKX0DER",
    ]


def test_a_figure_has_its_words_as_they_came() -> None:
    delivered = raw("report").decode()

    found = {one.metric: one for one in read(delivered.encode())[0].readings}[Metric.AUTHENTICITY]

    assert found.text in delivered
    assert json.loads(found.text) == sample("report")["performanceMetrics"][0]["productAuthenticityCustomerComplaints"]
    assert (found.count, found.until, found.category) == (2, UNTIL, Category.AUTHENTICITY)


def test_names_of_the_schema_and_of_the_example_mean_the_same() -> None:
    example = sample("report")
    metrics = example["performanceMetrics"][0]
    metrics["preFulfillmentCancellationRate"] = metrics.pop("prefulfillmentCancelRate")
    metrics["documentRequests"] = metrics.pop("documentRequest")
    metrics["warningStates"] = metrics.pop("warningState")
    metrics["accountHealthRating"]["accountHealthRatingStatus"] = metrics["accountHealthRating"].pop("ahrStatus")
    example["accountStatuses"][2]["status"] = "DEACTIVATED"

    theirs, ours = report(example), report(sample("report"))

    assert {one.key: one.status for one in theirs.readings} == {one.key: one.status for one in ours.readings}
    assert theirs.flags == ours.flags == ()


def test_every_figure_of_the_schema_is_known() -> None:
    violations = (
        *("listingPolicyViolations", "productAuthenticityCustomerComplaints", "productConditionCustomerComplaints"),
        *("productSafetyCustomerComplaints", "receivedIntellectualPropertyComplaints", "otherPolicyViolations"),
        *("restrictedProductPolicyViolations", "suspectedIntellectualPropertyViolations", "documentRequests"),
        "foodAndProductSafetyIssues",
    )
    rates = (
        *("invoiceDefectRate", "lateShipmentRate", "onTimeDeliveryRate", "unitOnTimeDeliveryRate", "validTrackingRate"),
        *("preFulfillmentCancellationRate", "orderDefectRate.mfn", "orderDefectRate.afn", "accountHealthRating"),
    )
    blocks = violations + rates

    assert Metric.OTHER not in {Metric.named(block) for block in blocks}
    assert len({Metric.named(block) for block in blocks}) == len(blocks)


def test_a_figure_that_nobody_knows_is_flagged_and_still_speaks() -> None:
    new = sample("report")
    new["performanceMetrics"][0] = {
        "marketplaceId": "ATVPDKIKX0DER",
        "packagingViolations": {
            "defectsCount": 3,
            "status": "BAD",
            "reportingDateRange": {"reportingDateTo": "2026-02-25"},
        },
        "mood": "sunny",
    }

    found = report(new)

    assert "Account health packagingViolations: 3 BAD on ATVPDKIKX0DER" in bad(found)
    assert found.flags == (Flag.UNKNOWN_FIELD,)
    assert "unknown_field: performanceMetrics.mood" in found.remarks


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        ({"status": Status.GOOD}, {"status": Status.GOOD}, False),
        ({"status": Status.GOOD}, {"status": Status.BAD}, True),
        ({"status": Status.BAD}, {"status": Status.BAD}, False),
        ({"status": Status.BAD}, {"status": Status.WORST}, True),
        ({"status": Status.WORST}, {"status": Status.BAD}, False),
        ({"count": 2}, {"count": 3}, True),
        ({"count": 3}, {"count": 2}, False),
        ({"count": 3}, {"count": None}, False),
        ({"count": None}, {"count": 3}, False),
        ({"beyond": False}, {"beyond": True}, True),
        ({"beyond": True}, {"beyond": True}, False),
    ],
)
def test_what_is_worse(before: dict[str, Any], now: dict[str, Any], *, worse: bool) -> None:
    assert is_worse(figure(**now), figure(**before)) is worse


def test_a_figure_of_an_earlier_time_is_never_worse() -> None:
    now = figure(status=Status.BAD, until=UNTIL)
    known = figure(until=datetime(2026, 2, 26, tzinfo=UTC))

    assert is_older(now, known)
    assert not is_worse(now, known)


def test_of_what_was_never_seen_a_count_alone_is_not_worse() -> None:
    assert not is_worse(figure(count=8, beyond=True), None)


@pytest.mark.parametrize(
    ("rate", "target", "condition", "beyond"),
    [
        (0.039, 0.04, "LESS_THAN", False),
        (0.04, 0.04, "LESS_THAN", True),
        (0.96, 0.95, "GREATER_THAN", False),
        (0.88, 0.9, "GREATER_THAN", True),
        (0.5, 0.5, "EQUALS", False),
        (0.5, None, "LESS_THAN", False),
    ],
)
def test_when_a_rate_misses_its_target(rate: float, target: float | None, condition: str, *, beyond: bool) -> None:
    changed = sample("report")
    changed["performanceMetrics"][0]["lateShipmentRate"] |= {
        "rate": rate,
        "targetValue": target,
        "targetCondition": condition,
    }

    found = {one.metric: one for one in report(changed).readings}[Metric.LATE_SHIPMENT]

    assert found.beyond is beyond
    assert found.rate_millionths == round(rate * 1_000_000)


def test_getting_worse_step_by_step_is_news_each_time() -> None:
    words = ("NORMAL", "AT_RISK", "SUSPENDED", "AT_RISK", "NORMAL", "DEACTIVATED")
    steps = []
    for word in words:
        changed = sample("report")
        changed["accountStatuses"] = [{"marketplaceId": "ATVPDKIKX0DER", "status": word}]
        steps.append({one.metric: one for one in report(changed).readings}[Metric.ACCOUNT_STATUS])

    assert [is_worse(now, before) for before, now in pairwise(steps)] == [True, True, False, False, True]


@pytest.mark.parametrize(
    "odd", [None, 5, "x", {}, [], [5], [{}], [{"marketplaceId": 5, "lateShipmentRate": {"rate": "x"}}]]
)
def test_an_odd_report_is_read_as_far_as_it_goes(odd: Any) -> None:
    found = report({"accountStatuses": odd, "performanceMetrics": odd})

    assert found.is_report
    assert len(found.readings) <= 1


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="Amazon's own examples are not in this checkout")
def test_amazons_own_report_has_eleven_pieces_of_bad_news() -> None:
    (found,) = read((PUBLISHED / "accountHealthReport-2020-11-18.json").read_bytes())

    assert len(bad(found)) == 11
    assert len(found.readings) == 21
