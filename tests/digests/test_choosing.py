"""Members choose how and when, and can end it."""

import re
import subprocess
import threading
from typing import Any

import pytest
from fastapi import FastAPI

from app.digests import api as digests
from tests.client import Client
from tests.digests.conftest import Worker
from tests.digests.offices import Office
from tests.given import Given

MORNING = "2026-03-03T08:00:00Z"


@pytest.fixture
def ada(given: Given) -> str:
    """Ada's id; something of hers is overdue."""
    given.commitment(due_on="2026-03-01", zone="UTC")
    return str(given.member("ada")["id"])


def choose(api: Client, member: str, **change: Any) -> Any:
    answer = api.patch(f"/v1/digests/{member}", json=change)
    assert answer.status_code == 200, answer.text
    return answer.json()


def link(office: Office) -> str:
    """Return the link to unsubscribe in the newest message, as this server has it."""
    found = re.fullmatch(
        r"<https://follow\.example(/unsubscribe\?token=[\w-]{64})>", office.mail[-1]["List-Unsubscribe"]
    )
    assert found
    return found[1]


def test_who_chose_nothing_gets_e_mail_at_eight_every_day(api: Client, ada: str) -> None:
    assert api.get(f"/v1/digests/{ada}").json() == {
        "member": ada,
        "channel": "email",
        "service": None,
        "hour": 8,
        "timezone": None,
        "days": "every_day",
        "active": True,
    }


def test_it_comes_at_the_hour_and_in_the_zone_that_were_chosen(
    api: Client, ada: str, worker: Worker, office: Office
) -> None:
    choose(api, ada, hour=17, timezone="America/Los_Angeles")

    worker.at("2026-03-04T00:59:00Z")
    early = len(office.mail)
    worker.at("2026-03-04T01:00:00Z")

    assert (early, len(office.mail)) == (0, 1)


def test_a_zone_that_is_null_is_the_workspaces(api: Client, ada: str, worker: Worker, office: Office) -> None:
    choose(api, ada, timezone="Asia/Tokyo")
    api.patch("/v1/workspace", json={"timezone": "America/New_York"})

    assert choose(api, ada, timezone=None)["timezone"] is None

    worker.at("2026-03-03T12:59:00Z")
    assert office.mail == []
    worker.at("2026-03-03T13:00:00Z")
    assert len(office.mail) == 1


def test_on_weekdays_only_saturday_and_sunday_are_left_out(
    api: Client, ada: str, worker: Worker, office: Office
) -> None:
    choose(api, ada, days="weekdays")

    sent = []
    for day in range(5, 11):
        worker.at(f"2026-03-{day:02}T08:00:00Z")
        sent.append(len(office.mail))

    assert sent == [1, 2, 2, 2, 3, 4]


def test_who_switched_it_off_gets_nothing(api: Client, ada: str, worker: Worker, office: Office) -> None:
    choose(api, ada, active=False)

    worker.at(MORNING)

    assert (office.mail, worker.states()) == ([], [])


def test_the_link_asks_and_its_button_ends_it_without_a_key(
    running: Client, api: Client, ada: str, worker: Worker, office: Office
) -> None:
    worker.at(MORNING)

    asked = running.get(link(office))
    still = api.get(f"/v1/digests/{ada}").json()["active"]
    done = running.post(link(office))
    again = running.post(link(office))

    assert (asked.status_code, done.status_code, again.status_code) == (200, 200, 200)
    assert '<form method="post">' in asked.text
    assert "default-src 'none'" in asked.headers["content-security-policy"]
    assert (still, api.get(f"/v1/digests/{ada}").json()["active"]) == (True, False)
    worker.at("2026-03-04T08:00:00Z")
    assert len(office.mail) == 1


