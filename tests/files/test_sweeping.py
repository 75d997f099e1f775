"""What nobody uses goes after a day; what is used, or is being uploaded or filed, never does."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from fastapi import FastAPI

from app import worker
from app.core import db
from app.files import operations
from app.files.store import Store
from app.files.strays import Strays
from tests.client import Client
from tests.conftest import NOW, Clock, Tenant
from tests.files.filing import invoice, uploaded
from tests.files.samples import PDF
from tests.given import Given

LATER = NOW + timedelta(hours=26)


class Sweeper:
    """The worker's part in it, for one workspace."""

    def __init__(self, app: FastAPI, tenant: Tenant) -> None:
        self.app, self.workspace = app, UUID(tenant.workspace_id)
        self.store: Store = app.state.files

    def sweep(self, at: datetime) -> None:
        worker.sweep(self.app.state.engine, self.workspace, self.store, at=at)

    def has(self, sha256: str) -> bool:
        return self.store.size(f"{self.workspace}/{sha256}") is not None

    def age(self, sha256: str, by: timedelta) -> None:
        """Let an object be older than it is."""
        path = Path(urlsplit(self.store.url).path) / str(self.workspace) / sha256
        then = path.stat().st_mtime - by.total_seconds()
        os.utime(path, (then, then))

    def walk(self, at: datetime) -> int:
        """Go once through the store; return how many strays were deleted."""
        strays, deleted = Strays(self.store), 0
        while strays._rests_until is None:
            deleted += strays.sweep(self.app.state.engine, at=at)
        return deleted


@pytest.fixture
def sweeper(app: FastAPI, tenant: Tenant) -> Sweeper:
    return Sweeper(app, tenant)


def test_what_no_evidence_uses_goes_after_a_day(api: Client, clock: Clock, sweeper: Sweeper) -> None:
    sha256 = uploaded(api)

    sweeper.sweep(NOW + timedelta(hours=24))
    kept = sweeper.has(sha256)
    sweeper.sweep(LATER)

    clock.set(LATER)
    assert (kept, sweeper.has(sha256)) == (True, False)
    assert api.get(f"/v1/files/{sha256}").status_code == 404


def test_after_a_day_it_is_gone_for_all_although_nobody_swept(api: Client, given: Given, clock: Clock) -> None:
    commitment = given.commitment()["reference"]
    filed = invoice(api)

    clock.set(NOW + timedelta(hours=24))

    assert api.get(f"/v1/files/{filed['sha256']}").status_code == 404
    assert api.post(f"/v1/commitments/{commitment}/evidence", json=filed).status_code == 422


def test_who_uploads_it_again_has_another_day(api: Client, clock: Clock, sweeper: Sweeper) -> None:
    sha256 = uploaded(api)
    clock.set(NOW + timedelta(hours=20))
    uploaded(api)

    sweeper.sweep(LATER)

    assert sweeper.has(sha256)


def test_what_evidence_uses_stays(api: Client, given: Given, sweeper: Sweeper) -> None:
    filed = invoice(api)
    piece = given.post(f"/v1/commitments/{given.commitment()['reference']}/evidence", filed, 201)
    path = f"/v1/commitments/{piece['commitment']}/evidence/{piece['id']}/supersession"
    given.post(path, {"reason": "Another's.", "evidence": {"kind": "note", "text": "Removed."}}, 201)

    sweeper.sweep(NOW + timedelta(days=400))

    assert api.get(piece["body"]).content == PDF


def test_what_was_erased_goes_with_the_next_sweep(api: Client, given: Given, sweeper: Sweeper) -> None:
    filed = invoice(api)
    piece = given.post(f"/v1/commitments/{given.commitment()['reference']}/evidence", filed, 201)
    given.post("/v1/erasures", {"subject": piece["id"]})

    sweeper.sweep(NOW)

    assert not sweeper.has(filed["sha256"])


def test_what_was_swept_is_uploaded_anew(api: Client, sweeper: Sweeper) -> None:
    sha256 = uploaded(api)
    sweeper.sweep(LATER)

    again = api.post("/v1/files", content=PDF)

    assert again.status_code == 201
    assert sweeper.has(sha256)


def test_an_object_that_is_missing_is_put_again_with_the_next_upload(api: Client, sweeper: Sweeper) -> None:
    sha256 = uploaded(api)
    sweeper.store.delete(f"{sweeper.workspace}/{sha256}")

    again = api.post("/v1/files", content=PDF)

    assert again.status_code == 200
    assert api.get(f"/v1/files/{sha256}").content == PDF


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as one:
        yield one


