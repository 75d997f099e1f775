"""Time from outside: what a time stamping authority (TSA) answered about some bytes (RFC 3161).

The answer is a CMS message (RFC 5652): the authority signs attributes, which name its certificate and the hash of a
TSTInfo, which names the hash of our bytes, the *imprint*, and the time. It is believed if the certificate leads to a
root that the user trusts. Certificates in the answer are only candidates on the way there.

Not asked, as nobody can answer it without a network: whether a certificate was revoked since.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1, sha256, sha384, sha512
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import Certificate

from app.ledger import chain, der
from app.ledger.chain import ChainInvalid
from app.ledger.der import DerInvalid, Reader

MAX_BYTES = 100_000

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SIGNING_CERTIFICATE = bytes.fromhex("2a864886f70d010910020c")
_SIGNING_CERTIFICATE_V2 = bytes.fromhex("2a864886f70d010910022f")
_SHA256 = bytes.fromhex("608648016503040201")
_SHA384 = bytes.fromhex("608648016503040202")
_SHA512 = bytes.fromhex("608648016503040203")
_RSA = bytes.fromhex("2a864886f70d010101")

_DIGESTS: dict[bytes, Callable[[bytes], Any]] = {_SHA256: sha256, _SHA384: sha384, _SHA512: sha512}
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    _SHA256: hashes.SHA256(),
    _SHA384: hashes.SHA384(),
    _SHA512: hashes.SHA512(),
}
_RSA_WITH = {
    bytes.fromhex("2a864886f70d01010b"): _SHA256,
    bytes.fromhex("2a864886f70d01010c"): _SHA384,
    bytes.fromhex("2a864886f70d01010d"): _SHA512,
}
_ECDSA_WITH = {
    bytes.fromhex("2a8648ce3d040302"): _SHA256,
    bytes.fromhex("2a8648ce3d040303"): _SHA384,
    bytes.fromhex("2a8648ce3d040304"): _SHA512,
}
_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,8}[1-9]))?Z")


class TimestampInvalid(Exception):
    """The timestamp is malformed, of other bytes, or not by somebody who is trusted."""


@dataclass(frozen=True, slots=True)
class _SignedData:
    """What a token is made of, nothing of it checked yet; RFC 5652, sections 5.1 and 5.3."""

    info: bytes
    """The TSTInfo."""
    certificates: list[Certificate]
    digest: bytes
    """OID of the hash that the attributes name the TSTInfo by."""
    named: bytes
    """The signer's issuer and serial number."""
    attributes: dict[bytes, bytes]
    """Signed ones, by OID."""
    signed: bytes
    """What the signature is over."""
    algorithm: bytes
    signature: bytes


def check_timestamp(tsr: bytes, *, imprint: bytes, roots: Sequence[bytes]) -> datetime:
    """Return when *tsr*, a TimeStampResp, says that bytes with this SHA-256 existed, in UTC.

    *roots* are certificates that the user trusts, PEM (one or several) or DER. Refuses unless one of them vouches, at
    that time, for the authority that signed. The time is the authority's; how accurate it is, it says itself.
    """
    if len(tsr) > MAX_BYTES:
        raise TimestampInvalid(f"a timestamp has at most {MAX_BYTES} bytes")
    try:
        trusted = [one for root in roots for one in chain.read_certificates(root)]
        token = _parse_response(tsr)
        at = _check_info(token.info, imprint)
        _check_attributes(token)
        signer = _signer(token, trusted)
        _check_signature(signer, token)
        chain.check(signer, token.certificates, trusted, at=at)
    except (DerInvalid, ChainInvalid) as error:
        raise TimestampInvalid(str(error)) from error
    return at


def _parse_response(tsr: bytes) -> _SignedData:
    """RFC 3161, section 2.4.2: a status and, if it was granted, a token."""
    response = der.read(tsr)
    status = response.open()
    if status.integer() != 0:
        raise TimestampInvalid("the authority did not grant a timestamp")
    token = response.open()
    response.end()
    if token.take(der.OID) != _SIGNED_DATA:
        raise TimestampInvalid("the token is not signed data")
    explicit = token.open(der.FIELD_0)
    token.end()
    data = explicit.open()
    explicit.end()
    return _parse_signed_data(data)


def _parse_signed_data(data: Reader) -> _SignedData:
    if data.integer() != 3:
        raise TimestampInvalid("the signed data is not of version 3")
    announced = data.open(der.SET)
    digest = _algorithm(announced)
    announced.end()
    content = data.open()
    if content.take(der.OID) != _TST_INFO:
        raise TimestampInvalid("what is signed is not a timestamp")
    explicit = content.open(der.FIELD_0)
    content.end()
    info = explicit.take(der.OCTETS)
    explicit.end()
    certificates = data.open_if(der.FIELD_0) or Reader(b"")
    data.take_if(der.FIELD_1)  # Revocation lists.
    signers = data.open(der.SET)
    data.end()
    signer = signers.open()
    signers.end()
    return _parse_signer(signer, info, digest, chain.embedded(certificates))


def _parse_signer(signer: Reader, info: bytes, digest: bytes, certificates: list[Certificate]) -> _SignedData:
    if signer.integer() != 1:
        raise TimestampInvalid("the signer is not named by issuer and serial number")
    named = signer.take(der.SEQUENCE)
    if _algorithm(signer) != digest:
        raise TimestampInvalid("the signer uses another hash than is announced")
    whole = signer.take_whole(der.FIELD_0)
    algorithm, signature = _algorithm(signer), signer.take(der.OCTETS)
    signer.take_if(der.FIELD_1)  # Unsigned attributes say nothing.
    signer.end()
    # Section 5.4: signed as the SET that it is, not as the field that it is sent as.
    signed = bytes([der.SET]) + whole[1:]
    return _SignedData(info, certificates, digest, named, _attributes(signed), signed, algorithm, signature)


