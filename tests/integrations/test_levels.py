"""What those outside say goes into the proof, and lifts it: a timestamp to P3, a quorum of witnesses to P4."""

from datetime import timedelta

from app.integrations import outside
from app.integrations.outside import Outside
from app.ledger import note
from app.ledger.policy import Policy, Witness, of_key, parse_policy
from app.ledger.verify import Report, verify_bundle
from tests.client import Client
from tests.conftest import NOW
from tests.integrations.conftest import Answers, Authority, Log

PROOF = "/v1/plans/POA-1/proof"


def ask(log: Log, whom: Outside) -> None:
    outside.step(log.app.state.engine, whom, {}, at=NOW)


def policy(log: Log, witness: Witness) -> Policy:
    keys = note.format_vkey(log.keys[0]), note.format_vkey(witness.key)
    return parse_policy("log {}\nwitness ours {}\nquorum ours\n".format(*keys))


def verified(api: Client, policy: Policy, *, vouched_by: str, roots: tuple[bytes, ...] = ()) -> Report:
    bundle = api.get(PROOF, params={"vouched_by": vouched_by}).content
    return verify_bundle(bundle, policy, tsa_roots=roots)


def test_a_timestamp_lifts_a_proof_to_p3(api: Client, log: Log, tsa: Answers, authority: Authority) -> None:
    sealed = log.grow()
    ask(log, Outside(tsa=tsa.url, tsa_interval=timedelta(hours=1)))
    log.grow()
    trusted = of_key(note.format_vkey(log.keys[0]))

    report = verified(api, trusted, vouched_by="timestamp", roots=(authority.root,))

    assert (report.valid, report.level, report.size) == (True, "P3", sealed.size)
    assert verified(api, trusted, vouched_by="timestamp").level == "P2"


def test_a_witness_lifts_a_proof_to_p4(api: Client, log: Log, watching: Witness) -> None:
    sealed = log.grow()
    ask(log, Outside(witnesses=[watching]))
    log.grow()

    report = verified(api, policy(log, watching), vouched_by="witness")

    assert (report.valid, report.level, report.size) == (True, "P4", sealed.size)


def test_where_nobody_vouches_that_is_said(api: Client, log: Log) -> None:
    log.grow()

    for voucher in ("timestamp", "witness"):
        refused = api.get(PROOF, params={"vouched_by": voucher})

        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nobody-vouches")
