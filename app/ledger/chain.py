"""From the certificate of a time stamping authority to a root that the user trusts (RFC 5280, section 6).

Only what an authority's certificates need: no names to match, no policies to map. A critical extension that is not
understood refuses the certificate, so that a constraint is never overlooked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from app.ledger import der
from app.ledger.der import Reader

MAX_CERTIFICATES = 16
MIN_RSA_BITS = 2048

_UNDERSTOOD = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    # No policy is asked for, so every policy will do.
    ExtensionOID.CERTIFICATE_POLICIES,
}
_PURPOSES = {ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
_HASHES = {"sha256", "sha384", "sha512"}
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)

_E = TypeVar("_E", bound=x509.ExtensionType)


class ChainInvalid(Exception):
    """The certificate cannot be read, is not an authority's, or leads to no trusted root."""


def read_certificates(data: bytes) -> list[Certificate]:
    """Return the certificates in *data*: one in DER, or one or several in PEM."""
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except _UNREADABLE as error:
        raise ChainInvalid("a certificate cannot be read") from error


def embedded(certificates: Reader) -> list[Certificate]:
    """Return the certificates that came with a signature; RFC 5652, section 10.2.3."""
    found = []
    while certificates.has_more():
        raw = certificates.take_whole(der.SEQUENCE)
        issuer_and_serial(raw)
        found += read_certificates(raw)
        if len(found) > MAX_CERTIFICATES:
            raise ChainInvalid(f"there are more than {MAX_CERTIFICATES} certificates")
    return found


def to_der(certificate: Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def issuer_and_serial(certificate: bytes) -> bytes:
    """Return what a signer is named by, as it stands in a certificate in DER; RFC 5652, section 10.2.4."""
    fields = der.read(certificate).open()
    fields.take_if(der.FIELD_0)
    serial = fields.take_whole(der.INTEGER)
    if Reader(serial).integer() <= 0:
        raise ChainInvalid("the serial number of a certificate is not positive")
    fields.take(der.SEQUENCE)
    return fields.take_whole(der.SEQUENCE) + serial


def check(signer: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], *, at: datetime) -> None:
    """Refuse unless *signer* may stamp times and leads, over some of *others*, to one of *roots*, all valid *at* it."""
    try:
        _check_purpose(signer)
        _check_way(signer, others, roots, at=at)
    except _UNREADABLE as error:
        raise ChainInvalid("a certificate cannot be read") from error


def _check_purpose(signer: Certificate) -> None:
    """RFC 3161, section 2.3: the key is for this and nothing else."""
    usage = _extension(signer, x509.ExtendedKeyUsage)
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ChainInvalid("the certificate is not one of a time stamping authority alone")
    allowed = _extension(signer, x509.KeyUsage)
    if allowed and not (allowed.value.digital_signature or allowed.value.content_commitment):
        raise ChainInvalid("the key of the authority may not sign")


def _check_way(
    signer: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], *, at: datetime
) -> None:
    # Breadth first: whoever is found, is found with the fewest below, which is what a path length allows most easily.
    level, unseen, below = [signer], [one for one in others if one != signer], 0
    while level:
        level = [one for one in level if _is_usable(one, at=at)]
        if any(one == root or _issued(root, one, below) for one in level for root in roots if _is_valid(root, at=at)):
            return
        above = [one for one in unseen if any(_issued(one, lower, below) for lower in level)]
        unseen = [one for one in unseen if one not in above]
        level, below = above, below + 1
    raise ChainInvalid("the certificate of the authority leads to no root that is trusted and was valid then")


def _is_valid(certificate: Certificate, *, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _is_usable(certificate: Certificate, *, at: datetime) -> bool:
    key = certificate.public_key()
    return (
        _is_valid(certificate, at=at)
        and all(one.oid in _UNDERSTOOD for one in certificate.extensions if one.critical)
        and (not isinstance(key, rsa.RSAPublicKey) or key.key_size >= MIN_RSA_BITS)
    )


def _issued(issuer: Certificate, certificate: Certificate, below: int) -> bool:
    """Say whether *issuer*, an authority over certificates with *below* others between, signed *certificate*."""
    constraints = _extension(issuer, x509.BasicConstraints)
    if constraints is None or not constraints.value.ca:
        return False
    length = constraints.value.path_length
    usage = _extension(issuer, x509.KeyUsage)
    purposes = _extension(issuer, x509.ExtendedKeyUsage)
    algorithm = certificate.signature_hash_algorithm
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*_UNREADABLE, InvalidSignature):
        return False
    return (
        (length is None or length >= below)
        and (usage is None or usage.value.key_cert_sign)
        and (purposes is None or bool({*purposes.value} & _PURPOSES))
        and (algorithm is None or algorithm.name in _HASHES)
    )


def _extension(certificate: Certificate, kind: type[_E]) -> x509.Extension[_E] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None
