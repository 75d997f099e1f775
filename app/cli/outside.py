"""Those outside who vouch for the ledger, as the settings name them, asked beside the worker."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from app.cli.database import CannotStart
from app.core.config import Settings
from app.integrations import outside
from app.integrations.outside import Outside
from app.ledger.policy import Policy, PolicyInvalid, parse_policy

_GRACE = 2
"""Seconds."""


def named(given: Settings) -> Outside:
    """Return whom the settings name; nobody, if they name none."""
    policy = _policy(given.witness_policy) if given.witness_policy else None
    witnesses = [one for one in policy.witnesses if one.url] if policy else []
    if len({one.key.name for one in witnesses}) < len(witnesses):
        raise CannotStart("FOLLOWTHROUGH_WITNESS_POLICY: two witnesses have keys of one name, which tells them apart.")
    return Outside(given.tsa_url, timedelta(minutes=given.tsa_interval), witnesses)


@contextmanager
def asked(url: str, whom: Outside) -> Iterator[None]:
    """Ask them in a thread until the block ends; if nobody is named, there is no thread."""
    if not whom:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=outside.run, args=(url, whom), kwargs={"stop": stop}, name="outside", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        # Whoever has not answered by then is asked again by the next start; nobody waits for a slow witness to stop.
        thread.join(_GRACE)


def _policy(path: Path) -> Policy:
    try:
        return parse_policy(path.read_bytes())
    except OSError as error:
        raise CannotStart(f"FOLLOWTHROUGH_WITNESS_POLICY: {path} cannot be read: {error.strerror}.") from None
    except PolicyInvalid as error:
        raise CannotStart(f"FOLLOWTHROUGH_WITNESS_POLICY: {path}: {error}.") from None
