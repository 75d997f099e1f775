"""Other channels than mail: Apprise, in a process that reaches nothing but where it is sent."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from app.digests import channels
from app.digests.channels import NotUnderstood
from tests.client import Client
from tests.digests.conftest import Worker
from tests.digests.offices import Office
from tests.given import Given

pytestmark = pytest.mark.slow

MORNING = "2026-03-03T08:00:00Z"


class Receiver(ThreadingHTTPServer):
    """Takes what is posted, and answers with the status that the test says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, str]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        yield server
        server.shutdown()


@pytest.fixture
def ada(api: Client, given: Given, receiver: Receiver) -> str:
    """Ada's id; something of hers is overdue, and she wants to be told through that receiver."""
    given.commitment(due_on="2026-03-01", zone="UTC")
    ada = str(given.member("ada")["id"])
    api.app.state.private_channels = True  # type: ignore[attr-defined]
    chosen = api.patch(f"/v1/digests/{ada}", json={"channel": f"json://127.0.0.1:{receiver.server_port}/hook"})
    api.app.state.private_channels = False  # type: ignore[attr-defined]
    assert chosen.status_code == 200, chosen.text
    return ada


@pytest.mark.usefixtures("ada")
def test_it_goes_through_the_channel_once_and_not_by_mail(worker: Worker, office: Office, receiver: Receiver) -> None:
    worker.at(MORNING)
    worker.at("2026-03-03T08:30:00Z")

    (said,) = receiver.taken
    assert said["title"] == "Ada's shop: 1 overdue"
    assert "POA-1.1" in said["message"]
    assert (office.mail, worker.states()) == ([], [("sent", 1)])


@pytest.mark.usefixtures("ada")
def test_it_goes_there_without_any_mail_server(worker: Worker, receiver: Receiver) -> None:
    replace(worker, post=replace(worker.post, server=None)).at(MORNING)

    assert len(receiver.taken) == 1


@pytest.mark.usefixtures("ada")
def test_a_channel_that_says_no_is_not_asked_twice(worker: Worker, receiver: Receiver) -> None:
    receiver.status = 500
    for hour in range(8, 12):
        worker.at(f"2026-03-03T{hour:02}:00:00Z")

    assert (len(receiver.taken), worker.states()) == (1, [("lost", 1)])


@pytest.mark.usefixtures("ada")
def test_a_private_address_is_not_connected_to(worker: Worker, receiver: Receiver) -> None:
    """The URL was allowed when it was chosen, or its name leads somewhere else by now."""
    replace(worker, post=replace(worker.post, private=False)).at(MORNING)

    assert (receiver.taken, worker.states()) == ([], [("lost", 1)])


def test_a_name_that_leads_to_a_private_address_is_not_connected_to(receiver: Receiver) -> None:
    request = {"url": f"json://2130706433:{receiver.server_port}/", "title": "a", "body": "b"}

    refused = channels._ask(request | {"private": False})
    allowed = channels._ask(request | {"private": True})

    assert (refused, allowed, len(receiver.taken)) == ({"sent": False}, {"sent": True}, 1)


def test_no_file_of_the_server_is_read(receiver: Receiver, tmp_path: Path) -> None:
    """Some services take the file of a template from their URL."""
    (tmp_path / "secret").write_text('{"text": "s3cret"}')
    url = f"workflows://127.0.0.1:{receiver.server_port}/a/b?template={tmp_path / 'secret'}"

    channels._ask({"url": url, "private": True, "title": "a", "body": "b"})

    assert "s3cret" not in json.dumps(receiver.taken)


def test_erasing_a_member_erases_the_address(api: Client, ada: str, worker: Worker) -> None:
    Given(api).done("POA-1.1")
    api.patch(f"/v1/members/{ada}", json={"active": False})

    assert api.post("/v1/erasures", json={"subject": ada}).is_success

    query = "SELECT address FROM digest WHERE workspace_id = %s"
    assert worker.owner.execute(query, [worker.workspace]).fetchall() == [("[erased]",)]


@pytest.mark.parametrize("url", ["dbus://", "json://localhost/"])
def test_services_of_this_machine_are_no_channels(url: str) -> None:
    with pytest.raises(NotUnderstood) as refusal:
        channels.understood(url, private=False)

    assert url not in str(refusal.value)
