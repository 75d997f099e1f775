"""The worker: seals what was written, announces what is due, sends digests, keeps house.

All of it derives from rows, by workspace.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from uuid import UUID

import sqlalchemy as sa

from app.commitments import announcements, horizon
from app.commitments.announcements import Moment
from app.core import db
from app.core.clock import system_clock
from app.digests import rounds
from app.digests.channels import Post
from app.escalations import crossings
from app.files import operations as files
from app.files.rules import StoreUnavailable
from app.files.store import Store
from app.files.strays import Strays
from app.ledger import checkpoint
from app.ledger.signer import Keyring, WillNotSign
from app.ledger.stored import LedgerDamaged
from app.workspaces import idempotency
from app.workspaces import operations as workspaces

log = logging.getLogger("followthrough")

Seen = dict[tuple[UUID, UUID], datetime]
"""When each key was last used, by workspace and key: filled by requests, emptied here."""

ANNOUNCED = 40
"""Batches of announcements of each kind, of one workspace in one round of the worker."""

SWEPT = 10
"""Batches of files, likewise."""

_PAUSE = 60
"""Seconds between two rounds of housekeeping; and between two complaints about the same thing."""

_GRACE = 2
"""Seconds in which a digest may still be sent when the worker has to stop."""

_NEVER = threading.Event()

Told = dict[UUID | None, datetime]
"""When it was last logged that a workspace cannot be sealed; None: any."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What a worker works with."""

    ring: Keyring
    store: Store | None = None
    """Of the files; None: somebody else looks after them."""
    seal_interval: float = 0.5
    """Seconds."""
    due_soon: timedelta = timedelta(days=3)
    post: Post = field(default_factory=Post)


def run(url: str, seen: Seen, duties: Duties, *, stop: threading.Event) -> None:
    """Seal what is written, and keep house every minute, until *stop* is set."""
    # Connections of its own: the worker takes none from the requests.
    engine, told = db.make_engine(url, pool_size=1), Told()
    strays = Strays(duties.store) if duties.store else None
    # In a thread of its own: a round through a thousand workspaces takes seconds, and no write waits for its end.
    sealing = threading.Thread(target=_keep_sealing, args=(url, duties, told), kwargs={"stop": stop}, name="sealing")
    sealing.start()
    # And so has whoever talks to mail servers. Nobody waits for one to stop: a digest cut short is known as such.
    digesting = threading.Thread(
        target=rounds.run, args=(url, duties.post), kwargs={"stop": stop}, name="digests", daemon=True
    )
    digesting.start()
    try:
        while True:
            _try_to_keep_house(engine, seen, duties, told, stop=stop)
            if strays:
                strays.sweep(engine, at=system_clock())
            if stop.wait(_PAUSE):
                return
    finally:
        stop.set()
        sealing.join()
        digesting.join(_GRACE)
        engine.dispose()


def step(engine: sa.Engine, seen: Seen, duties: Duties, *, at: datetime, stop: threading.Event = _NEVER) -> None:
    """Do what is due in every workspace, until *stop*. One that fails is logged and keeps no other undone."""
    used: dict[UUID, dict[UUID, datetime]] = {}
    store = duties.store
    for workspace, key in tuple(seen):
        # Requests add to it meanwhile: each entry is taken out by itself.
        used.setdefault(workspace, {})[key] = seen.pop((workspace, key))
    for workspace in _until(stop, db.workspace_ids(engine)):
        todo: dict[str, Callable[..., None]] = {
            "keep house": partial(keep_house, used=used.get(workspace, {})),
            "open ahead": horizon.keep,
            **{f"announce {one}": partial(announce, moment=one, ahead=duties.due_soon) for one in Moment},
            "escalate": escalate,
        }
        if store:
            todo["sweep"] = partial(sweep, store=store)
        for duty, do in todo.items():
            try:
                do(engine, workspace, at=at)
            except Exception as error:
                log.exception("a duty in a workspace failed", extra={"workspace": str(workspace), "duty": duty})
                if isinstance(error, StoreUnavailable):
                    # Nor would it answer for the others, who would all have to wait until that is certain.
                    store = None


def keep_house(engine: sa.Engine, workspace: UUID, used: dict[UUID, datetime], *, at: datetime) -> None:
    """Note the keys that were used and when, and forget the answers that nobody may ask for again."""
    with db.writing(engine, workspace) as tx:
        for key, when in sorted(used.items()):
            workspaces.note_use(tx, key, at=when)
        idempotency.forget(tx, at=at)


