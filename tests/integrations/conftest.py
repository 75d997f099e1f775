"""Servers that the outgoing side meets: one that answers what the test says, a TSA by OpenSSL, a witness."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.core.clock import system_clock
from app.ledger import checkpoint, signer
from app.ledger.models import SealedCheckpoint
from app.ledger.note import VerifierKey
from app.ledger.policy import Witness
from app.ledger.signer import Keyring
from app.witness import witness
from app.witness.server import Server
from tests.conftest import NOW, Tenant
from tests.given import Given

REPLY = "application/timestamp-reply"
CONFIG = """
[req]
distinguished_name=dn
prompt=no
[dn]
CN=Root
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[stamper]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
[authority]
serial=serial
crypto_device=builtin
signer_cert=stamper.pem
signer_key=stamper.key
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256
accuracy=secs:1
tsa_name=yes
ess_cert_id_alg=sha256
"""


@dataclass
class Answers:
    """A server that answers each request with what `say` makes of its body."""

    url: str
    say: Callable[[bytes], tuple[int, str, bytes]]
    asked: list[tuple[str, bytes]] = field(default_factory=list)


@pytest.fixture
def answers() -> Iterator[Answers]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked.append((self.path, body))
            status, kind, said = made.say(body)
            self.send_response(status)
            self.send_header("Location" if 300 <= status < 400 else "Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Answers(f"http://127.0.0.1:{server.server_port}", lambda _: (200, "text/plain", b""))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        yield made
        server.shutdown()


@dataclass
class Authority:
    """A time stamping authority in a folder, of which OpenSSL does the work."""

    folder: Path

    @property
    def root(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def run(self, command: str) -> None:
        subprocess.run(["openssl", *command.split()], cwd=self.folder, capture_output=True, check=True)

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self.run("ts -reply -config tsa.cnf -section authority -queryfile query -out reply")
        return (self.folder / "reply").read_bytes()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if not shutil.which("openssl"):
        pytest.skip("the openssl program is not installed")
    made = Authority(tmp_path_factory.mktemp("tsa"))
    (made.folder / "tsa.cnf").write_text(CONFIG)
    (made.folder / "serial").write_text("01\n")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config tsa.cnf"
    made.run(f"req -x509 {key} -keyout root.key -out root.pem -days 3650 -extensions root")
    made.run(f"req {key} -keyout stamper.key -out stamper.csr -subj /CN=Stamper")
    made.run(
        "x509 -req -in stamper.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3649 -out stamper.pem "
        "-extfile tsa.cnf -extensions stamper"
    )
    return made


@pytest.fixture
def tsa(answers: Answers, authority: Authority) -> Answers:
    answers.say = lambda query: (200, REPLY, authority.reply(query))
    return answers


@dataclass
class Log:
    """The log of the test's workspace, which grows by plans and is sealed when the test says."""

    app: FastAPI
    workspace: UUID
    ring: Keyring
    given: Given

    def grow(self, plans: int = 1) -> SealedCheckpoint:
        for _ in range(plans):
            self.given.plan()
        made = checkpoint.seal(self.app.state.engine, self.workspace, self.ring, at=NOW)
        assert made
        return made

    @property
    def keys(self) -> list[VerifierKey]:
        return signer.verifier_keys(self.ring, self.workspace)


@pytest.fixture
def log(app: FastAPI, tenant: Tenant, tmp_path: Path, given: Given) -> Log:
    return Log(app, UUID(tenant.workspace_id), signer.opened(tmp_path / "signer", "example.com"), given)


@pytest.fixture
def watching(log: Log, tmp_path: Path) -> Iterator[Witness]:
    """A witness that knows the log."""
    log.grow()
    made = witness.opened(tmp_path / "witness", name="example.com/witness", logs=log.keys)
    with Server(("127.0.0.1", 0), made, system_clock) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        yield Witness("ours", made.signer.key, f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
