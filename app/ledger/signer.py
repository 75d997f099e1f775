"""The log's key, and the rule by which it signs: never two trees of which one does not begin with the other.

The key is a file outside the database. A signature leaves this module only after the mark that forbids any other tree
of that size is on the disk.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from app.ledger import marks, note
from app.ledger.marks import Mark

_WAY_OUT = "If the database was restored from a backup, `followthrough epoch open --workspace {workspace}` starts anew."


class WillNotSign(Exception):
    """Signing this tree could contradict what was signed before. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Where the key lies, and the name of the host that it signs for."""

    folder: Path
    host: str

    @property
    def key_path(self) -> Path:
        return self.folder / "key.pem"

    @property
    def next_path(self) -> Path:
        """The key that a rotation is about to switch to."""
        return self.folder / "next.pem"


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that is to be signed."""

    workspace: UUID
    epoch: int
    size: int
    root: bytes
    signed_before: int
    """The size of the last checkpoint of its epoch that the database has; 0: it has none."""


def opened(folder: Path, host: str) -> Keyring:
    """Return the keyring in *folder*, with a key in it: the first start makes one."""
    (folder / "marks").mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    ring = Keyring(folder, host)
    with marks.locked(folder):
        if not ring.key_path.exists():
            make_key(ring.key_path)
    return ring


def make_key(path: Path) -> None:
    """Write a new Ed25519 private key, PKCS #8 in PEM, where only we can read it."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    marks.write_durably(path, pem)


def origin(host: str, workspace: UUID, epoch: int) -> str:
    """Return the log's name, which is that of its key: a new one after each restore."""
    return f"{host}/w/{workspace}" + (f"/e{epoch}" if epoch > 1 else "")


def public_key(path: Path) -> str:
    """Return the public half of a private key's file, in hex."""
    return _load(path).public_key().public_bytes_raw().hex()


def sign(ring: Keyring, tree: Tree, *, root_at: Callable[[int], bytes]) -> str:
    """Return the signed checkpoint of *tree*, or refuse.

    *root_at* returns the root of the first so many leaves of the same tree. Who signs the same tree again gets the
    same note: Ed25519 is deterministic.
    """
    with marks.locked(ring.folder):
        key = _load(ring.key_path)
        public = key.public_key().public_bytes_raw().hex()
        mark = marks.read_mark(ring.folder, tree.workspace, tree.epoch)
        _check(ring, tree, mark, public, root_at)
        if mark is None or mark.size < tree.size or mark.keys[-1] != public:
            keys = () if mark is None else tuple(one for one in mark.keys if one != public)
            marks.write_mark(ring.folder, tree.workspace, tree.epoch, Mark(tree.size, tree.root, (*keys, public)))
        # A crash here leaves a mark for a checkpoint that nobody has: the next seal signs the same tree or a larger.
        name = origin(ring.host, tree.workspace, tree.epoch)
        text = note.format_checkpoint(note.Checkpoint(name, tree.size, tree.root))
        return note.sign_note(text, note.Signer(name, key))


def retired_keys(ring: Keyring) -> list[str]:
    """Return the public keys that rotations put away, oldest first, in hex."""
    path = ring.folder / "retired"
    return path.read_text(encoding="ascii").split() if path.exists() else []


def switch_keys(ring: Keyring) -> None:
    """Make the next key the key. Called with the folder locked."""
    old = public_key(ring.key_path)
    if old not in retired_keys(ring):
        marks.write_durably(ring.folder / "retired", "".join(f"{one}\n" for one in [*retired_keys(ring), old]).encode())
    # A crash here leaves the old key in use and called retired; the rotation that goes on switches it.
    ring.next_path.replace(ring.key_path)
    marks.sync_folder(ring.folder)


def verifier_keys(ring: Keyring, workspace: UUID) -> list[note.VerifierKey]:
    """Return the keys that checkpoints of *workspace* were signed with, of all epochs, oldest first.

    The last is the one that signs next, so that others can trust it before it does. Empty: nothing was signed yet.
    """
    found: dict[note.VerifierKey, None] = {}
    epochs = marks.epochs(ring.folder, workspace)
    for epoch in epochs:
        mark = marks.read_mark(ring.folder, workspace, epoch)
        used = mark.keys if mark else ()
        for public in (*used, public_key(ring.key_path)) if epoch == epochs[-1] else used:
            key = note.VerifierKey(origin(ring.host, workspace, epoch), note.ED25519, bytes.fromhex(public))
            found[key] = None
    return list(found)


def _check(ring: Keyring, tree: Tree, mark: Mark | None, public: str, root_at: Callable[[int], bytes]) -> None:
    """Refuse a tree that what was signed before does not lead to."""
    way_out = _WAY_OUT.format(workspace=tree.workspace)
    last = max(marks.epochs(ring.folder, tree.workspace), default=tree.epoch)
    if last > tree.epoch:
        raise WillNotSign(f"the database is in epoch {tree.epoch}, but epoch {last} was signed. {way_out}")
    if mark is None:
        if tree.signed_before:
            raise WillNotSign(
                f"the database has a checkpoint of size {tree.signed_before} that this server did not sign. "
                f"Bring the folder of the key that did to {ring.folder}. {way_out}"
            )
        return
    if public not in mark.keys and mark.keys[-1] not in retired_keys(ring):
        raise WillNotSign(f"the key in {ring.folder} is not the one that signed before. Bring that one back. {way_out}")
    if tree.size < mark.size:
        raise WillNotSign(
            f"the database has {tree.size} events, but a tree of {mark.size} was signed (root {mark.root.hex()}). "
            f"{way_out}"
        )
    root = tree.root if tree.size == mark.size else root_at(mark.size)
    if root != mark.root:
        raise WillNotSign(
            f"the root of the first {mark.size} events is {root.hex()}, but {mark.root.hex()} was signed. {way_out}"
        )


def _load(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise WillNotSign(f"{path} does not hold an Ed25519 key")
    return key