def test_an_upload_waits_for_a_sweeper_and_puts_it_again(
    api: Client, sweeper: Sweeper, aside: ThreadPoolExecutor
) -> None:
    sha256 = uploaded(api)

    with db.writing(sweeper.app.state.engine, sweeper.workspace) as tx:
        operations.sweep(tx, sweeper.store, at=LATER)
        upload = aside.submit(api.post, "/v1/files", content=PDF)
        threading.Event().wait(0.3)
        assert not upload.done()

    assert upload.result().status_code == 201
    assert sweeper.has(sha256)


def test_evidence_waits_for_a_sweeper_and_is_refused(
    api: Client, given: Given, sweeper: Sweeper, aside: ThreadPoolExecutor
) -> None:
    path, filed = f"/v1/commitments/{given.commitment()['reference']}/evidence", invoice(api)

    with db.writing(sweeper.app.state.engine, sweeper.workspace) as tx:
        operations.sweep(tx, sweeper.store, at=LATER)
        filing = aside.submit(api.post, path, json=filed)
        threading.Event().wait(0.3)
        assert not filing.done()

    assert filing.result().status_code == 422


def test_a_sweeper_passes_over_what_is_being_filed(api: Client, sweeper: Sweeper) -> None:
    sha256 = uploaded(api)

    with db.writing(sweeper.app.state.engine, sweeper.workspace) as tx:
        operations.use(tx, sha256, at=NOW)
        sweeper.sweep(LATER)

    sweeper.sweep(LATER)
    assert sweeper.has(sha256)


def test_an_object_without_a_row_goes_after_a_day(api: Client, sweeper: Sweeper, tmp_path: Path) -> None:
    stray, fresh, known = "a" * 64, "b" * 64, uploaded(api)
    (tmp_path / "x").write_bytes(PDF)
    for sha256 in (stray, fresh):
        with (tmp_path / "x").open("rb") as file:
            sweeper.store.put(f"{sweeper.workspace}/{sha256}", file)
    now = datetime.now().astimezone()
    for sha256 in (stray, known):
        sweeper.age(sha256, timedelta(hours=25))

    deleted = sweeper.walk(now)

    assert deleted == 1
    assert [sweeper.has(one) for one in (stray, fresh, known)] == [False, True, True]


def test_an_upload_of_what_is_a_stray_waits_for_the_sweeper(
    api: Client, sweeper: Sweeper, aside: ThreadPoolExecutor
) -> None:
    sha256 = uploaded(api)
    sweeper.sweep(LATER)

    with db.writing(sweeper.app.state.engine, sweeper.workspace) as tx:
        operations.sweep_strays(tx, sweeper.store, [sha256], by=sweeper.workspace, at=NOW)
        upload = aside.submit(api.post, "/v1/files", content=PDF)
        threading.Event().wait(0.3)
        assert not upload.done()

    assert upload.result().status_code == 201
    assert sweeper.has(sha256)


def test_what_is_being_uploaded_is_no_stray(api: Client, sweeper: Sweeper) -> None:
    sha256 = uploaded(api)

    with db.writing(sweeper.app.state.engine, sweeper.workspace) as tx:
        assert operations.sweep_strays(tx, sweeper.store, [sha256], by=sweeper.workspace, at=NOW) == 0

    assert sweeper.has(sha256)


def test_objects_of_workspaces_that_are_not_here_are_left_alone(sweeper: Sweeper, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(PDF)
    theirs = f"{UUID(int=7)}/{'c' * 64}"
    with (tmp_path / "x").open("rb") as file:
        sweeper.store.put(theirs, file)

    sweeper.walk(datetime.now().astimezone() + timedelta(days=2))

    assert sweeper.store.size(theirs) == len(PDF)


def test_what_a_crash_has_left_half_written_is_not_listed_and_goes(api: Client, sweeper: Sweeper) -> None:
    path = Path(urlsplit(sweeper.store.url).path) / str(sweeper.workspace) / f"{uploaded(api)}#1"
    path.write_bytes(b"half")

    listed = [one.key for some in sweeper.store.listed() for one in some]
    sweeper.walk(datetime.now().astimezone() + timedelta(days=2))

    assert not [key for key in listed if "#" in key]
    assert not path.exists()


def test_one_round_takes_several_batches(api: Client, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "BATCH", 1)
    several = [uploaded(api, PDF + bytes([one])) for one in range(3)]

    sweeper.sweep(LATER)

    assert not any(sweeper.has(one) for one in several)
