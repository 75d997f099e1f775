"""What follows an approval, forged: a log that knows how its commitments, requests and amendments stand."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from app.ledger.events import plain
from app.ledger.verify import Report, verify_bundle
from tests.ledger.forging import SERIES, bound, clause, content, later, occurrence, repeating
from tests.ledger.proving import (
    ADA,
    BO,
    FIRST,
    POLICY,
    SECOND,
    Maker,
    approved,
    commitment_facts,
    to_bytes,
)

ASKED, AMENDED, CHECKED = (UUID(int=one) for one in (0x41, 0x51, 0x61))
THIRD, FOURTH = UUID(int=0x14), UUID(int=0x15)
_UNDONE = dict.fromkeys(("done_at", "done_by", "performed_on", "days_late", "days_late_vs_original"))


def end_of(due_on: str) -> datetime:
    """Return when that day is over in Berlin, in winter."""
    found: datetime = commitment_facts(1, due_on)["due_at"]
    return found


def amended(*clauses: dict[str, Any], ends: dict[int, str] | None = None) -> str:
    """Return the text of an amendment that adds these clauses, and ends these series from those days on."""
    ended = [{"number": number, "from_on": day, "why": "No longer sold."} for number, day in (ends or {}).items()]
    return to_bytes({"commitments": list(clauses), "ends": ended}).decode()


class After:
    """A log a day after the approval. Each step says what it would have to say, unless told to say something else."""

    def __init__(self, maker: Maker | None = None, facts: dict[UUID, dict[str, Any]] | None = None) -> None:
        self.maker = maker or approved()
        later(self.maker, days=1)
        self.facts = facts or {FIRST: commitment_facts(1, "2026-03-10"), SECOND: commitment_facts(2, "2026-03-12")}
        self.asked: dict[UUID, dict[str, Any]] = {}
        self.checks = 0

    @property
    def report(self) -> Report:
        return verify_bundle(to_bytes(self.maker.bundle()), POLICY)

    def at(self, **passed: float) -> Self:
        later(self.maker, **passed)
        return self

    def becomes(self, kind: str, of: UUID = FIRST, *, actor: UUID = ADA, **changed: Any) -> Self:
        self.facts[of] = self.facts[of] | changed
        self.maker.append(f"commitment.{kind}", of, self.facts[of], actor=actor)
        return self

    def done(self, of: UUID = FIRST, *, late: int = 0, first: int | None = None, actor: UUID = ADA) -> Self:
        """*late* by so many days, and by *first* against the first due if that is another."""
        at = self.maker.at
        said = {"state": "done", "done_at": at, "done_by": actor, "performed_on": at.date()}
        late_by = {"days_late": late, "days_late_vs_original": late if first is None else first}
        return self.becomes("completed", of, actor=actor, **said, **late_by)

    def verified(self, of: UUID = FIRST, *, actor: UUID = BO) -> Self:
        return self.becomes("verified", of, actor=actor, state="verified")

    def rejected(self, of: UUID = FIRST, *, actor: UUID = BO, **changed: Any) -> Self:
        return self.becomes("rejected", of, actor=actor, **({"state": "open"} | _UNDONE | changed))

    def asks(
        self,
        until: str | None = "2026-03-20",
        of: UUID = FIRST,
        id_: UUID = ASKED,
        *,
        actor: UUID = ADA,
        **changed: Any,
    ) -> Self:
        """Ask for an extension to that day or, without one, for a waiver."""
        kind, facts = "extension" if until else "waiver", self.facts[of]
        self.asked[id_] = {
            "commitment": of,
            "state": "requested",
            "due_on": until,
            "due_at": until and end_of(until),
            "from_due_on": facts["due_on"],
            "from_due_at": facts["due_at"],
            "requested_by": actor,
            "requested_at": self.maker.at,
            "decided_by": None,
            "decided_at": None,
        } | changed
        self.maker.append(f"{kind}.requested", id_, self.asked[id_], actor=actor)
        return self

    def decides(self, state: str, id_: UUID = ASKED, *, actor: UUID = BO, kind: str = "", **changed: Any) -> Self:
        """Close a request or an amendment."""
        known = self.asked[id_]
        if "content_sha256" in known:
            kind = kind or "amendment"
            changed = {"received_at": self.maker.at if state == "granted" else None} | changed
        kind = kind or ("extension" if known["due_on"] else "waiver")
        closed = {"state": state, "decided_by": actor, "decided_at": self.maker.at}
        self.asked[id_] = known | closed | changed
        self.maker.append(f"{kind}.{state}", id_, self.asked[id_], actor=actor)
        return self

    def extended(self, due_on: str = "2026-03-20", of: UUID = FIRST, **changed: Any) -> Self:
        return self.becomes("extended", of, actor=BO, **({"due_on": due_on, "due_at": end_of(due_on)} | changed))

    def waived(self, of: UUID = FIRST) -> Self:
        return self.becomes("waived", of, actor=BO, state="waived")

    def amends(
        self, text: str, id_: UUID = AMENDED, *, said: str | None = None, actor: UUID = ADA, **changed: Any
    ) -> Self:
        """Ask for an amendment with that text; what is disclosed is *said* if that is given."""
        self.asked[id_] = {
            "number": sum("content_sha256" in one for one in self.asked.values()) + 1,
            "state": "requested",
            "content_sha256": sha256(text.encode()).hexdigest(),
            "requested_by": actor,
            "requested_at": self.maker.at,
            "decided_by": None,
            "decided_at": None,
            "received_at": None,
        } | changed
        self.maker.append("amendment.requested", id_, self.asked[id_], actor=actor, content=said or text)
        return self

    def opens(self, number: int, due_on: str, of: UUID, text: str = "Check the settings", **changed: Any) -> Self:
        self.facts[of] = commitment_facts(number, due_on) | changed
        self.maker.append("commitment.opened", of, self.facts[of], actor=BO, text=text)
        return self

    def series(self, kind: str, **changed: Any) -> Self:
        """Say something of the series."""
        self.maker.append(f"series.{kind}", SERIES, endless(**changed), actor=BO)
        return self

    def checks_effect(self, outcome: str = "effective", *, actor: UUID = BO, **changed: Any) -> Self:
        self.checks += 1
        done = [plain(one["done_at"]) for one in self.facts.values() if one["done_at"]]
        carried_out_at = datetime.fromisoformat(max(done)) if done else self.maker.at
        check = {
            "number": self.checks,
            "outcome": outcome,
            "recurrences": 0,
            "carried_out_at": carried_out_at,
            "window_ends_at": carried_out_at + timedelta(days=180),
            "checked_by": actor,
            "checked_at": self.maker.at,
        }
        self.maker.append("effectiveness.checked", UUID(int=CHECKED.int + self.checks), check | changed, actor=actor)
        return self


def endless(opened: int = 3, **changed: Any) -> dict[str, Any]:
    return repeating(opened, **({"rule": "FREQ=WEEKLY"} | changed))


def weekly() -> After:
    """Return a log in which something recurs without an end; three times of it were opened."""
    maker = bound(content(clause(recurrence="FREQ=WEEKLY")))
    maker.append("series.opened", SERIES, endless(), text="Check the settings")
    days = ("2026-03-10", "2026-03-17", "2026-03-24")
    facts = {
        of: occurrence(number, day)
        for number, (of, day) in enumerate(zip((FIRST, SECOND, THIRD), days, strict=True), 1)
    }
    for of, said in facts.items():
        maker.append("commitment.opened", of, said, text="Check the settings")
    return After(maker, facts)


MORE = clause("Ask the supplier", "2026-03-18")
ADDED = amended(MORE)


def granted(text: str = ADDED, after: After | None = None, id_: UUID = AMENDED, **asked: Any) -> After:
    """Return a log in which an amendment of that text was granted a moment ago."""
    return (after or two()).amends(text, id_, **asked).decides("granted", id_)


def two() -> After:
    """Return a log whose approved text has two commitments."""
    maker = bound(content(clause(), clause("Train the team", "2026-03-12")))
    facts = {FIRST: commitment_facts(1, "2026-03-10"), SECOND: commitment_facts(2, "2026-03-12")}
    for (of, said), text in zip(facts.items(), ("Check the settings", "Train the team"), strict=True):
        maker.append("commitment.opened", of, said, text=text)
    return After(maker, facts)


def added(after: After | None = None, **changed: Any) -> After:
    """Return a log in which an amendment was granted, and added a third commitment."""
    return (after or granted()).opens(3, "2026-03-18", THIRD, **({"text": "Ask the supplier"} | changed))


def ending(from_on: str = "2026-03-17", **changed: Any) -> After:
    """Return a log in which an amendment was granted, and ended what recurs; nothing is waived yet."""
    after = granted(amended(ends={1: from_on}), weekly())
    return after.series("ended", ended_on=from_on, **changed)
