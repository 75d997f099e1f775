"""The ledger over HTTP, as a monitor or the holder of a receipt asks for it."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest

from app.ledger import merkle, note, signer
from app.ledger.signer import Keyring
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given
from tests.proofs.conftest import Seal


def hashes(tile: bytes) -> list[bytes]:
    return [tile[start : start + 32] for start in range(0, len(tile), 32)]


def entries(bundle: bytes) -> list[bytes]:
    found = []
    while bundle:
        length = int.from_bytes(bundle[:2])
        found.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return found


def events(api: Client) -> list[Any]:
    return list(api.get("/v1/events", params={"limit": 200}).json()["data"])


def test_the_checkpoint_is_a_note_that_the_logs_key_opens(
    api: Client, given: Given, tenant: Tenant, ring: Keyring, seal: Seal
) -> None:
    given.draft()
    made = seal()

    answer = api.get("/v1/ledger/checkpoint")

    opened = note.open_note(answer.text, signer.verifier_keys(ring, UUID(tenant.workspace_id)))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.parse_checkpoint(opened.text).root == made.root


@pytest.mark.parametrize("path", ["/v1/ledger/checkpoint", "/v1/ledger/consistency", "/v1/events/0/proof"])
def test_before_the_first_seal_there_is_nothing_to_prove(api: Client, given: Given, path: str) -> None:
    given.draft()

    answer = api.get(path)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-sealed-yet")
    assert answer.headers["retry-after"] == "1"


def test_a_monitor_can_rebuild_the_tree_from_entries_and_tiles(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    made = seal()

    bundle = entries(api.get(f"/v1/ledger/tile/entries/000.p/{made.size}").content)
    tile = api.get(f"/v1/ledger/tile/0/000.p/{made.size}")

    assert [one.decode() for one in bundle] == [one["text"] for one in events(api)]
    assert hashes(tile.content) == [merkle.leaf_hash(one) for one in bundle]
    assert merkle.root(hashes(tile.content)) == made.root
    assert (tile.headers["content-type"], "immutable" in tile.headers["cache-control"]) == (
        "application/octet-stream",
        True,
    )


def test_a_full_tile_has_no_width(api: Client, given: Given, seal: Seal) -> None:
    for _ in range(13):
        given.plan(*[given.promise() for _ in range(20)])
    made = seal()
    assert 256 < made.size < 512

    full, above = api.get("/v1/ledger/tile/0/000").content, api.get("/v1/ledger/tile/1/000.p/1").content

    assert (len(hashes(full)), hashes(above)) == (256, [merkle.root(hashes(full))])
    assert len(entries(api.get("/v1/ledger/tile/entries/000").content)) == 256
    assert len(hashes(api.get(f"/v1/ledger/tile/0/001.p/{made.size - 256}").content)) == made.size - 256


@pytest.mark.parametrize(
    "tile",
    [
        *("0/001", "0/000", "1/000", "1/000.p/1", "0/000.p/200", "entries/000", "entries/000.p/200"),
        *("0/000.p/0", "0/000.p/256", "0/000.p/01", "0/0", "0/x000/000", "0/../0", "entries/x999/999/999"),
        "0/" + "x999/" * 9 + "999",
    ],
)
def test_a_tile_beyond_the_checkpoint_or_written_otherwise_is_not_there(
    api: Client, given: Given, seal: Seal, tile: str
) -> None:
    given.draft()
    seal()

    answer = api.get(f"/v1/ledger/tile/{tile}")

    assert answer.status_code == 404


def test_what_is_not_sealed_yet_is_in_no_tile(api: Client, given: Given, seal: Seal) -> None:
    given.draft()
    size = seal().size
    given.draft()

    assert api.get(f"/v1/ledger/tile/entries/000.p/{size + 1}").status_code == 404
    assert api.get(f"/v1/ledger/tile/0/000.p/{size + 1}").status_code == 404


def test_the_newer_ledger_is_proved_to_begin_with_the_older(api: Client, given: Given, seal: Seal) -> None:
    given.draft()
    old = seal()
    given.plan()
    new = seal()

    said = api.get("/v1/ledger/consistency", params={"from": old.size}).json()

    path = [base64.b64decode(one) for one in said["path"]]
    assert (said["old_size"], said["new_size"]) == (old.size, new.size)
    merkle.check_consistency(old.size, new.size, old.root, new.root, path)


def test_sizes_that_prove_nothing_are_refused(api: Client, given: Given, seal: Seal) -> None:
    given.draft()
    size = seal().size

    beyond = api.get("/v1/ledger/consistency", params={"from": 1, "to": size + 1})
    backwards = api.get("/v1/ledger/consistency", params={"from": size, "to": 1})

    assert beyond.status_code == 409
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (422, "/query/from")


def test_a_receipt_is_proved_once_it_is_sealed(api: Client, seal: Seal) -> None:
    receipt = int(api.post("/v1/plans", json={"title": "Late"}).headers["followthrough-event"])
    made = seal()

    text = api.get(f"/v1/events/{receipt}/proof").text

    head, _, checkpoint = text.partition("\n\n")
    kind, index, *path = head.split("\n")
    (event,) = [one for one in events(api) if one["seq"] == receipt]
    leaf = merkle.leaf_hash(event["text"].encode())
    assert (kind, index, checkpoint) == ("c2sp.org/tlog-proof@v1", f"index {receipt}", made.note)
    merkle.check_inclusion(leaf, receipt, made.size, [base64.b64decode(one) for one in path], made.root)


def test_a_receipt_that_is_not_sealed_yet_is_asked_for_later(api: Client, given: Given, seal: Seal) -> None:
    given.draft()
    seal()
    receipt = given.api.post("/v1/plans", json={"title": "Late"}).headers["followthrough-event"]

    answer = api.get(f"/v1/events/{receipt}/proof")

    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    assert api.get(f"/v1/events/{int(receipt) + 1}/proof").json()["type"] == "/problems/event-not-found"


def test_cy_sees_a_ledger_of_her_own(cy: Client, api: Client, given: Given, seal: Seal) -> None:
    given.draft()
    seal()

    assert cy.get("/v1/ledger/tile/0/000.p/1").status_code == 404
    assert cy.get("/v1/ledger/checkpoint").status_code == 409
    assert json.loads(events(api)[0]["text"])["ws"] != json.loads(events(cy)[0]["text"])["ws"]
