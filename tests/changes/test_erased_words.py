"""What recurs and whose words were erased can be ended, and does not go on under another rule."""

from tests.changes.given import amend, ended
from tests.client import Client
from tests.given import Given


def test_a_rule_whose_words_were_erased_is_not_said_anew(given: Given, api: Client) -> None:
    ada = given.client_of("ada")
    plan = given.plan(given.promise(recurrence="FREQ=WEEKLY;COUNT=4"))
    assert api.post("/v1/erasures", json={"subject": plan["id"]}).is_success

    changed = ada.post(
        "/v1/plans/POA-1/amendments",
        json={"ends": [{"number": 1, "from_on": "2026-04-08", "why": "?", "recurrence": "FREQ=MONTHLY;COUNT=2"}]},
    )

    assert (changed.status_code, changed.json()["type"]) == (409, "/problems/words-erased")
    assert amend(ada, ends=[ended(1, "2026-04-08")])
