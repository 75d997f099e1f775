"""Those outside who vouch for the ledger are asked here, in a thread of their own: nobody waits for them."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from app.core import db
from app.core.clock import system_clock
from app.integrations import stamps, witnesses
from app.integrations.outgoing import Unreachable, Unusable
from app.ledger.policy import Witness

log = logging.getLogger("followthrough")

Ask = Callable[[UUID], int | None]
"""Ask somebody about a workspace; returns the size that they vouch for by now."""

_PAUSE = 5
_PATIENCE = 60
"""Seconds until the next round; the longer one if somebody could not be reached."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom to ask: a time stamping authority and how often, and witnesses."""

    tsa: str | None = None
    tsa_interval: timedelta = timedelta(hours=1)
    witnesses: Sequence[Witness] = ()

    def __bool__(self) -> bool:
        return bool(self.tsa or self.witnesses)


Settled = dict[tuple[str, UUID], int]
"""Who has vouched for which workspace, and up to which size. Only a memory: the tables know."""


def run(url: str, outside: Outside, *, stop: threading.Event) -> None:
    """Ask again every few seconds, until *stop* is set."""
    engine = db.make_engine(url, pool_size=1)
    settled: Settled = {}
    try:
        while True:
            try:
                well = step(engine, outside, settled, at=system_clock())
            except Exception:
                log.exception("asking those outside failed, and is tried again")
                well = False
            if stop.wait(_PAUSE if well else _PATIENCE):
                return
    finally:
        engine.dispose()


def step(engine: sa.Engine, outside: Outside, settled: Settled, *, at: datetime) -> bool:
    """Ask whoever has not vouched yet for the newest checkpoint of a workspace; say whether all of them answered."""
    askers: list[tuple[str, Ask]] = []
    if outside.tsa:
        askers.append((outside.tsa, _stamp(engine, outside.tsa, outside.tsa_interval, at=at)))
    askers += [(one.key.name, _cosign(engine, one, at=at)) for one in outside.witnesses if one.url]
    sizes = _sealed(engine)
    answers = []
    for who, ask in askers:
        open_ones = [one for one, size in sizes.items() if settled.get((who, one)) != size]
        answers.append(_ask_about(who, open_ones, ask, settled))
    return all(answers)


def _ask_about(who: str, workspaces: Sequence[UUID], ask: Ask, settled: Settled) -> bool:
    """Ask one of them about each workspace. Who cannot be reached is left alone until the next round."""
    well = True
    for workspace in workspaces:
        more = {"workspace": str(workspace)}
        try:
            size = ask(workspace)
            if size is not None:
                settled[who, workspace] = size
        except Unreachable as error:
            log.warning("%s did not answer: %s", who, error, extra=more)
            return False
        except Unusable as error:
            log.warning("%s did not vouch: %s", who, error, extra=more)
            well = False
        except Exception:
            log.exception("%s could not be asked", who, extra=more)
            well = False
    return well


def _stamp(engine: sa.Engine, tsa: str, interval: timedelta, *, at: datetime) -> Ask:
    return lambda workspace: stamps.step(engine, workspace, tsa, interval=interval, at=at)


def _cosign(engine: sa.Engine, witness: Witness, *, at: datetime) -> Ask:
    return lambda workspace: witnesses.step(engine, workspace, witness, at=at)


def _sealed(engine: sa.Engine) -> dict[UUID, int]:
    """Return the size that each workspace was sealed at last."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"BEGIN READ ONLY; SET LOCAL ROLE {db.WORKER_ROLE}")
        rows = connection.exec_driver_sql("SELECT workspace_id, sealed FROM ledger_head WHERE sealed > 0").all()
        connection.exec_driver_sql("COMMIT")
    return {row.workspace_id: row.sealed for row in rows}
