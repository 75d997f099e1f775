"""What docs/overdue.md shows is true: its request makes a recurring commitment."""

from tests.client import Client
from tests.documented import page, requests
from tests.given import Given


def test_its_request_makes_a_recurring_commitment(api: Client, given: Given) -> None:
    given.member("ada")
    (record,) = requests(page("overdue.md"))

    made = record.by(api)
    listed = api.get(f"/v1/commitments?plan={made['reference']}&limit=200").json()["data"]

    dues = [one["due_on"] for one in listed]
    assert (listed[0]["reference"], dues[:5]) == (
        "POA-1.1.1",
        ["2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30", "2026-04-13"],
    )
    assert dues[-1] == "2026-12-28"