def announce(engine: sa.Engine, workspace: UUID, moment: Moment, *, ahead: timedelta, at: datetime) -> None:
    """Announce what is due soon, or overdue, and was not announced yet.

    After a long time away that may be very much: so many batches in one round, the rest in the next.
    """
    for _ in range(ANNOUNCED):
        with db.writing(engine, workspace) as tx:
            found = announcements.announce(tx, moment, at=at, ahead=ahead)
        # A crash here leaves whole batches announced; the next round goes on from there.
        if found < announcements.BATCH:
            break


def escalate(engine: sa.Engine, workspace: UUID, *, at: datetime) -> None:
    """Tell the ledger what stands escalated since the last time, and what does no longer.

    A new rule may apply to very much: so many batches in one round, the rest in the next, so that no workspace keeps
    the others waiting.
    """
    for cross in (crossings.leave, crossings.enter):
        for _ in range(crossings.BATCHES):
            with db.writing(engine, workspace) as tx:
                found = cross(tx, at=at)
            if found < crossings.BATCH:
                break


def sweep(engine: sa.Engine, workspace: UUID, store: Store, *, at: datetime) -> None:
    """Delete the files of a workspace that nothing uses, once their time is over: so many batches in one round."""
    for _ in range(SWEPT):
        with db.writing(engine, workspace) as tx:
            found = files.sweep(tx, store, at=at)
        if found < files.BATCH:
            break


def seal_grown(engine: sa.Engine, ring: Keyring, told: Told, *, at: datetime, stop: threading.Event = _NEVER) -> None:
    """Seal the workspaces that something was written in, until *stop*; never raises."""
    try:
        grown = checkpoint.grown(engine)
    except Exception:
        if _is_news(None, told, at=at):
            log.exception("the sealing failed, and is tried again")
    else:
        seal(engine, _until(stop, grown), ring, told, at=at)


def seal(engine: sa.Engine, chosen: Iterable[UUID], ring: Keyring, told: Told, *, at: datetime) -> None:
    """Seal the *chosen* workspaces. One that cannot be is logged, at most once a minute, and holds up no other."""
    for workspace in chosen:
        try:
            checkpoint.seal(engine, workspace, ring, at=at)
        except (LedgerDamaged, WillNotSign) as refusal:
            if _is_news(workspace, told, at=at):
                log.error("a workspace is not sealed: %s", refusal, extra={"workspace": str(workspace)})  # noqa: TRY400 - where it was raised says less than its text
        except Exception:
            if _is_news(workspace, told, at=at):
                log.exception("a workspace is not sealed", extra={"workspace": str(workspace)})


def _keep_sealing(url: str, duties: Duties, told: Told, *, stop: threading.Event) -> None:
    engine, pause = db.make_engine(url, pool_size=1), duties.seal_interval
    try:
        while not stop.wait(pause):
            began = time.monotonic()
            seal_grown(engine, duties.ring, told, at=system_clock(), stop=stop)
            # From one look to the next, however long the sealing took.
            pause = max(0, duties.seal_interval - (time.monotonic() - began))
    finally:
        engine.dispose()


def _try_to_keep_house(engine: sa.Engine, seen: Seen, duties: Duties, told: Told, *, stop: threading.Event) -> None:
    try:
        step(engine, seen, duties, at=system_clock(), stop=stop)
        # All of them: a crash between heads leaf and signature leaves a ledger that has not grown since.
        seal(engine, _until(stop, db.workspace_ids(engine)), duties.ring, told, at=system_clock())
    except Exception:
        log.exception("the housekeeping failed, and is tried again")


def _until(stop: threading.Event, workspaces: Iterable[UUID]) -> Iterable[UUID]:
    """Yield the workspaces as long as nobody asks to stop: a round through very many takes seconds."""
    return takewhile(lambda _: not stop.is_set(), workspaces)


def _is_news(workspace: UUID | None, told: Told, *, at: datetime) -> bool:
    """Say whether a minute has passed since something was logged about *workspace*; it counts as logged now."""
    if workspace in told and at < told[workspace] + timedelta(seconds=_PAUSE):
        return False
    told[workspace] = at
    return True
