"""Sending what is due, in a thread of its own: a mail server that hangs holds up digests and nothing else."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from itertools import takewhile
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.clock import system_clock
from app.core.db import Read
from app.digests import channels, operations, queries
from app.digests.channels import Lost, Post, Refused, Unreachable
from app.digests.letter import Letter
from app.digests.operations import Claim, Overtaken
from app.digests.queries import Pending, Recipient
from app.digests.rules import Channel, State

log = logging.getLogger("followthrough")

_PAUSE = 60
"""Seconds between two rounds."""

BUDGET = 30.0
"""Seconds of one workspace in one round, so that none whose channels hang keeps the others waiting for hours."""

_NEVER = threading.Event()


class _Ready(NamedTuple):
    """A claimed digest."""

    claim: Claim
    to: Recipient
    letter: Letter


def run(url: str, post: Post, *, stop: threading.Event) -> None:
    """Send what is due every minute, until *stop* is set."""
    engine = db.make_engine(url, pool_size=1)
    try:
        while not stop.wait(_PAUSE):
            try:
                step(engine, post, clock=system_clock, stop=stop)
            except Exception:
                log.exception("sending digests failed, and is tried again")
    finally:
        engine.dispose()


def step(engine: sa.Engine, post: Post, *, clock: Callable[[], datetime], stop: threading.Event = _NEVER) -> None:
    """Send what is due in every workspace, until *stop*. What fails is logged, and keeps the others from nothing."""
    for workspace in takewhile(lambda _: not stop.is_set(), db.workspace_ids(engine)):
        try:
            post = send_due(engine, workspace, post, clock=clock, stop=stop)
        except Exception:
            log.exception("sending the digests of a workspace failed", extra={"workspace": str(workspace)})


def send_due(
    engine: sa.Engine,
    workspace: UUID,
    post: Post,
    *,
    clock: Callable[[], datetime],
    stop: threading.Event = _NEVER,
) -> Post:
    """Send what is due in one workspace, what waits longest first, until its time is up or *stop*; return how to go on.

    A mail server that cannot be reached is left alone until the next round: asking it for everybody would take hours,
    and use up their attempts.
    """
    with db.reading(engine, workspace) as read:
        due = sorted(queries.pending(read, mail=post.server is not None, at=clock()), key=attrgetter("since"))
    for one in _in_time(due, workspace, stop):
        try:
            if ready := _claimed(engine, workspace, one, post, at=clock()):
                _deliver(engine, workspace, ready, post, clock)
        except Unreachable:
            post = replace(post, server=None)
        except Exception:
            log.exception("the digest of %s failed", one.member, extra={"workspace": str(workspace)})
    if due:
        with db.writing(engine, workspace) as tx:
            operations.forget(tx, at=clock())
    return post


def _in_time(due: list[Pending], workspace: UUID, stop: threading.Event) -> Iterator[Pending]:
    """Yield those that are due until the time is up: with the rest, which waits longest then, the next round begins."""
    ends = time.monotonic() + BUDGET
    for tried, one in enumerate(due):
        if stop.is_set():
            return
        if time.monotonic() >= ends:
            left = len(due) - tried
            log.warning(
                "digests are sent slowly: %s wait for the next round", left, extra={"workspace": str(workspace)}
            )
            return
        yield one


def _claimed(engine: sa.Engine, workspace: UUID, seen: Pending, post: Post, *, at: datetime) -> _Ready | None:
    """Claim a digest and write it, as things stand now. None: there is nothing to send."""
    with db.writing(engine, workspace) as tx:
        # Read again: who has unsubscribed since the round began gets nothing.
        to = queries.recipient(tx, seen.member, mail=post.server is not None)
        if to is None:
            return None
        token = operations.mint(workspace)
        letter = written(tx, to, post, day=f"{seen.day}", token=token, at=at)
        claim = operations.claim(tx, seen, token if letter else None, at=at)
    return _Ready(claim, to, letter) if claim and letter else None


def written(read: Read, to: Recipient, post: Post, *, day: str, token: str, at: datetime) -> Letter | None:
    """Return what is to be said to somebody now; None if nothing is."""
    sections = queries.sections(read, to, at=at, public_url=post.public_url)
    if not sections:
        return None
    id_ = sha256(f"{db.workspace_of(read)} {to.id} {day}".encode()).hexdigest()[:32]
    unsubscribe = f"{post.public_url.rstrip('/')}/unsubscribe?token={token}" if post.public_url else None
    domain = post.server.domain if post.server else "localhost"
    return Letter(to.name, to.email, to.workspace, sections, f"<digest.{id_}@{domain}>", at, unsubscribe)


def _deliver(engine: sa.Engine, workspace: UUID, ready: _Ready, post: Post, clock: Callable[[], datetime]) -> None:
    """Hand a claimed digest over, outside of any transaction, and note what came of it."""
    mark = partial(_mark, engine, workspace, ready.claim, clock)
    more = {"workspace": str(workspace)}
    try:
        mark(_handed_over(ready, post, handing=partial(mark, State.HANDING), more=more))
    except Overtaken:
        log.info("a digest is another worker's by now", extra=more)
    except Unreachable:
        mark(State.REFUSED)
        raise


def _handed_over(ready: _Ready, post: Post, *, handing: Callable[[], None], more: dict[str, str]) -> State:
    """Hand a digest over; return what has become of it. Raises Unreachable."""
    try:
        if ready.to.channel is Channel.APPRISE:
            channels.by_apprise(post, ready.letter, ready.to.address or "", handing=handing)
        else:
            channels.by_mail(post, ready.letter, handing=handing)
    except Refused as error:
        log.warning("the digest of %s was not taken: %s", ready.to.id, error, extra=more)
        if isinstance(error, Unreachable):
            raise
        return State.REFUSED
    except Lost as error:
        log.warning("nobody knows whether the digest of %s was delivered: %s", ready.to.id, error, extra=more)
        return State.LOST
    return State.SENT


def _mark(engine: sa.Engine, workspace: UUID, claim: Claim, clock: Callable[[], datetime], to: State) -> None:
    with db.writing(engine, workspace) as tx:
        operations.mark(tx, claim, to, at=clock())
