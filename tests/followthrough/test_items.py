"""What is known about an item: how often, what was promised, what happened when."""

from typing import Any

from tests.client import Client
from tests.given import APPROVAL, Given

ITEM = "/v1/items/asin/B0C7XK2M4P"


def history(api: Client, path: str = ITEM, **query: Any) -> Any:
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_smoke(api: Client, given: Given) -> None:
    n = given.notice()
    given.notice(kind="complaint", received_at="2026-01-01T00:00:00Z", text="The bottle leaked.")
    plan = given.plan(given.promise(), given.promise(due_on="2026-01-05"), given.promise(items=["asin:B0OTHER"]), items=[{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "asin", "ref": "B0OTHER"}], notices=[n["id"]])
    given.done(f"{plan['reference']}.1")
    import json
    print(json.dumps(history(api), indent=1))
    assert 0
