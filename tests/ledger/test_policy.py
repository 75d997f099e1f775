"""Policies: whom a reader trusts, and how many witnesses they ask for."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.ledger.note import COSIGNATURE, ED25519, Signer, format_vkey
from app.ledger.policy import PolicyInvalid, format_policy, of_key, parse_policy


def key(name: str, kind: int = COSIGNATURE) -> Signer:
    return Signer(f"w.example/{name}", Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)), kind)


LOG = f"log {format_vkey(key('log', ED25519).key)}"
WITNESSES = [f"witness {name} {format_vkey(key(name).key)}" for name in ("a", "b", "c")]


def policy(*lines: str) -> str:
    return "\n".join([LOG, *WITNESSES, *lines, ""])


@pytest.mark.parametrize(
    ("threshold", "enough", "too_few"),
    [("any", "a", ""), ("2", "ac", "a"), ("all", "abc", "ab")],
)
def test_a_group_needs_as_many_as_it_says(threshold: str, enough: str, too_few: str) -> None:
    parsed = parse_policy(policy(f"group g {threshold} a b c", "quorum g"))

    assert parsed.is_met({key(name).key for name in enough})
    assert not parsed.is_met({key(name).key for name in too_few})


def test_groups_may_be_members_of_groups() -> None:
    parsed = parse_policy(policy("group ab any a b", "group g all ab c", "quorum g"))

    assert parsed.is_met({key("b").key, key("c").key})
    assert not parsed.is_met({key("a").key, key("b").key})


def test_what_is_written_is_read_again() -> None:
    parsed = parse_policy(policy("# comment", "", "group g 2 a b c", "\tquorum   g"))

    assert parse_policy(format_policy(parsed)) == parsed
    assert of_key(LOG.removeprefix("log ")).quorum == "none"


@pytest.mark.parametrize(
    "text",
    [
        "",
        LOG,
        policy("quorum d"),
        policy("quorum a", "quorum b"),
        policy("group a any b", "quorum a"),
        policy("group none any b", "quorum none"),
        policy("group g 0 a", "quorum g"),
        policy("group g 3 a b", "quorum g"),
        policy("group g any", "quorum g"),
        policy("group g any d", "quorum g"),
        policy("group g any a a", "quorum g"),
        policy("group g any a", "group h any a", "quorum g"),
        policy("hello", "quorum a"),
        policy(LOG, "quorum a"),
        policy(WITNESSES[0].replace(" a ", " d "), "quorum a"),
        policy(f"log {format_vkey(key('d').key)}", "quorum a"),
        policy("log nonsense", "quorum a"),
        policy("quorum a\x00"),
        policy("quorum a\ud800"),
        "\n" * 1001 + "quorum none",
    ],
)
def test_a_policy_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(PolicyInvalid):
        parse_policy(text)
