"""Whatever the checker of timestamps is given, it answers with a time or a refusal."""

import base64
import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from app.ledger import chain
from app.ledger.timestamp import TimestampInvalid, check_timestamp

OWN = json.loads((Path(__file__).parent / "vectors" / "timestamp.json").read_text(encoding="utf-8"))
SHARED = Path("/work/shared/vectors/13_rfc3161.json")
TSR = base64.b64decode(OWN["tsr_b64"])
ROOT = OWN["root_pem"].encode()
IMPRINT = sha256(OWN["message"].encode()).digest()


def accepts(tsr: bytes, root: bytes = ROOT, imprint: bytes = IMPRINT) -> bool:
    try:
        check_timestamp(tsr, imprint=imprint, roots=[root])
    except TimestampInvalid:
        return False
    return True


def other_accepts(tsr: bytes) -> bool:
    """The same question to rfc3161-client, which asks OpenSSL."""
    builder = VerifierBuilder()
    for certificate in chain.read_certificates(ROOT):
        builder = builder.add_root_certificate(certificate)
    try:
        return builder.build().verify(decode_timestamp_response(tsr), IMPRINT)
    except (VerificationError, ValueError):
        return False


def test_every_flipped_bit_is_refused() -> None:
    flips = [
        TSR[:place] + bytes([TSR[place] ^ 1 << bit]) + TSR[place + 1 :] for place in range(len(TSR)) for bit in range(8)
    ]

    assert accepts(TSR)
    assert not any(accepts(flipped) for flipped in flips)


def test_it_accepts_nothing_that_another_reader_refuses() -> None:
    assert other_accepts(TSR)
    for place in range(0, len(TSR), 7):
        changed = TSR[:place] + bytes([TSR[place] ^ 0x11]) + TSR[place + 1 :]
        assert other_accepts(changed) or not accepts(changed)


@given(st.data())
def test_nothing_but_a_refusal_escapes(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TSR)))
    end = data.draw(st.integers(start, len(TSR)))
    raw = TSR[:start] + data.draw(st.binary(max_size=6)) + TSR[end:]

    with suppress(TimestampInvalid):
        check_timestamp(raw, imprint=IMPRINT, roots=[ROOT])


@given(st.binary())
def test_nothing_but_a_refusal_escapes_from_a_root(raw: bytes) -> None:
    for root in (raw, ROOT[:40] + raw, ROOT + raw):
        with suppress(TimestampInvalid):
            check_timestamp(TSR, imprint=IMPRINT, roots=[root])


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not here")
def test_the_published_vector_passes() -> None:
    vector = json.loads(SHARED.read_text(encoding="utf-8"))
    tsr, root = base64.b64decode(vector["tsr_b64"]), vector["root_pem"].encode()

    assert accepts(tsr, root, sha256(vector["message"].encode()).digest())
    assert not accepts(tsr, root, sha256(vector["other_message"].encode()).digest())
    assert not accepts(tsr, ROOT, sha256(vector["message"].encode()).digest())
