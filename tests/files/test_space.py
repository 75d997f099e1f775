"""What uploads may take of a disk, and what is said when there is nothing left of it."""

import errno
import io
import tempfile
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import obstore
import pytest
from fastapi import FastAPI
from obstore.exceptions import GenericError
from typing_extensions import override

from app import worker
from app.files import spool
from app.files.spool import Spool
from tests.client import Client
from tests.conftest import NOW, Clock, Tenant
from tests.files.filing import invoice
from tests.files.samples import PDF
from tests.given import Given


class Full(io.BytesIO):
    """A file on a disk that has no space left."""

    @override
    def write(self, _: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def one_mebibyte(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.state._state, "unused_files_limit", 1024 * 1024)


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "AT_ONCE", 1)


def large(what: int) -> bytes:
    """Return a file of 600 kB, each number another one."""
    return PDF + bytes([what]) * 600_000


def stored(app: FastAPI, tenant: Tenant) -> int:
    return sum(one.key.startswith(tenant.workspace_id) for some in app.state.files.listed() for one in some)


@pytest.mark.usefixtures("one_place")
def test_a_temporary_folder_without_space_is_said_to_be_full_each_time(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", Full)

    answers = [api.post("/v1/files", content=PDF) for _ in range(3)]

    assert [one.status_code for one in answers] == [507] * 3
    assert answers[0].json()["type"] == "/problems/no-space-left"


@pytest.mark.usefixtures("one_place")
def test_a_temporary_folder_that_cannot_be_written_is_not_called_the_database(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as busy:
        busy.setattr(tempfile, "TemporaryFile", opened)
        refused = api.post("/v1/files", content=PDF)
    again = api.post("/v1/files", content=PDF)

    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/store-unavailable")
    assert "temporary folder" in refused.json()["detail"]
    assert again.status_code == 201


def test_a_store_without_space_is_said_to_be_full_and_knows_nothing_of_the_file(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(*_: object, **__: object) -> None:
        # What obstore says of a folder.
        raise GenericError("Generic LocalFileSystem error: Unable to copy: No space left on device (os error 28)")

    with monkeypatch.context() as full:
        full.setattr(obstore, "put", put)
        refused = api.post("/v1/files", content=PDF)
    again = api.post("/v1/files", content=PDF)

    assert (refused.status_code, again.status_code) == (507, 201)


@pytest.mark.usefixtures("one_mebibyte")
def test_more_than_may_wait_for_evidence_is_refused_until_that_is_named(
    api: Client, app: FastAPI, given: Given, tenant: Tenant
) -> None:
    commitment = given.commitment()["reference"]
    first = invoice(api, large(1))

    refused = api.post("/v1/files", content=large(2))
    left = stored(app, tenant)
    same = api.post("/v1/files", content=large(1))
    given.post(f"/v1/commitments/{commitment}/evidence", first, 201)
    taken = api.post("/v1/files", content=large(2))

    assert (refused.status_code, same.status_code, taken.status_code) == (409, 200, 201)
    assert refused.json()["type"] == "/problems/too-much-unused"
    assert left == 1


@pytest.mark.usefixtures("one_mebibyte")
def test_what_has_waited_for_a_day_counts_until_it_is_swept_and_another_workspace_does_not(
    api: Client, cy: Client, app: FastAPI, tenant: Tenant, clock: Clock
) -> None:
    api.post("/v1/files", content=large(1))
    later = NOW + timedelta(hours=26)

    theirs = cy.post("/v1/files", content=large(2))
    clock.set(later)
    before = api.post("/v1/files", content=large(2))
    worker.sweep(app.state.engine, UUID(tenant.workspace_id), app.state.files, at=later)
    after = api.post("/v1/files", content=large(2))

    assert (theirs.status_code, before.status_code, after.status_code) == (201, 409, 201)


@pytest.mark.usefixtures("one_mebibyte")
def test_what_was_let_go_is_no_way_past_the_limit(api: Client, given: Given) -> None:
    commitment = given.commitment()["reference"]
    piece = given.post(f"/v1/commitments/{commitment}/evidence", invoice(api, large(1)), 201)
    api.post("/v1/files", content=large(2))
    given.post("/v1/erasures", {"subject": piece["id"]})

    again = api.post("/v1/files", content=large(1))

    assert again.status_code == 409


def test_the_smallest_file_counts_as_a_block_of_the_disk(
    api: Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.state._state, "unused_files_limit", 2 * 4096)

    statuses = [api.post("/v1/files", content=f"Note {one}.".encode()).status_code for one in range(3)]

    assert statuses == [201, 201, 409]


def test_a_workspace_leaves_places_to_the_others(
    api: Client, cy: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "OF_ONE", 1)

    with closing(Spool(UUID(tenant.workspace_id))):
        mine, theirs = api.post("/v1/files", content=PDF), cy.post("/v1/files", content=PDF)
    again = api.post("/v1/files", content=PDF)

    assert (mine.status_code, theirs.status_code, again.status_code) == (503, 201, 201)


@pytest.mark.usefixtures("one_place")
def test_more_uploads_at_once_than_the_disk_is_for_are_asked_to_come_again(api: Client) -> None:
    with closing(Spool(UUID(int=1))):
        refused = api.post("/v1/files", content=PDF)
    taken = [api.post("/v1/files", content=PDF).status_code for _ in range(2)]

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["type"] == "/problems/too-many-uploads"
    assert taken == [201, 200]


@pytest.mark.usefixtures("one_place")
def test_a_file_that_is_refused_or_that_nobody_comes_for_gives_its_place_back(api: Client) -> None:
    empty = api.post("/v1/files", content=b"").status_code
    Spool(UUID(int=1)).file.close()

    assert empty == 422
    assert api.post("/v1/files", content=PDF).status_code == 201
