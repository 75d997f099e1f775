"""Earlier complaints ranked by how much they are alike, and other items with the same problem."""

from typing import Any

import pytest

from app.followthrough.similar import rank
from tests.client import Client
from tests.followthrough.test_items import ITEM, history
from tests.given import Given

LEAKED = "The bottle leaked all over the box. Half of the shampoo was gone and the cap was cracked when it arrived."
LEAKING = "Arrived leaking, the cap is cracked and the shampoo has soaked the whole box."
LEAKS = "Second time that I order this shampoo and again the bottle is leaking. The seal under the cap was missing."
FAKE = "Not the original product. The label is misprinted, it smells different and the batch code is missing."
FAKED = "Counterfiet! Smell and label differ from the one I had from the shop, there is no batch code on it."
LATE = "Package came nine days late, no one answered my messages, the tracking number did not work."
BURNT = "My scalp burned after using it and I had a rash for two days, this should be recalled."
POLICY = "We removed B0C7XK2M4P after complaints about its authenticity. Send a plan of action with invoices."


def complaint(given: Given, text: str, *, ref: str = "B0C7XK2M4P", day: str = "2026-02-20", **more: Any) -> Any:
    body = {"kind": "complaint", "category": "condition", "title": "Complaint", "text": text}
    body |= {"received_at": f"{day}T00:00:00Z", "items": [{"type": "asin", "ref": ref}]}
    return given.notice(**body | more)["id"]


@pytest.mark.parametrize(
    ("new", "first", "words"),
    [
        (LEAKING, LEAKED, {"leaking", "cracked", "cap", "shampoo", "box", "arrived"}),
        (LEAKS, LEAKED, {"leaking", "bottle", "cap", "shampoo"}),
        (FAKED, FAKE, {"smell", "label", "batch", "code"}),
        (FAKE, FAKED, {"smells", "label", "batch", "code"}),
    ],
)
def test_the_complaint_about_the_same_comes_first(new: str, first: str, words: set[str]) -> None:
    earlier = [one for one in (LEAKED, LATE, FAKE, BURNT, POLICY, FAKED) if one != new]

    best, *others = rank(new, earlier, without="B0C7XK2M4P")

    assert earlier[best.place] == first
    assert words <= set(best.words)
    assert best.score > 25 > max((one.score for one in others), default=0)


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [("It leaks", "leaking", "leaks"), ("counterfeit", "counterfiet", "counterfeit"), ("BOXES", "the box", "boxes")],
)
def test_a_word_in_another_form_or_misspelt_is_the_same_word(one: str, other: str, word: str) -> None:
    assert rank(one, [other], without="") == [(0, 100, [word])]


@pytest.mark.parametrize(
    ("one", "other"),
    [("order 3021", "parcel 3022"), ("It is the one that we had", "that is what the"), ("cap", "cup"), ("", "box")],
)
def test_other_numbers_and_words_that_say_nothing_are_not_in_common(one: str, other: str) -> None:
    assert rank(one, [other], without="") == []


def test_the_same_words_in_any_order_and_script_score_a_hundred() -> None:
    assert [one.score for one in rank("Größe stimmt nicht", ["NICHT: stimmt größe"], without="")] == [100]
    assert [one.score for one in rank("Бутылка протекла", ["протекла бутылка!"], without="")] == [100]


def test_the_item_itself_is_nothing_in_common() -> None:
    assert rank("B0C7XK2M4P burned", ["b0c7xk2m4p leaked"], without="B0C7XK2M4P") == []


def test_what_fewest_others_have_is_told_first() -> None:
    texts = ["bottle shampoo leaked", "bottle shampoo", "bottle"]

    assert rank("bottle shampoo leaked", texts, without="")[0].words == ["leaked", "shampoo", "bottle"]


def test_earlier_complaints_are_ranked_against_the_newest(api: Client, given: Given) -> None:
    late = complaint(given, LATE, day="2026-02-18")
    leaked = complaint(given, LEAKED, day="2026-01-10")
    leaks = complaint(given, LEAKS, day="2025-03-10")
    newest = complaint(given, LEAKING, day="2026-02-20")

    similar = history(api)["similar"]

    assert (similar["notice"], similar["compared"]) == (newest, 3)
    assert [one["notice"] for one in similar["data"]][:2] == [leaked, leaks]
    assert late not in {one["notice"] for one in similar["data"] if "leaking" in one["words"]}


