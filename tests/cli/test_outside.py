"""Whom the settings name is asked; what they name wrongly is said before anything starts."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from app.cli import outside
from app.cli.database import CannotStart
from app.core.config import Settings
from app.integrations.outside import Outside
from app.ledger import note

KEY = note.format_vkey(note.Signer("example.com/w", Ed25519PrivateKey.generate(), note.COSIGNATURE).key)
Write = Callable[[str, Any], str]


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def test_nobody_is_asked_by_default() -> None:
    assert not outside.named(settings())


def test_an_authority_and_the_witnesses_with_an_address_are_asked(write: Write) -> None:
    other = note.format_vkey(note.Signer("example.com/v", Ed25519PrivateKey.generate(), note.COSIGNATURE).key)
    path = write("policy", f"witness a {KEY} https://a.example\nwitness b {other}\nquorum none\n")

    named = outside.named(settings(tsa_url="https://tsa.example", tsa_interval=5, witness_policy=path))

    assert (named.tsa, named.tsa_interval) == ("https://tsa.example", timedelta(minutes=5))
    assert [one.name for one in named.witnesses] == ["a"]


def test_a_policy_that_is_none_is_named(write: Write, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"WITNESS_POLICY: .*line 1: "):
        outside.named(settings(witness_policy=write("policy", "witless\n")))
    with pytest.raises(CannotStart, match="No such file"):
        outside.named(settings(witness_policy=tmp_path / "nowhere"))


def test_two_witnesses_of_one_name_are_refused(write: Write) -> None:
    other = note.format_vkey(note.Signer("example.com/w", Ed25519PrivateKey.generate(), note.COSIGNATURE).key)
    path = write("policy", f"witness a {KEY} https://a.example\nwitness b {other} https://b.example\nquorum none\n")

    with pytest.raises(CannotStart, match="of one name"):
        outside.named(settings(witness_policy=path))


def test_an_authority_has_an_address_of_http() -> None:
    with pytest.raises(ValidationError):
        settings(tsa_url="file:///etc/passwd")


def test_they_are_asked_beside_the_rest_until_it_ends(url: str) -> None:
    began = time.monotonic()

    with outside.asked(url, Outside()), outside.asked(url, Outside(tsa="http://127.0.0.1:1")):
        pass

    assert time.monotonic() - began < 10
