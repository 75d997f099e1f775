"""What is judged is what stands when it is written down: a rejection on its way is waited for."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from typing import Any

import psycopg
import pytest

from tests.client import Client
from tests.effectiveness.given import WINDOW, carried_out, check
from tests.given import Given

Owner = psycopg.Connection[Any]


def test_a_check_waits_for_who_is_changing_a_commitment(given: Given, api: Client, owner: Owner) -> None:
    carried_out(given)
    bo = given.client_of("bo")
    api.at(WINDOW)
    commitment = api.get("/v1/commitments/POA-1.1").json()["id"]
    owner.execute("SELECT FROM commitment WHERE id = %s FOR UPDATE", [commitment])

    with ThreadPoolExecutor(1) as pool:
        judged = pool.submit(check, bo)
        with pytest.raises(StillWaiting):
            judged.result(timeout=0.5)
        owner.rollback()

        assert judged.result(timeout=5).status_code == 201


def test_an_early_check_that_is_inconclusive_is_asked_again_when_the_window_has_passed(
    given: Given, api: Client
) -> None:
    carried_out(given)
    bo = given.client_of("bo")
    assert check(bo, "inconclusive").status_code == 201

    api.at(WINDOW)
    waits = bo.get("/v1/waiting?kind=effectiveness").json()["data"]
    assert check(bo, "inconclusive").status_code == 201

    assert [one["reference"] for one in waits] == ["POA-1"]
    assert bo.get("/v1/waiting?kind=effectiveness").json()["data"] == []
