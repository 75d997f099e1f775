"""`GET /v1/plans/{plan}/proof`: what a stranger needs, complete as of a checkpoint, and always the same bytes."""

import base64
import json
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from fastapi import FastAPI

from app.core import db
from app.core.ids import new_id
from app.ledger import merkle, note, signer
from app.ledger.events import digest, opened
from app.ledger.models import Cosignature, SealedCheckpoint, TimestampToken
from app.ledger.signer import Keyring
from tests.client import Client
from tests.conftest import NOW, Tenant
from tests.given import Given
from tests.proofs.conftest import Seal

pytestmark = pytest.mark.both_versions

PROOF = "/v1/plans/POA-1/proof"


def proof(api: Client, path: str = PROOF, **query: Any) -> Any:
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer


def check(bundle: Any, ring: Keyring, workspace: str) -> note.Checkpoint:
    """Check by hand, with the published algorithms only, that a bundle is signed, included and complete."""
    opened_note = note.open_note(bundle["checkpoint"], signer.verifier_keys(ring, UUID(workspace)))
    head = note.parse_checkpoint(opened_note.text)
    for one in (*bundle["events"], bundle["heads"]):
        leaf = merkle.leaf_hash(one["event"].encode())
        path = [base64.b64decode(node) for node in one["proof"]]
        merkle.check_inclusion(leaf, one["index"], head.size, path, head.root)
    heads = bundle["heads"]
    assert heads["index"] == head.size - 1
    said = json.loads(heads["event"])["data"]
    path = [base64.b64decode(node) for node in heads["entry_proof"]]
    entry = merkle.leaf_hash(heads["entry"].encode())
    merkle.check_inclusion(entry, heads["entry_index"], said["count"], path, bytes.fromhex(said["root"]))
    last = merkle.leaf_hash(bundle["events"][-1]["event"].encode())
    assert json.loads(heads["entry"]) == {
        "last": base64.b64encode(last).decode(),
        "n": len(bundle["events"]),
        "plan": bundle["plan"],
    }
    return head


def names(bundle: Any) -> set[str]:
    return {opened(one)[0] for one in bundle["disclosures"].values()}


@pytest.mark.parametrize("others", [0, 1, 6])
def test_every_event_of_the_plan_is_proved_and_none_is_missing(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant, others: int
) -> None:
    plan = given.plan()
    for _ in range(others):
        given.draft()
    given.done("POA-1.1")
    sealed = seal()

    bundle = proof(api).json()

    head = check(bundle, ring, tenant.workspace_id)
    assert (head.size, bundle["plan"], bundle["format"]) == (sealed.size, plan["id"], "followthrough.proof/1")
    types = [json.loads(one["event"])["type"] for one in bundle["events"]]
    assert types[:3] == ["plan.drafted", "plan.submitted", "plan.approved"]
    assert types[-2:] == ["evidence.added", "commitment.completed"]


