"""Mail servers as they are: with TLS, with passwords, and those that are named wrongly."""

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.digests import mail
from app.digests.letter import Letter, Line, Section
from app.digests.mail import NotTaken, Server
from tests.digests import offices
from tests.digests.offices import Office

ELSEWHERE = "127.0.0.2"
"""An address that is not among those for which TLS is not asked."""
LETTER = Letter(
    "Ada Okafor",
    "ada@example.com",
    "Ada's shop",
    [Section("Overdue", "{} overdue", "red", 1, [Line("POA-1.1", "Remove the units.", "due yesterday")])],
    "<digest.1@follow.example>",
    datetime(2026, 3, 3, 8, tzinfo=UTC),
)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for that address, which is trusted."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ELSEWHERE))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    return context


def knows(_: Any, __: Any, ___: Any, mechanism: str, login: LoginPassword) -> AuthResult:
    assert mechanism in {"LOGIN", "PLAIN"}
    return AuthResult(success=login == LoginPassword(b"us@a.example", b"p@ss/w"), handled=False)


@pytest.fixture
def guarded(trusted: ssl.SSLContext) -> Iterator[Office]:
    """A mail server that takes mail in TLS, from those with a password."""
    options: dict[str, Any] = {
        "tls_context": trusted,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": knows,
    }
    options["auth_exclude_mechanism"] = ["LOGIN"]
    with offices.opened(ELSEWHERE, **options) as office:
        yield office


def send(url: str) -> None:
    server = Server.at(url, sender="Us <us@follow.example>")
    mail.send(server, LETTER.message(server.sender), handing=lambda: None)


def test_a_password_is_said_in_tls(guarded: Office) -> None:
    send(f"smtp://us%40a.example:p%40ss%2Fw@{ELSEWHERE}:{guarded.port}")

    assert guarded.to == ["Ada Okafor <ada@example.com>"]


def test_a_wrong_password_is_a_refusal(guarded: Office) -> None:
    with pytest.raises(NotTaken, match="SMTPAuthenticationError 535"):
        send(f"smtp://us%40a.example:wrong@{ELSEWHERE}:{guarded.port}")


def test_tls_from_the_first_byte(trusted: ssl.SSLContext) -> None:
    with offices.opened(ELSEWHERE, ssl_context=trusted) as office:
        send(f"smtps://{ELSEWHERE}:{office.port}")

    assert len(office.mail) == 1


@pytest.mark.parametrize(
    ("scheme", "greeting"), [("smtps", b""), ("smtp", b"220 slow\r\n250-slow\r\n250 STARTTLS\r\n220 go on\r\n")]
)
def test_a_handshake_that_takes_too_long_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, scheme: str, greeting: bytes
) -> None:
    monkeypatch.setattr(mail, "ALTOGETHER", 0.5)
    started = time.monotonic()

    # Each is the beginning of a long record.
    with (
        offices.silent(b"\x16\x03\x03\x3f\xff", greeting=greeting, host=ELSEWHERE) as port,
        pytest.raises(NotTaken),
    ):
        send(f"{scheme}://{ELSEWHERE}:{port}")

    assert 0.5 < time.monotonic() - started < 4


def test_a_password_is_never_sent_in_the_clear() -> None:
    with offices.opened(ELSEWHERE) as office, pytest.raises(NotTaken, match="SMTPNotSupportedError"):
        send(f"smtp://us:secret@{ELSEWHERE}:{office.port}")

    assert office.mail == []


def test_a_certificate_that_nobody_trusts_is_not_accepted(
    guarded: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))

    with pytest.raises(NotTaken):
        send(f"smtp://us:secret@{ELSEWHERE}:{guarded.port}")


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example", "mail.example", 25, False),
        ("smtp://u:p@mail.example", "mail.example", 587, False),
        ("smtps://u:p@mail.example/", "mail.example", 465, True),
        ("smtp://[::1]:2525", "::1", 2525, False),
    ],
)
def test_a_server_is_named_by_its_url(url: str, host: str, port: int, tls: bool) -> None:  # noqa: FBT001
    server = Server.at(url, sender="us@follow.example")

    assert (server.host, server.port, server.tls) == (host, port, tls)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://:25", "smtp://a:b/c@d", "smtp://a:x"])
def test_what_names_no_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(it has|the port|nothing may)") as refusal:
        Server.at(url, sender="us@follow.example")

    assert url not in str(refusal.value)
    assert "a:b" not in repr(refusal.value)


def test_a_password_is_not_shown_with_the_server() -> None:
    assert "s3cret" not in repr(Server.at("smtp://u:s3cret@mail.example", sender="us@follow.example"))
