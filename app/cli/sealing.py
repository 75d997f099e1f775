"""Commands about the ledger's signatures: sealing on demand, new keys, new epochs, and whom to trust."""

from datetime import timedelta

import typer

from app.cli import database, digesting
from app.cli.database import CannotStart
from app.cli.opening import WorkspaceOption, chosen, opened
from app.cli.terminal import note, say
from app.core import db
from app.core.clock import system_clock
from app.core.config import Settings
from app.files import store
from app.ledger import checkpoint, rotation, signer
from app.ledger import note as notes
from app.ledger.rotation import CannotRotate
from app.ledger.signer import Keyring, WillNotSign
from app.ledger.stored import LedgerDamaged
from app.worker import Duties

epochs = typer.Typer(no_args_is_help=True, help="Epochs: what a restored ledger is signed as.")


def register(app: typer.Typer, keys: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(seal)
    app.command("policy")(print_policy)
    keys.command("rotate-signer")(rotate_signer)
    app.add_typer(epochs, name="epoch")


def duties(given: Settings) -> Duties:
    """Return what a worker works with; the first time, that makes the key."""
    seconds, ahead = given.seal_interval, timedelta(days=given.due_soon_days)
    return Duties(keyring(given), store.opened(given), seconds, ahead, digesting.post(given))


def keyring(given: Settings) -> Keyring:
    """Return the keyring of the settings; the first time, that makes the key."""
    folder = given.signer_dir or given.data_dir / "signer"
    if given.signer_dir is None:
        database.private_folder(given.data_dir)
    try:
        return signer.opened(folder, given.log_host)
    except OSError as error:
        raise CannotStart(
            f"The key of the ledger cannot be in {folder}: {error.strerror}. Set FOLLOWTHROUGH_SIGNER_DIR."
        ) from None


def seal(workspace: WorkspaceOption = None) -> None:
    """Seal what was written, at once; of all workspaces unless one is named. The worker does so within a second."""
    ring, well = keyring(database.settings()), True
    with opened() as (engine, _):
        for one in db.workspace_ids(engine) if workspace is None else [chosen(engine, workspace)]:
            try:
                made = checkpoint.seal(engine, one, ring, at=system_clock())
            except (WillNotSign, LedgerDamaged) as refusal:
                note(f"{one}: not sealed: {refusal}")
                well = False
            else:
                say(f"{one}: " + (f"sealed {made.size} events, root {made.root.hex()}" if made else "nothing new"))
    if not well:
        raise typer.Exit(1)


def print_policy(workspace: WorkspaceOption = None) -> None:
    """Print the keys that sign a workspace's ledger, as a policy file for `followthrough verify --policy`."""
    ring = keyring(database.settings())
    with opened() as (engine, _):
        one = chosen(engine, workspace)
    known = signer.verifier_keys(ring, one)
    if not known:
        raise CannotStart(f"Nothing of workspace {one} was sealed with the key in {ring.folder}: `followthrough seal`.")
    for key in known:
        say(f"log {notes.format_vkey(key)}")
    say("quorum none")


def rotate_signer() -> None:
    """Make a new key sign the ledgers. An event under the old key names the new one; stop no server for it."""
    ring = keyring(database.settings())
    with opened() as (engine, _):
        try:
            new = rotation.rotate(engine, ring, at=system_clock())
        except CannotRotate as refusal:
            raise CannotStart(f"The key is the old one still: {refusal}") from None
    say(f"The new key signs from now on: {new}")
    note("Verifiers need it, too: `followthrough policy` prints all keys.")


@epochs.command("open")
def open_epoch(workspace: WorkspaceOption = None) -> None:
    """Sign a restored ledger under a new name. Its first event says what the last known checkpoint was."""
    ring = keyring(database.settings())
    with opened() as (engine, _):
        one = chosen(engine, workspace)
        made = rotation.open_epoch(engine, ring, one, at=system_clock())
    if made:
        say(f"Epoch {made.epoch} of {one} begins with a checkpoint of {made.size} events, root {made.root.hex()}")
    note("Verifiers need its name, too: `followthrough policy` prints all keys.")
