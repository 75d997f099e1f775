"""What a proof says of each commitment, and how sure that is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from app.ledger.promises import Promise


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one commitment ended, or stands."""

    commitment: str
    reference: str
    """Its number in the plan, and that of its occurrence."""
    outcome: str
    """`on time`, `late`, `open`, `overdue` or `waived`."""
    days_late: int
    due_on: str
    first_due_on: str
    """As promised at first; an extension moves `due_on`."""
    is_verified: bool
    """Somebody has looked at the evidence since."""
    rejections: int
    """How often it was said to be done before, and was not found so."""
    recorded_at: datetime | None
    is_proven: bool
    """That it was on time does not rest on the server's clock."""

    @property
    def sentence(self) -> str:
        days = f"{self.days_late} day{'' if self.days_late == 1 else 's'}"
        first = f" (at first {self.first_due_on})" if self.first_due_on != self.due_on else ""
        seen = ", verified" if self.is_verified else ""
        times = f"{self.rejections} times" if self.rejections > 1 else "once"
        before = f"; said to be done {times} before, and rejected" if self.rejections else ""
        match self.outcome:
            case "on time":
                sure = "proven by an outside time" if self.is_proven else "by the server's clock"
                said = f"done on time, {sure}{seen}"
            case "late":
                said = f"done {days} late{seen}"
            case "overdue":
                said = f"not done, {days} overdue"
            case "waived":
                said = "waived, and so not done"
            case _:
                said = "open, not due yet"
        return f"Commitment {self.reference}, due {self.due_on}{first}: {said}{before}."

    @property
    def alike(self) -> tuple[str, str]:
        """Return what times of one recurring commitment have in common that are told in one sentence."""
        number, dot, _ = self.reference.partition(".")
        is_plain = dot and self.outcome in {"open", "waived"} and not self.rejections
        return (number, self.outcome) if is_plain and self.due_on == self.first_due_on else (self.reference, "")


@dataclass(frozen=True, slots=True)
class Followthrough:
    """Of the commitments whose due had passed, how many were done on time."""

    on_time: int
    due: int
    waived: int
    """Of those whose due had passed: they count neither as due nor as done."""

    @property
    def sentence(self) -> str:
        waived = f" {self.waived} more {'was' if self.waived == 1 else 'were'} waived." if self.waived else ""
        if not self.due:
            return f"No commitment was due yet.{waived}"
        return f"Follow-through: {self.on_time} of {self.due} commitments that were due were done on time.{waived}"


def judge(promise: Promise, *, as_of: datetime, outside: datetime | None) -> Verdict:
    """Return the verdict on a commitment as of the checkpoint's last event.

    On time is proven if somebody outside saw the record of it before it was due.
    """
    facts, late = promise.facts, promise.days_late(as_of)
    outcome = ("overdue" if late else "open") if promise.recorded_at is None else ("late" if late else "on time")
    outcome = "waived" if facts["state"] == "waived" else outcome
    return Verdict(
        commitment=promise.opened["subj"],
        reference=promise.number,
        outcome=outcome,
        days_late=late,
        due_on=facts["due_on"],
        first_due_on=facts["original_due_on"],
        is_verified=facts["state"] == "verified",
        rejections=promise.rejections,
        recorded_at=promise.recorded_at,
        is_proven=outcome == "on time" and outside is not None and outside <= promise.due_at,
    )


def tell(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield a sentence for each, but one for several times in a row that are not due yet, or were waived."""
    for _, group in groupby(verdicts, key=lambda one: one.alike):
        first, *more = group
        if more:
            what = "were waived, and so not done" if first.outcome == "waived" else "are open, not due yet"
            last = more[-1]
            yield (
                f"Commitments {first.reference} to {last.reference}, due {first.due_on} to {last.due_on}: "
                f"all {len(more) + 1} {what}."
            )
        else:
            yield first.sentence


def follow(promises: Iterable[Promise], *, as_of: datetime) -> Followthrough:
    """Count the commitments whose due is past, and those of them that were recorded as done before it."""
    due = [one for one in promises if one.due_at <= as_of]
    kept = [one for one in due if one.facts["state"] != "waived"]
    on_time = sum(one.recorded_at is not None and not one.days_late(as_of) for one in kept)
    return Followthrough(on_time, len(kept), len(due) - len(kept))
