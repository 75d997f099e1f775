"""`followthrough audit`: whose signatures it checks, and what it says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app.cli import database, terminal
from app.cli.database import CannotStart
from app.cli.opening import WorkspaceOption, chosen, names, opened
from app.core import db
from app.core.config import Settings
from app.ledger import marks, signer
from app.ledger.note import VerifierKey
from app.ledger.policy import PolicyInvalid, parse_policy
from app.ledger.signer import Keyring
from app.proofs import audit as auditing
from app.proofs.audit_seals import Trust

_PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", help="Policy file with the keys of the ledger and of witnesses; else those known here."),
]
_RootOption = Annotated[
    list[Path] | None, typer.Option("--tsa-root", help="Certificate of a time stamping authority, to check timestamps.")
]


def audit(policy: _PolicyOption = None, tsa_root: _RootOption = None, workspace: WorkspaceOption = None) -> None:
    """Check everything that is stored: events, trees, signatures, and the state against the events.

    Reads only, while the server runs. Exit code 1 if anything is wrong.
    """
    given = database.settings()
    named = _keys(policy) if policy else None
    roots = [_read(one) for one in tsa_root or ()]
    clean = True
    with opened() as (engine, _):
        ids = db.workspace_ids(engine) if workspace is None else [chosen(engine, workspace)]
        for one, name in names(engine, ids).items():
            keys = _known(given, one) if named is None else named
            trust = Trust(keys, roots, _signed(given, one)) if keys else None
            with terminal.progress(f"Auditing {name}") as progress:
                report = auditing.check(engine, one, trust=trust, progress=progress)
            terminal.show_report(name, report)
            if trust is None:
                terminal.note("No key of this ledger is known here, so its signatures were not checked: see --policy.")
            clean = clean and report.clean
    if not clean:
        raise typer.Exit(1)


def _known(given: Settings, workspace: UUID) -> Sequence[VerifierKey]:
    """Return the keys that this machine signed with, and those of the witnesses that it asks. Makes no key."""
    folder = _folder(given)
    own = signer.verifier_keys(Keyring(folder, given.log_host), workspace) if (folder / "marks").is_dir() else []
    return [*own, *(_keys(given.witness_policy) if own and given.witness_policy else ())]


def _signed(given: Settings, workspace: UUID) -> dict[int, tuple[int, bytes]]:
    """Return size and root of the largest trees that this machine remembers to have signed, by epoch."""
    folder = _folder(given)
    epochs = marks.epochs(folder, workspace) if (folder / "marks").is_dir() else []
    found = {epoch: marks.read_mark(folder, workspace, epoch) for epoch in epochs}
    return {epoch: (mark.size, mark.root) for epoch, mark in found.items() if mark}


def _folder(given: Settings) -> Path:
    return given.signer_dir or given.data_dir / "signer"


def _keys(path: Path) -> Sequence[VerifierKey]:
    try:
        return parse_policy(_read(path)).keys
    except PolicyInvalid as error:
        raise CannotStart(f"{path}: {error}.") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}.") from None
