"""A timestamp is believed only if it is of these bytes, whole, and by an authority that a trusted root vouches for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.ledger.timestamp import TimestampInvalid, check_timestamp
from tests import tsa
from tests.tsa import AT, Token, der, number, oid

IMPRINT = sha256(b"a note").digest()
ROOT = tsa.root()
TSA = tsa.stamper(ROOT)
GOOD = Token(TSA, IMPRINT)


def check(token: Token, *roots: bytes, imprint: bytes = IMPRINT) -> datetime:
    return check_timestamp(token.reply(), imprint=imprint, roots=roots or [ROOT.der])


def refused(token: Token, why: str, *roots: bytes) -> None:
    with pytest.raises(TimestampInvalid, match=why):
        check(token, *roots)


def test_it_says_when() -> None:
    assert check(GOOD) == AT


@pytest.mark.parametrize(
    ("text", "micros"), [("20260302090000.5Z", 500_000), ("20260302090000.123456789Z", 123_456), ("20260302090000Z", 0)]
)
def test_the_time_may_have_a_fraction(text: str, micros: int) -> None:
    assert check(replace(GOOD, time=text.encode())) == AT.replace(microsecond=micros)


@pytest.mark.parametrize(
    "text",
    [
        "20260302090000",
        "20260302090000+0000",
        "20260302090000.50Z",
        "20260302090000.Z",
        "202603020900Z",
        "20261302090000Z",
        "00000302090000Z",
        "20260302090060Z",
        "2026030209000\N{ARABIC-INDIC DIGIT ZERO}Z",
    ],
)
def test_a_time_is_written_in_one_way(text: str) -> None:
    refused(replace(GOOD, time=text.encode()), "the time is not one")


def test_a_root_may_be_pem_and_one_of_several() -> None:
    other = tsa.root("Other")

    assert check(GOOD, other.der, other.pem + ROOT.pem) == AT


def test_an_authority_that_is_trusted_itself_needs_no_root() -> None:
    assert check(GOOD, TSA.der) == AT
    assert check(replace(GOOD, certificates=[]), TSA.der) == AT


@pytest.mark.parametrize("roots", [[], [tsa.root().der], [tsa.root("Root").der], [TSA.pem[:99]], [b""], [b"junk"]])
def test_no_other_root_will_do(roots: list[bytes]) -> None:
    with pytest.raises(TimestampInvalid, match=r"no root that is trusted|cannot be read"):
        check_timestamp(GOOD.reply(), imprint=IMPRINT, roots=roots)


def test_other_bytes_are_refused() -> None:
    with pytest.raises(TimestampInvalid, match="of something else"):
        check(GOOD, imprint=sha256(b"another note").digest())


def test_an_rsa_key_may_sign() -> None:
    rsa_tsa = tsa.stamper(ROOT, key=rsa.generate_private_key(65537, 2048))
    token = Token(rsa_tsa, IMPRINT)

    assert check(token) == AT
    assert check(replace(token, signature_algorithm=der(0x30, oid("2a864886f70d010101"), b"\x05\x00"))) == AT
    refused(replace(token, signature_algorithm=tsa.algorithm(tsa.ECDSA_SHA256)), "kind that is unknown")


def test_a_key_of_another_kind_may_not_sign() -> None:
    signer = tsa.stamper(ROOT, key=ed25519.Ed25519PrivateKey.generate())

    refused(Token(signer, IMPRINT), "the authority's key is of a kind that is unknown")


def test_a_short_rsa_key_is_refused() -> None:
    weak = tsa.stamper(ROOT, key=rsa.generate_private_key(65537, 1024))

    refused(Token(weak, IMPRINT), "leads to no root")


def test_the_certificate_may_be_named_by_its_sha1_as_before_2010() -> None:
    named = der(0x30, der(0x30, der(0x30, der(0x04, sha1(TSA.der).digest()))))

    assert check(replace(GOOD, attributes={tsa.CERTIFICATE_V2: b"", tsa.CERTIFICATE: named})) == AT


def test_the_certificate_may_be_named_with_the_hash_function() -> None:
    named = der(0x30, der(0x30, der(0x30, tsa.algorithm(tsa.SHA256), der(0x04, sha256(TSA.der).digest()))))

    assert check(replace(GOOD, attributes={tsa.CERTIFICATE_V2: named})) == AT


def test_what_nobody_signs_may_be_there() -> None:
    token = replace(
        GOOD,
        signer_tail=der(0xA1, b""),
        data_tail=der(0xA1, b""),
        after_time=der(0x30, number(1)) + der(0x01, b"\xff") + number(1 << 62) + der(0xA0, b"\x05\x00"),
        info_tail=der(0xA1, der(0x30, oid("2a04"), der(0x04, b"says"))),
    )

    assert check(token) == AT


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (replace(GOOD, status=number(1)), "did not grant"),
        (replace(GOOD, status=number(2)), "did not grant"),
        (replace(GOOD, version=number(1)), "not of version 3"),
        (replace(GOOD, kind="2a03"), "not signed data"),
        (replace(GOOD, content="2a03"), "not a timestamp"),
        (replace(GOOD, hashed="608648016503040202"), "something else"),
        (replace(GOOD, info_version=number(2)), "not of version 1"),
        (
            replace(GOOD, info_tail=der(0xA1, der(0x30, oid("2a04"), der(0x01, b"\xff"), der(0x04)))),
            "critical extension",
        ),
        (replace(GOOD, info_tail=b"\x05\x00"), "behind the last"),
        (replace(GOOD, tail=b"\x05\x00"), "behind the last"),
        (replace(GOOD, signer_tail=b"\x05\x00"), "behind the last"),
        (replace(GOOD, signers_version=number(3)), "not named by issuer"),
        (replace(GOOD, signers_id=der(0x30, der(0x30), number(1))), "certificate of the authority is missing"),
        (replace(GOOD, announced="608648016503040202"), "another hash"),
        (replace(GOOD, digest="2b0e03021a"), "a hash other than"),
        (replace(GOOD, digest="608648016503040202"), "over another"),
        (replace(GOOD, attributes={tsa.CONTENT_TYPE: oid("2a03")}), "over another"),
        (replace(GOOD, attributes={tsa.MESSAGE_DIGEST: der(0x04, bytes(32))}), "over another"),
        (replace(GOOD, attributes={tsa.MESSAGE_DIGEST: der(0x04, b"") * 2}), "behind the last"),
        (replace(GOOD, attributes={tsa.MESSAGE_DIGEST: b""}), "attribute is missing"),
        (replace(GOOD, attributes={tsa.CERTIFICATE_V2: b""}), "attribute is missing"),
        (replace(GOOD, repeated=der(0x30, oid(tsa.CONTENT_TYPE), der(0x31, oid(tsa.TST_INFO)))), "twice"),
        (replace(GOOD, certificates=[]), "certificate of the authority is missing"),
        (replace(GOOD, certificates=[ROOT.der]), "certificate of the authority is missing"),
        (replace(GOOD, certificates=[TSA.der] * 17), "more than 16"),
        (replace(GOOD, certificates=[der(0x30, der(0x30, number(1), der(0x30), der(0x30)))]), "cannot be read"),
        (replace(GOOD, certificates=[der(0x30, der(0x30, number(0), der(0x30), der(0x30)))]), "not positive"),
        (replace(GOOD, signature=b"\x30\x00"), "not good"),
        (replace(GOOD, signature_algorithm=tsa.algorithm(tsa.RSA_SHA256)), "kind that is unknown"),
        (replace(GOOD, signature_algorithm=der(0x30, oid(tsa.ECDSA_SHA256), b"\x05\x01\x00")), "NULL"),
        (replace(GOOD, signature_algorithm=der(0x30, oid(tsa.ECDSA_SHA256), der(0x30))), "behind the last"),
        (replace(GOOD, tail=bytes(100_000)), "at most 100000 bytes"),
    ],
)
def test_a_token_that_is_otherwise_is_refused(token: Token, why: str) -> None:
    refused(token, why)


def test_a_signature_by_another_key_is_refused() -> None:
    thief = replace(TSA, key=ec.generate_private_key(ec.SECP256R1()))

    refused(Token(thief, IMPRINT), "not good")


def test_a_certificate_that_the_attribute_does_not_name_cannot_stand_in() -> None:
    twin = tsa.stamper(ROOT, key=TSA.key)

    refused(replace(GOOD, certificates=[twin.der]), "certificate of the authority is missing")


def test_the_certificate_must_be_for_stamping_and_nothing_else() -> None:
    usage = x509.oid.ExtendedKeyUsageOID
    for extensions in (
        [],
        [(x509.ExtendedKeyUsage([usage.TIME_STAMPING]), False)],
        [(x509.ExtendedKeyUsage([usage.CODE_SIGNING]), True)],
        [(x509.ExtendedKeyUsage([usage.TIME_STAMPING, usage.CODE_SIGNING]), True)],
    ):
        refused(Token(tsa.party("Other", ROOT, *extensions), IMPRINT), "authority alone")


def test_the_key_must_be_one_that_may_sign() -> None:
    for word in ("digital_signature", "content_commitment", "key_encipherment"):
        token = Token(tsa.party("TSA", ROOT, (tsa.STAMPING, True), (key_usage(word), True)), IMPRINT)
        if word == "key_encipherment":
            refused(token, "may not sign")
        else:
            assert check(token) == AT


@pytest.mark.parametrize("days", [-1, 1])
def test_the_certificates_must_be_valid_at_the_time(days: int) -> None:
    moved = (AT + timedelta(days=days - (days < 0)), AT + timedelta(days=days + (days > 0)))

    refused(Token(tsa.stamper(ROOT, valid=moved), IMPRINT), "leads to no root")
    late = tsa.root(valid=moved)
    refused(Token(tsa.stamper(late), IMPRINT), "leads to no root", late.der)


def test_an_expired_certificate_was_good_when_it_stamped() -> None:
    brief = tsa.stamper(ROOT, valid=(AT, AT))

    assert check(Token(brief, IMPRINT)) == AT.astimezone(UTC)


def key_usage(*words: str) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"
    )
    flags = {name: name in words for name in names.split()}
    return x509.KeyUsage(**flags, encipher_only=False, decipher_only=False)