def _attributes(data: bytes) -> dict[bytes, bytes]:
    """Return the one value of each attribute that matters, section 5.3; others may have several."""
    found = {}
    attributes = der.read(data, der.SET)
    while attributes.has_more():
        attribute = attributes.open()
        name = attribute.take(der.OID)
        values = attribute.take(der.SET)
        attribute.end()
        if name in found:
            raise TimestampInvalid("an attribute is there twice")
        found[name] = values
    return found


def _check_info(data: bytes, imprint: bytes) -> datetime:
    """RFC 3161, section 2.4.2, TSTInfo."""
    info = der.read(data)
    if info.integer() != 1:
        raise TimestampInvalid("the timestamp is not of version 1")
    info.take(der.OID)
    stamped = info.open()
    algorithm = _algorithm(stamped)
    if (algorithm, stamped.take(der.OCTETS)) != (_SHA256, imprint):
        raise TimestampInvalid("the timestamp is of something else")
    stamped.end()
    info.integer()
    at = _parse_time(info.take(der.TIME))
    info.take_if(der.SEQUENCE)  # Accuracy.
    info.take_if(der.BOOLEAN)  # Whether they are in order.
    info.take_if(der.INTEGER)  # The nonce, which matters to who asked.
    info.take_if(der.FIELD_0)  # The authority's name.
    _check_extensions(info.open_if(der.FIELD_1) or Reader(b""))
    info.end()
    return at


def _check_extensions(extensions: Reader) -> None:
    """Refuse critical ones, as none is understood; RFC 5280, section 4.2."""
    while extensions.has_more():
        extension = extensions.open()
        extension.take(der.OID)
        if extension.take_if(der.BOOLEAN):
            raise TimestampInvalid("the timestamp has a critical extension, which is unknown here")


def _parse_time(text: bytes) -> datetime:
    match = _TIME.fullmatch(text)
    try:
        if match:
            at = datetime.strptime(match[1].decode() + "+0000", "%Y%m%d%H%M%S%z").astimezone(UTC)
            return at.replace(microsecond=int((match[2] or b"").ljust(6, b"0")[:6]))
    except (ValueError, OverflowError):
        pass
    raise TimestampInvalid("the time is not one")


def _check_attributes(token: _SignedData) -> None:
    """RFC 5652, section 5.4: the attributes are about this TSTInfo."""
    kind = der.read_content(_attribute(token, _CONTENT_TYPE), der.OID)
    digest = der.read_content(_attribute(token, _MESSAGE_DIGEST), der.OCTETS)
    if kind != _TST_INFO or digest != _digest(token.digest, token.info):
        raise TimestampInvalid("the signature is over another timestamp")


def _signer(token: _SignedData, trusted: Sequence[Certificate]) -> Certificate:
    """Return the certificate that the signed attribute names by its hash; RFC 5816, section 2.2.1, and RFC 2634."""
    newer = _SIGNING_CERTIFICATE_V2 in token.attributes
    value = der.read(_attribute(token, _SIGNING_CERTIFICATE_V2 if newer else _SIGNING_CERTIFICATE))
    first = value.open().open()
    algorithm = _algorithm(first) if newer and first.next_is(der.SEQUENCE) else _SHA256
    wanted = first.take(der.OCTETS)
    for certificate in (*token.certificates, *trusted):
        raw = chain.to_der(certificate)
        digest = _digest(algorithm, raw) if newer else sha1(raw, usedforsecurity=False).digest()
        # The second is not signed, and said by the first already; where the two differ, somebody changed it.
        if wanted == digest and token.named == chain.issuer_and_serial(raw):
            return certificate
    raise TimestampInvalid("the certificate of the authority is missing")


def _check_signature(signer: Certificate, token: _SignedData) -> None:
    try:
        key = signer.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            named = token.digest if token.algorithm == _RSA else _RSA_WITH.get(token.algorithm, b"")
            key.verify(token.signature, token.signed, padding.PKCS1v15(), _HASHES[named])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(token.signature, token.signed, ec.ECDSA(_HASHES[_ECDSA_WITH[token.algorithm]]))
        else:
            raise TimestampInvalid("the authority's key is of a kind that is unknown here")
    except KeyError as error:
        raise TimestampInvalid("the signature is of a kind that is unknown here") from error
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise TimestampInvalid("the signature of the authority is not good") from error


def _algorithm(reader: Reader) -> bytes:
    """Return the OID of an AlgorithmIdentifier without parameters, or with NULL; RFC 5754, section 2."""
    identifier = reader.open()
    oid = identifier.take(der.OID)
    if identifier.take_if(der.NULL):
        raise TimestampInvalid("NULL is not empty")
    identifier.end()
    return oid


def _digest(algorithm: bytes, data: bytes) -> bytes:
    if algorithm not in _DIGESTS:
        raise TimestampInvalid("a hash other than SHA-256, SHA-384 or SHA-512 is used")
    digest: bytes = _DIGESTS[algorithm](data).digest()
    return digest


def _attribute(token: _SignedData, name: bytes) -> bytes:
    if name not in token.attributes:
        raise TimestampInvalid("a signed attribute is missing")
    return token.attributes[name]
