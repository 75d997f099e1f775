"""The database writes the JSON of a list; whatever people write survives it."""

import json
from typing import Any

import pytest

from tests.client import Client
from tests.given import Given

WORDS = [
    'She said "no" and \\ left \\" it; {"a": [1, 2]}',
    "Schlußprüfung, revisión de lotes, 检查批号, проверка",
    "\u202b\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}\N{HEBREW LETTER TET} 212\u202c تحقق من الفواتير",
    "\U0001f69a\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "line one\nline two\ttabbed\r\nline three",
    ":as_of :limit %s %(x)s $1 {0} ' '' -- /* */ ; E'\\n'",
    "\u2028 \u2029 \u00a0 \ufeff \u200b \ufffd \u0085",
    "</script><b>&amp;",
]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("past", [False, True])
def test_words_come_out_as_they_went_in(api: Client, given: Given, words: str, *, past: bool) -> None:
    line = " ".join(words.split()) if any(one in words for one in "\n\r\t") else words
    api.patch(f"/v1/members/{given.member('ada')['id']}", json={"name": line})
    given.plan(given.promise(text=words, due_on="2026-02-27"), title=line)

    query = {"as_of": "2026-03-02T09:00:00Z"} if past else {}
    answer = api.at("2026-03-02T09:00:01Z").get("/v1/overdue", params=query)

    item: Any = json.loads(answer.content)["data"][0]
    assert (item["text"], item["plan"]["title"], item["owner"]["name"]) == (words, line, line)
    assert api.get("/v1/commitments/POA-1.1").json()["text"] == words
