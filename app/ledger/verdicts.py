"""What a proof says of each commitment, and how sure that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.ledger.promises import Promise


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one commitment ended, or stands."""

    commitment: str
    reference: str
    """Its number in the plan, and that of its occurrence."""
    outcome: str
    """`on time`, `late`, `open` or `overdue`."""
    days_late: int
    due_on: str
    recorded_at: datetime | None
    is_proven: bool
    """That it was on time does not rest on the server's clock."""

    @property
    def sentence(self) -> str:
        days = f"{self.days_late} day{'' if self.days_late == 1 else 's'}"
        match self.outcome:
            case "on time":
                sure = "proven by an outside time" if self.is_proven else "by the server's clock"
                return f"Commitment {self.reference}, due {self.due_on}: done on time, {sure}."
            case "late":
                return f"Commitment {self.reference}, due {self.due_on}: done {days} late."
            case "overdue":
                return f"Commitment {self.reference}, due {self.due_on}: not done, {days} overdue."
            case _:
                return f"Commitment {self.reference}, due {self.due_on}: open, not due yet."


@dataclass(frozen=True, slots=True)
class Followthrough:
    """Of the commitments whose due had passed, how many were done on time."""

    on_time: int
    due: int

    @property
    def sentence(self) -> str:
        if not self.due:
            return "No commitment was due yet."
        return f"Follow-through: {self.on_time} of {self.due} commitments that were due were done on time."


def judge(promise: Promise, *, as_of: datetime, outside: datetime | None) -> Verdict:
    """Return the verdict on a commitment as of the checkpoint's last event.

    On time is proven if somebody outside saw the record of it before it was due.
    """
    facts, late = promise.facts, promise.days_late(as_of)
    outcome = ("overdue" if late else "open") if promise.recorded_at is None else ("late" if late else "on time")
    occurrence = f".{facts['occurrence']}" if facts["occurrence"] is not None else ""
    return Verdict(
        commitment=promise.opened["subj"],
        reference=f"{facts['number']}{occurrence}",
        outcome=outcome,
        days_late=late,
        due_on=facts["due_on"],
        recorded_at=promise.recorded_at,
        is_proven=outcome == "on time" and outside is not None and outside <= promise.due_at,
    )


def follow(promises: Iterable[Promise], *, as_of: datetime) -> Followthrough:
    """Count the commitments whose due is past, and those of them that were recorded as done before it."""
    due = [one for one in promises if one.due_at <= as_of]
    return Followthrough(sum(one.recorded_at is not None and not one.days_late(as_of) for one in due), len(due))
