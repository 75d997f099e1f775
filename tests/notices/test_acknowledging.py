"""Somebody takes note of a notice; its deadline goes on."""

import pytest

from tests.client import Client
from tests.given import Given


def test_it_is_recorded_when_somebody_took_note(api: Client, given: Given) -> None:
    before = given.notice()

    taken = api.at("2026-03-02T10:00:00Z").post(f"/v1/notices/{before['id']}/acknowledgement")

    assert taken.status_code == 200
    assert taken.json() == before | {"state": "acknowledged", "acknowledged_at": "2026-03-02T10:00:00Z"}
    event = api.get("/v1/events", params={"limit": 200}).json()["data"][-1]
    assert (event["type"], event["subject"]) == ("notice.acknowledged", before["id"])


def test_one_that_was_dismissed_is_taken_up_again(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.post(f"/v1/notices/{notice}/dismissal", {"reason": "Not ours."})

    taken = api.at("2026-03-05T10:00:00Z").post(f"/v1/notices/{notice}/acknowledgement").json()

    assert (taken["state"], taken["reason"], taken["ended_at"]) == ("acknowledged", None, None)
    assert (taken["acknowledged_at"], taken["respond_by"]) == ("2026-03-05T10:00:00Z", "2026-03-04T17:04:00Z")


@pytest.mark.parametrize(
    ("verbs", "advice"),
    [
        (["acknowledgement"], "It is `acknowledged` and cannot become `acknowledged`."),
        (["response"], "whoever answered it has taken note"),
        (["response", "closure"], "When the problem comes back, record a new notice."),
    ],
)
def test_nobody_takes_note_twice(api: Client, given: Given, verbs: list[str], advice: str) -> None:
    path = f"/v1/notices/{given.notice()['id']}"
    for verb in verbs:
        given.post(f"{path}/{verb}", {"note": "It is in stock."} if verb == "response" else {})
    before = api.get(path).json()

    refused = api.post(f"{path}/acknowledgement")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/notice-cannot-move")
    assert advice in refused.json()["detail"]
    assert api.get(path).json() == before


def test_one_whose_words_were_erased_is_not_taken_up_again(api: Client, given: Given) -> None:
    notice = given.notice()["id"]
    given.post(f"/v1/notices/{notice}/dismissal", {"reason": "Not ours."})
    given.post("/v1/erasures", {"subject": notice})

    refused = api.post(f"/v1/notices/{notice}/acknowledgement")

    assert refused.status_code == 409
    assert "record it again" in refused.json()["detail"]
