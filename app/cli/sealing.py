"""Commands about the ledger's signatures: sealing on demand, new keys, new epochs, and whom to trust."""

from datetime import timedelta

from app.cli import database
from app.cli.database import CannotStart
from app.core.config import Settings
from app.ledger import signer
from app.ledger.signer import Keyring
from app.worker import Duties


def duties(given: Settings) -> Duties:
    """Return what a worker works with; the first time, that makes the key."""
    return Duties(keyring(given), given.seal_interval, timedelta(days=given.due_soon_days))


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
