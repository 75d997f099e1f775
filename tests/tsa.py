"""A time stamping authority in plain Python, for what a real one would not sign. It writes DER, and reads none."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)

SHA256 = "608648016503040201"
ECDSA_SHA256 = "2a8648ce3d040302"
ED25519 = "2b6570"
RSA_SHA256 = "2a864886f70d01010b"
CONTENT_TYPE = "2a864886f70d010903"
MESSAGE_DIGEST = "2a864886f70d010904"
CERTIFICATE = "2a864886f70d010910020c"
CERTIFICATE_V2 = "2a864886f70d010910022f"
TST_INFO = "2a864886f70d0109100104"

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])


@dataclass(frozen=True)
class Party:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def party(
    name: str,
    issuer: Party | None = None,
    *extensions: tuple[x509.ExtensionType, bool],
    key: Key | None = None,
    valid: tuple[datetime, datetime] = (AT - YEAR, AT + YEAR),
    algorithm: Any = None,
) -> Party:
    own = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Party(builder.sign(issuer.key if issuer else own, algorithm or hashes.SHA256()), own)


def root(name: str = "Root", **more: Any) -> Party:
    return party(name, None, (x509.BasicConstraints(ca=True, path_length=None), True), **more)


def between(issuer: Party, *, length: int | None = None, name: str = "Between", **more: Any) -> Party:
    return party(name, issuer, (x509.BasicConstraints(ca=True, path_length=length), True), **more)


def stamper(issuer: Party, **more: Any) -> Party:
    return party("Stamper", issuer, (STAMPING, True), **more)


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    length = bytes([size]) if size < 128 else bytes([128 + len(digits)]) + digits
    return bytes([tag]) + length + content


def oid(text: str) -> bytes:
    return der(0x06, bytes.fromhex(text))


def number(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def algorithm(text: str) -> bytes:
    return der(0x30, oid(text))


@dataclass
class Token:
    """What is to be stamped, and each part of it that a test may want otherwise."""

    signer: Party
    imprint: bytes
    certificates: list[bytes] | None = None
    status: bytes = number(0)
    version: bytes = number(3)
    kind: str = "2a864886f70d010702"
    content: str = TST_INFO
    hashed: str = SHA256
    time: bytes = AT.strftime("%Y%m%d%H%M%SZ").encode()
    info_version: bytes = number(1)
    after_time: bytes = b""
    info_tail: bytes = b""
    signers_version: bytes = number(1)
    signers_id: bytes | None = None
    digest: str = SHA256
    announced: str | None = None
    signature_algorithm: bytes | None = None
    signature: bytes | None = None
    attributes: dict[str, bytes] = field(default_factory=dict)
    """Instead of, or beside, the usual ones; empty: left out."""
    tail: bytes = b""
    signer_tail: bytes = b""
    data_tail: bytes = b""
    repeated: bytes = b""

    def info(self) -> bytes:
        imprint = der(0x30, algorithm(self.hashed), der(0x04, self.imprint))
        time = der(0x18, self.time)
        return der(0x30, self.info_version, oid("2a03"), imprint, number(7), time, self.after_time, self.info_tail)

    def named(self) -> bytes:
        certificate = self.signer.certificate
        return der(0x30, certificate.issuer.public_bytes(), number(certificate.serial_number))

    def signed(self) -> bytes:
        named = der(0x30, der(0x30, der(0x30, der(0x04, sha256(self.signer.der).digest()))))
        values = {
            CONTENT_TYPE: oid(self.content),
            MESSAGE_DIGEST: der(0x04, sha256(self.info()).digest()),
            CERTIFICATE_V2: named,
        } | self.attributes
        return (
            b"".join(der(0x30, oid(name), der(0x31, value)) for name, value in values.items() if value) + self.repeated
        )

    def reply(self) -> bytes:
        signed, key = self.signed(), self.signer.key
        message = der(0x31, signed)
        if isinstance(key, rsa.RSAPrivateKey):
            made, named = key.sign(message, padding.PKCS1v15(), hashes.SHA256()), RSA_SHA256
        elif isinstance(key, ed25519.Ed25519PrivateKey):
            made, named = key.sign(message), ED25519
        else:
            made, named = key.sign(message, ec.ECDSA(hashes.SHA256())), ECDSA_SHA256
        signer = der(
            0x30,
            self.signers_version,
            self.signers_id or self.named(),
            algorithm(self.digest),
            der(0xA0, signed),
            self.signature_algorithm or algorithm(named),
            der(0x04, self.signature or made),
            self.signer_tail,
        )
        certificates = [self.signer.der] if self.certificates is None else self.certificates
        data = der(
            0x30,
            self.version,
            der(0x31, algorithm(self.announced or self.digest)),
            der(0x30, oid(self.content), der(0xA0, der(0x04, self.info()))),
            der(0xA0, *certificates) if certificates else b"",
            self.data_tail,
            der(0x31, signer),
        )
        token = der(0x30, oid(self.kind), der(0xA0, data))
        return der(0x30, der(0x30, self.status), token, self.tail)
