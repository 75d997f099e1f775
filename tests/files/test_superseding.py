"""A wrong piece of evidence: another takes its place, it stays and says so."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest

from tests.client import Client
from tests.files.filing import invoice
from tests.files.samples import PDF
from tests.given import Given

RIGHT: dict[str, Any] = {"kind": "note", "text": "Removal order 90-3345 is closed."}
WRONG = {"reason": "It was the order of another item.", "evidence": RIGHT}


def supersession(piece: Any) -> str:
    """Return the address where the piece is superseded."""
    of = f"commitments/{piece['commitment']}" if "commitment" in piece else f"plans/{piece['plan']}"
    return f"/v1/{of}/evidence/{piece['id']}/supersession"


@pytest.fixture(params=["commitment", "plan"])
def piece(request: pytest.FixtureRequest, given: Given) -> Any:
    if request.param == "commitment":
        return given.evidence(given.commitment()["reference"])
    return given.post(f"/v1/plans/{given.draft()['reference']}/evidence", {"kind": "note", "text": "Invoice 7."}, 201)


def test_the_wrong_piece_stays_and_names_the_one_in_its_place(api: Client, piece: Any) -> None:
    answer = api.post(supersession(piece), json=WRONG)

    new = answer.json()
    listed = api.get(answer.headers["location"]).json()["data"]
    said = {"superseded_by": new["id"], "superseded_at": new["added_at"], "supersession_reason": WRONG["reason"]}
    assert answer.status_code == 201
    assert listed == [piece | said, new]
    assert new["superseded_by"] is None


def test_both_are_told_to_the_ledger_at_once(api: Client, piece: Any) -> None:
    new = api.post(supersession(piece), json=WRONG).json()

    events = [orjson.loads(one["text"]) for one in api.get("/v1/events?limit=200").json()["data"][-2:]]
    assert [(one["type"], one["subj"]) for one in events] == [
        ("evidence.added", new["id"]),
        ("evidence.superseded", piece["id"]),
    ]
    assert events[1]["data"]["superseded_by"] == new["id"]


def test_it_is_superseded_once(api: Client, piece: Any) -> None:
    api.post(supersession(piece), json=WRONG)

    answer = api.post(supersession(piece), json=WRONG)

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/superseded-already"


def test_of_two_who_supersede_it_at_once_one_does(api: Client, piece: Any) -> None:
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda _: api.post(supersession(piece), json=WRONG), range(2)))

    assert sorted(one.status_code for one in answers) == [201, 409]
    assert len(api.get(supersession(piece).rpartition(f"/{piece['id']}")[0]).json()["data"]) == 2


def test_what_took_its_place_can_be_superseded_in_turn(api: Client, piece: Any) -> None:
    second = api.post(supersession(piece), json=WRONG).json()

    third = api.post(supersession(second), json={"reason": "A digit was wrong.", "evidence": invoice(api)})

    assert third.status_code == 201


def test_a_superseded_piece_counts_no_more(api: Client, given: Given) -> None:
    commitment = given.commitment()["reference"]
    piece = given.evidence(commitment)

    api.post(supersession(piece), json=WRONG)

    assert api.get(f"/v1/commitments/{commitment}").json()["evidence"] == 1


def test_only_a_piece_of_that_commitment_is_superseded_there(api: Client, given: Given) -> None:
    piece = given.evidence(given.commitment()["reference"])
    other = given.commitment()["reference"]

    answer = api.post(f"/v1/commitments/{other}/evidence/{piece['id']}/supersession", json=WRONG)

    assert answer.status_code == 404


def test_nobody_supersedes_in_another_workspace(cy: Client, piece: Any) -> None:
    assert cy.post(supersession(piece), json=WRONG).status_code == 404


def test_a_reason_is_given(api: Client, piece: Any) -> None:
    assert api.post(supersession(piece), json={"evidence": RIGHT}).status_code == 422


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_an_empty_reason_is_none(api: Client, piece: Any, reason: str | None) -> None:
    assert api.post(supersession(piece), json={"reason": reason, "evidence": RIGHT}).status_code == 422


def test_a_wrong_file_stays_to_be_seen(api: Client, given: Given) -> None:
    commitment = given.commitment()["reference"]
    wrong = given.post(f"/v1/commitments/{commitment}/evidence", invoice(api), 201)

    right = {"reason": "It was another invoice.", "evidence": invoice(api, PDF + b"2")}
    given.post(supersession(wrong), right, 201)

    # What no evidence uses would be gone by then.
    assert api.at("2026-03-10T00:00:00Z").get(wrong["body"]).content == PDF