def test_every_text_belongs_to_a_shown_event(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    given.done("POA-1.1")
    seal()

    bundle = proof(api).json()

    digests = {one for event in bundle["events"] for one in json.loads(event["event"])["sd"]}
    assert bundle["disclosures"].keys() == digests
    assert all(digest(text) == key for key, text in bundle["disclosures"].items())


def test_the_bundle_is_canonical_and_the_same_each_time(api: Client, given: Given, seal: Seal) -> None:
    given.plan(title="Größe «10» \u2028 \U0001f4e6")
    given.draft()
    seal()

    first, second = proof(api), proof(api, f"/v1/plans/{proof(api).json()['plan']}/proof")

    assert first.content == second.content == rfc8785.dumps(first.json())
    assert first.headers["content-type"] == "application/json"


def test_an_older_checkpoint_gives_the_same_bytes_after_later_events(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    given.plan()
    size = seal().size
    before = proof(api)
    given.draft()
    given.done("POA-1.1")
    seal()

    after = proof(api, size=size)

    assert after.content == before.content
    assert after.headers["followthrough-checkpoint-size"] == str(size)
    newest = proof(api).json()
    assert len(newest["events"]) == len(before.json()["events"]) + 2
    check(newest, ring, tenant.workspace_id)


def test_what_is_not_sealed_yet_is_not_in_the_proof(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    given.plan()
    seal()
    before = proof(api)

    given.done("POA-1.1")

    assert proof(api).content == before.content
    check(before.json(), ring, tenant.workspace_id)


def test_a_plan_that_no_checkpoint_covers_asks_for_patience(api: Client, given: Given, seal: Seal) -> None:
    given.draft()

    never = api.get(PROOF)
    seal()
    given.draft()
    not_yet = api.get("/v1/plans/POA-2/proof")

    for answer in (never, not_yet):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-sealed-yet")
        assert answer.headers["retry-after"] == "1"


def test_a_size_that_was_never_signed_is_not_there(api: Client, given: Given, seal: Seal) -> None:
    given.draft()
    size = seal().size

    answer = api.get(PROOF, params={"size": size - 1})

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/checkpoint-not-found")


def test_personal_words_can_be_left_out_and_the_rest_still_holds(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    given.plan()
    given.member("bo")
    given.post("/v1/commitments/POA-1.1/reassignment", {"owner": "bo@example.com", "reason": "Ada is on leave."})
    given.done("POA-1.1")
    seal()

    whole, redacted = proof(api).json(), proof(api, redact="names").json()

    assert names(whole) - names(redacted) == {"authority", "reason"}
    assert {"content", "title", "text", "body"} <= names(redacted)
    assert redacted["events"] == whole["events"]
    check(redacted, ring, tenant.workspace_id)


def test_erased_words_are_absent_and_the_rest_still_holds(
    api: Client, given: Given, seal: Seal, ring: Keyring, tenant: Tenant
) -> None:
    given.plan()
    evidence = given.evidence("POA-1.1")
    size = seal().size
    given.post("/v1/erasures", {"subject": evidence["id"]})
    seal()

    bundle = proof(api, size=size).json()

    assert "body" not in names(bundle)
    check(bundle, ring, tenant.workspace_id)


def test_nobody_gets_the_proof_of_anothers_plan(api: Client, cy: Client, given: Given, seal: Seal) -> None:
    plan = given.plan()
    seal()

    for name in ("POA-1", plan["id"]):
        assert cy.get(f"/v1/plans/{name}/proof").status_code == 404
        assert cy.get(f"/v1/plans/{name}/proof.zip").status_code == 404
    assert api.get(PROOF).status_code == 200


def test_nothing_new_is_answered_304(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    seal()
    tag = proof(api).headers["etag"]

    assert api.get(PROOF, headers={"If-None-Match": tag}).status_code == 304
    given.done("POA-1.1")
    seal()
    assert api.get(PROOF, headers={"If-None-Match": tag}).status_code == 200


def test_witnesses_and_time_stamps_go_along(
    api: Client, given: Given, seal: Seal, ring: Keyring, app: FastAPI, tenant: Tenant
) -> None:
    given.plan()
    sealed = seal()
    lines = {name: f"\u2014 {name} {base64.b64encode(bytes(76)).decode()}" for name in ("w2.example", "w1.example")}
    of = {"workspace_id": sealed.workspace_id, "epoch": sealed.epoch, "size": sealed.size, "added_at": NOW}
    with db.writing(app.state.engine, sealed.workspace_id) as tx:
        for name, line in lines.items():
            tx.add(Cosignature(key=name, line=line, **of))
        tx.add(TimestampToken(tsa="tsa.example", token=b"\x30\x03\x02\x01\x00", **of))
        tx.flush()

    bundle = proof(api).json()

    assert bundle["checkpoint"] == f"{sealed.note}{lines['w1.example']}\n{lines['w2.example']}\n"
    assert bundle["timestamps"] == [{"type": "rfc3161", "tsr": "MAMCAQA="}]
    check(bundle, ring, tenant.workspace_id)


def test_after_a_restore_the_newer_epoch_is_shown(api: Client, given: Given, seal: Seal, app: FastAPI) -> None:
    given.plan()
    sealed = seal()
    again = sealed.model_dump() | {"epoch": 2, "note": sealed.note.replace("\n", "/e2\n", 1)}
    with db.writing(app.state.engine, sealed.workspace_id) as tx:
        tx.add(SealedCheckpoint(**again))
        tx.flush()

    assert proof(api, size=sealed.size).json()["checkpoint"] == again["note"]


def test_the_approved_words_are_in_it(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    seal()

    bundle = proof(api).json()

    approved = next(
        one for one in map(json.loads, (one["event"] for one in bundle["events"])) if one["type"] == "plan.approved"
    )
    contents = [opened(one)[1] for one in bundle["disclosures"].values() if opened(one)[0] == "content"]
    assert sha256(contents[-1].encode()).hexdigest() == approved["data"]["content_sha256"]


@pytest.mark.parametrize("query", ["size=0", "size=x", "redact=all", "sise=3"])
def test_a_wrong_question_is_refused(api: Client, query: str) -> None:
    assert api.get(f"{PROOF}?{query}").status_code == 422


def test_an_unknown_plan_has_no_proof(api: Client) -> None:
    assert api.get(f"/v1/plans/{new_id()}/proof").status_code == 404
