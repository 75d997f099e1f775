"""Reports become notices only for what got worse since the last one."""

from typing import Any

import pytest

from tests.client import Client
from tests.given import Given
from tests.ingest.samples import SELLER, sample
from tests.ingest.test_intake import ingest, notices


@pytest.fixture
def account(given: Given) -> str:
    found: str = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": SELLER, "timezone": "UTC"})[
        "id"
    ]
    return found


def report(day: str, account_status: str = "NORMAL", **counts: tuple[int, str]) -> Any:
    """A report that ends on that day."""
    until = {"reportingDateRange": {"reportingDateFrom": "2025-08-30T00:00Z", "reportingDateTo": f"{day}T23:59Z"}}
    blocks = {
        name: until | {"defectsCount": count, "status": status, "targetValue": 0, "targetCondition": "EQUALS"}
        for name, (count, status) in counts.items()
    }
    return {
        "accountStatuses": [{"marketplaceId": "ATVPDKIKX0DER", "status": account_status}],
        "performanceMetrics": [{"marketplaceId": "ATVPDKIKX0DER", "documentRequests": until | _NONE, **blocks}],
    }


_NONE = {"defectsCount": 0, "status": "GOOD", "targetValue": 0, "targetCondition": "EQUALS"}


def titles(api: Client, value: Any, account: str) -> list[str]:
    return [one["title"] for one in notices(api, ingest(api, value, account=account))]


def test_the_first_report_is_told_of_what_is_bad(api: Client, account: str) -> None:
    taken = ingest(api, sample("report"), account=account)

    found = notices(api, taken)
    assert taken["data"][0]["fate"] == "recorded"
    assert len(found) == 6
    assert {one["state"] for one in found} == {"received"}
    assert {one["items"] == [] and one["account"] == account for one in found} == {True}
    assert {one["category"]: one["severity"] for one in found}["authenticity"] == "serious"


def test_the_same_report_again_says_nothing(api: Client, account: str) -> None:
    ingest(api, sample("report"), account=account)

    assert ingest(api, sample("report"), account=account)["duplicate"] == 1


def test_only_what_got_worse_is_told(api: Client, account: str) -> None:
    name = "productAuthenticityCustomerComplaints"

    told = [
        titles(api, report("2026-02-20", **{name: (1, "BAD")}), account),
        titles(api, report("2026-02-21", **{name: (1, "BAD")}), account),
        titles(api, report("2026-02-22", **{name: (3, "BAD")}), account),
        titles(api, report("2026-02-23", **{name: (0, "GOOD")}), account),
        titles(api, report("2026-02-24", "AT_RISK", **{name: (0, "GOOD")}), account),
        titles(api, report("2026-02-25", "SUSPENDED", **{name: (2, "BAD")}), account),
    ]

    assert told == [
        ["Complaints about authenticity: 1 BAD on ATVPDKIKX0DER"],
        [],
        ["Complaints about authenticity: 3 BAD on ATVPDKIKX0DER"],
        [],
        ["Account status: AT_RISK on ATVPDKIKX0DER"],
        [
            "Account status: DEACTIVATED on ATVPDKIKX0DER",
            "Complaints about authenticity: 2 BAD on ATVPDKIKX0DER",
        ],
    ]


def test_a_report_without_bad_news_is_kept(api: Client, account: str) -> None:
    taken = ingest(api, report("2026-02-20"), account=account)

    assert taken["nothing_worse"] == 1
    assert api.get("/v1/ingest/messages", params={"status": "nothing_worse"}).json()["data"][0]["account"] == account


def test_an_older_report_that_comes_late_changes_nothing(api: Client, account: str) -> None:
    titles(api, report("2026-02-25", listingPolicyViolations=(2, "BAD")), account)

    late = titles(api, report("2026-02-20", "DEACTIVATED", listingPolicyViolations=(9, "BAD")), account)
    next_day = titles(api, report("2026-02-26", listingPolicyViolations=(3, "BAD")), account)

    assert late == []
    assert next_day == ["Listing policy violations: 3 BAD on ATVPDKIKX0DER"]


def test_reports_in_one_batch_are_read_one_after_the_other(api: Client, account: str) -> None:
    days = [report(f"2026-02-2{n}", listingPolicyViolations=(n, "BAD")) for n in (1, 2, 2, 3)]

    taken = ingest(api, days, account=account)

    assert [one["fate"] for one in taken["data"]] == ["recorded", "recorded", "duplicate", "recorded"]
    assert len(notices(api, taken)) == 4


def test_two_accounts_have_figures_of_their_own(api: Client, account: str, given: Given) -> None:
    other = given.post("/v1/accounts", {"marketplace": "amazon.de", "external_id": SELLER, "timezone": "UTC"})["id"]
    bad = report("2026-02-25", listingPolicyViolations=(2, "BAD"))

    told = [notices(api, ingest(api, bad, account=one)) for one in (account, other)]

    assert [[one["account"] for one in found] for found in told] == [[account], [other]]


def test_a_report_that_waited_is_told_when_it_is_known_whose_it_is(api: Client, account: str, given: Given) -> None:
    message = ingest(api, sample("report"))["data"][0]["message"]

    resolved = given.post(f"/v1/ingest/unresolved/{message}/resolution", {"account": account}, 200)

    assert len(resolved["notices"]) == 6