def test_a_mail_program_ends_it_with_one_click(
    running: Client, api: Client, ada: str, worker: Worker, office: Office
) -> None:
    worker.at(MORNING)
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in office.raw[0]
    # On one line and not encoded, however long it is.
    assert f"\r\nList-Unsubscribe: <https://follow.example{link(office)}>\r\n".encode() in office.raw[0]

    answer = running.post(link(office), data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert api.get(f"/v1/digests/{ada}").json()["active"] is False


@pytest.mark.parametrize("token", ["", "x", "A" * 64, "\u0661" * 64])
def test_another_link_ends_nothing(running: Client, token: str) -> None:
    for answer in (running.get("/unsubscribe", params={"token": token}), running.post("/unsubscribe")):
        assert answer.status_code == 404
        assert "does not work any more" in answer.text


def test_the_token_of_a_link_is_not_stored(ada: str, worker: Worker, office: Office) -> None:
    worker.at(MORNING)
    token = link(office).partition("=")[2]

    rows = worker.owner.execute("SELECT d::text FROM digest_delivery d WHERE member_id = %s", [ada]).fetchall()

    assert len(rows) == 1
    assert token not in rows[0][0]
    assert token.encode().hex() not in rows[0][0]


def test_members_choose_for_themselves_and_admins_for_anyone(given: Given, ada: str) -> None:
    chidi, admin = given.client_of("chidi"), given.client_of("ada")
    mine = given.member("chidi")["id"]

    assert chidi.patch(f"/v1/digests/{mine}", json={"hour": 6}).status_code == 200
    assert chidi.patch(f"/v1/digests/{ada}", json={"hour": 6}).status_code == 403
    assert admin.patch(f"/v1/digests/{mine}", json={"hour": 7}).json()["hour"] == 7


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hour": 24}, "less_than_equal"),
        ({"hour": "8"}, "number"),
        ({"timezone": "Mars/Olympus"}, "unknown_zone"),
        ({"days": "sundays"}, "enum"),
        ({"channel": "fax"}, "string_pattern_mismatch"),
        ({"channel": "nothing://like/that"}, "unknown_channel"),
        ({"channel": "syslog://localhost"}, "unknown_channel"),
        ({"channel": "json://127.0.0.1/hook"}, "unknown_channel"),
        ({"channel": "json://[::ffff:10.0.0.1]/hook"}, "unknown_channel"),
    ],
)
def test_what_cannot_be_is_refused(api: Client, ada: str, change: dict[str, Any], code: str) -> None:
    answer = api.patch(f"/v1/digests/{ada}", json=change)

    assert (answer.status_code, [one["code"] for one in answer.json()["errors"]]) == (422, [code])
    type_ = "channel-not-understood" if code == "unknown_channel" else "invalid"
    assert answer.json()["type"] == f"/problems/{type_}"
    assert "10.0.0.1" not in answer.text


def test_the_address_of_a_channel_is_never_shown_and_not_in_the_ledger(api: Client, ada: str) -> None:
    said = choose(api, ada, channel="ntfys://s3cret@ntfy.example.com/topic")

    assert (said["channel"], said["service"]) == ("apprise", "ntfys")
    for path in (f"/v1/digests/{ada}", "/v1/events?limit=200"):
        assert "s3cret" not in api.get(path).text
    assert choose(api, ada, channel="email")["service"] is None


def test_a_channel_that_takes_long_to_be_understood_holds_no_connection(
    api: Client, ada: str, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def slow(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        held.append(app.state.engine.pool.checkedout())
        return subprocess.CompletedProcess([], 0, b'{"service": "ntfy"}')

    monkeypatch.setattr(subprocess, "run", slow)

    choose(api, ada, channel="ntfys://ntfy.example/ada")

    assert held == [0]


def test_no_channel_is_asked_for_by_who_may_not_choose(
    api: Client, ada: str, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(subprocess, "run", asked.append)
    channel = {"channel": "ntfys://ntfy.example/ada"}

    statuses = [
        given.client_of("chidi").patch(f"/v1/digests/{ada}", json=channel).status_code,
        api.patch(f"/v1/digests/{api.get('/v1/workspace').json()['id']}", json=channel).status_code,
        api.with_key("ft_wrong").patch(f"/v1/digests/{ada}", json=channel).status_code,
    ]

    assert statuses == [403, 404, 401]
    assert asked == []


def test_no_more_channels_are_asked_for_at_once_than_leave_threads_to_others(
    api: Client, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(digests, "_ASKED", places)
    wrong = {"channel": "nothing://like/that"}

    with places:
        refused = api.patch(f"/v1/digests/{ada}", json=wrong)
    later = [api.patch(f"/v1/digests/{ada}", json=wrong).status_code for _ in range(2)]

    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/too-many-channels")
    assert refused.headers["retry-after"] == "5"
    assert later == [422, 422]