def test_another_notice_is_compared_with_what_came_before_it(api: Client, given: Given) -> None:
    leaks = complaint(given, LEAKS, day="2026-01-05")
    asked = complaint(given, LEAKED, day="2026-01-10")
    complaint(given, LEAKING, day="2026-02-20")

    similar = history(api, notice=asked)["similar"]

    assert (similar["notice"], [one["notice"] for one in similar["data"]]) == (asked, [leaks])


def test_a_notice_about_something_else_is_refused(api: Client, cy: Client, given: Given) -> None:
    complaint(given, LEAKED)
    elsewhere = complaint(given, LEAKED, ref="B0D9QW8R7T")

    for other in (elsewhere, complaint(Given(cy), LEAKED)):
        answer = api.get(ITEM, params={"notice": other})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_notice")


def test_a_dismissed_one_is_compared_and_marked(api: Client, given: Given) -> None:
    given.post(f"/v1/notices/{complaint(given, LEAKED, day='2026-01-10')}/dismissal", {"reason": "Not ours."})
    complaint(given, LEAKING)

    assert [one["state"] for one in history(api)["similar"]["data"]] == ["dismissed"]


def test_other_items_with_the_same_problem_are_found(api: Client, given: Given) -> None:
    complaint(given, LEAKED, ref="B0D9QW8R7T", day="2026-01-10")
    best = complaint(given, LEAKED + " Arrived soaked.", ref="B0D9QW8R7T", day="2026-01-20")
    complaint(given, LEAKS, ref="B0E1XY2Z3A", day="2026-02-01")
    complaint(given, LATE, ref="B0F4AB5C6D", day="2026-02-01")
    complaint(given, LEAKING)

    elsewhere = history(api)["elsewhere"]

    assert [(one["item"]["ref"], one["notices"]) for one in elsewhere["data"]] == [("B0D9QW8R7T", 2), ("B0E1XY2Z3A", 1)]
    assert (elsewhere["compared"], elsewhere["items"], elsewhere["notices"]) == (4, 2, 3)
    assert (elsewhere["category"], elsewhere["data"][0]["notice"]) == ("condition", best)
    assert {"leaking", "cap", "shampoo"} <= set(elsewhere["data"][0]["words"])


def test_neither_another_category_nor_the_year_before_nor_this_item_is_a_bigger_issue(
    api: Client, given: Given
) -> None:
    complaint(given, LEAKED, ref="B0D9QW8R7T", category="safety")
    complaint(given, LEAKED, ref="B0D9QW8R7T", day="2025-09-01")
    complaint(given, LEAKED, items=[{"type": "asin", "ref": "B0C7XK2M4P"}, {"type": "asin", "ref": "B0A1111111"}])
    complaint(given, LEAKED, items=[])
    complaint(given, LEAKING, day="2026-02-25")

    assert history(api)["elsewhere"] == {"category": "condition", "compared": 0, "items": 0, "notices": 0, "data": []}


def test_what_was_erased_is_like_nothing(api: Client, given: Given) -> None:
    for ref, day in (("B0C7XK2M4P", "2026-01-10"), ("B0C7XK2M4P", "2026-01-20"), ("B0D9QW8R7T", "2026-01-20")):
        notice = complaint(given, LEAKED, ref=ref, day=day)
        given.post(f"/v1/notices/{notice}/dismissal", {"reason": "Not ours."})
        given.post("/v1/erasures", {"subject": notice, "names": ["title", "text"]})

    known = history(api)

    assert (known["counts"]["all"], known["similar"]["compared"], known["elsewhere"]["compared"]) == (2, 1, 1)
    assert known["similar"]["data"] == known["elsewhere"]["data"] == []


def test_what_was_recorded_later_is_not_compared(api: Client, given: Given) -> None:
    newest = complaint(given, LEAKING, day="2026-02-20")
    api.at("2026-03-09T09:00:00Z")
    complaint(given, LEAKED, day="2026-02-01")
    complaint(given, LEAKED, day="2026-02-01", ref="B0D9QW8R7T")

    then = history(api, as_of="2026-03-05T00:00:00Z")

    assert (then["similar"]["notice"], then["similar"]["compared"], then["elsewhere"]["compared"]) == (newest, 0, 0)
    assert (history(api)["similar"]["compared"], history(api)["elsewhere"]["compared"]) == (1, 1)
