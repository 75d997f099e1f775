"""The same with a folder and with S3, as a real server of moto speaks it."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from app.core.config import Settings
from app.files import store
from app.files.rules import StoreUnavailable
from app.files.store import Store
from tests.client import Client
from tests.durability.test_kill import free_port
from tests.files.filing import invoice
from tests.files.samples import PDF
from tests.given import Given

LARGE = PDF + os.urandom(11 * 1024 * 1024)
"""More than two parts of what S3 takes at once."""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The address of a server that speaks S3."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 60
        while not _answers(address):
            assert server.poll() is None
            assert time.monotonic() < deadline, "moto does not start"
            time.sleep(0.1)
        yield address
        server.terminate()


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/moto-api/data.json").status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that is empty."""
    if request.param == "folder":
        return Store((tmp_path / "a folder").as_uri())
    address = request.getfixturevalue("moto")
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid4()}"
    assert httpx2.put(f"{address}/{bucket}").status_code == 200
    return Store(f"s3://{bucket}/of/ours")


@pytest.fixture
def api(api: Client, app: FastAPI, kept: Store, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The client, of an application with that store."""
    monkeypatch.setitem(app.state._state, "files", kept)
    return api


@pytest.mark.parametrize("content", [PDF, LARGE], ids=["small", "large"])
def test_what_is_put_is_there_until_it_is_deleted(kept: Store, content: bytes) -> None:
    key = f"{uuid4()}/{'a' * 64}"
    before = kept.size(key)

    kept.put(key, io.BytesIO(content))
    kept.put(key, io.BytesIO(content))

    (listed,) = [one for some in kept.listed() for one in some]
    assert (before, kept.size(key), b"".join(kept.blocks(key))) == (None, len(content), content)
    assert listed.key == key
    assert abs(listed.at - datetime.now(UTC)) < timedelta(minutes=5)
    kept.delete(key)
    kept.delete(key)
    assert kept.size(key) is None


def test_what_is_not_there_cannot_be_read(kept: Store) -> None:
    kept.put("a/b", io.BytesIO(PDF))

    with pytest.raises(FileNotFoundError):
        list(kept.blocks("a/c"))


@pytest.mark.parametrize("content", [PDF, LARGE], ids=["small", "large"])
def test_a_file_is_uploaded_filed_and_downloaded(api: Client, given: Given, content: bytes) -> None:
    commitment = given.commitment()["reference"]

    piece = given.post(f"/v1/commitments/{commitment}/evidence", invoice(api, content), 201)

    assert api.get(piece["body"]).content == content
    part = api.get(piece["body"], headers={"Range": "bytes=5-104"})
    assert part.content == content[5:105]


def test_a_store_that_does_not_answer_is_said_to_be_unavailable(
    api: Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "no folder").write_bytes(b"")
    monkeypatch.setitem(app.state._state, "files", Store((tmp_path / "no folder").as_uri()))

    answer = api.post("/v1/files", content=PDF)

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/store-unavailable"
    assert api.get("/v1/files/" + "0" * 64).status_code == 404


def test_a_bucket_that_is_not_there_is_unavailable(kept: Store) -> None:
    if kept.url.startswith("s3:"):
        with pytest.raises(StoreUnavailable):
            Store("s3://nobodys-bucket").put("a/b", io.BytesIO(PDF))


def test_without_a_setting_files_are_in_the_data_folder(tmp_path: Path) -> None:
    given = Settings(_env_file=None, data_dir=tmp_path / "data")  # type: ignore[call-arg]

    kept = store.opened(given)

    assert not (tmp_path / "data").exists()
    kept.put("a/b", io.BytesIO(PDF))
    assert (tmp_path / "data" / "files" / "a" / "b").read_bytes() == PDF
    assert (tmp_path / "data" / "files").stat().st_mode & 0o777 == 0o700
