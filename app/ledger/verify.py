"""Verifying a proof: what somebody runs who trusts nobody here (PROOF.md, "Verifier").

Keys come from the reader's policy, never from the bundle. Each step is a named check with one sentence; the first that
fails ends it. Nothing here needs a network, a database or a clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import IO

from app.ledger import bundle, clauses, complete, lateness, outside, words
from app.ledger.attempts import Attempt, Noticed
from app.ledger.course import REFUSALS, Course, Watch, take
from app.ledger.history import History
from app.ledger.policy import NONE, Policy
from app.ledger.promises import Illegal
from app.ledger.verdicts import Followthrough, Verdict, follow, judge

LEVELS = ("P0", "P1", "P2", "P3", "P4", "P5")
"""Signed and included; chained; complete; seen from outside; witnessed; signed by the people themselves."""


@dataclass(frozen=True, slots=True)
class Check:
    """One step of verifying, and what came of it."""

    name: str
    ok: bool
    sentence: str


@dataclass(slots=True)
class Report:
    """What a bundle proves. Only `valid` ones say anything of the plan."""

    required: str
    checks: list[Check] = field(default_factory=list)
    valid: bool = False
    level: str | None = None
    """The highest level reached; None if it is invalid."""
    reached: str = "P0"
    plan: str | None = None
    number: int | None = None
    state: str | None = None
    log: str | None = None
    size: int | None = None
    as_of: datetime | None = None
    """The time of the checkpoint's last event, by the server's clock."""
    outside_time: datetime | None = None
    """The earliest at which somebody outside vouches that the checkpoint was there."""
    events: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    notices: list[Noticed] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    """What was asked for after the approval, decided and judged, a sentence each."""
    followthrough: Followthrough | None = None
    self_decided: list[str] = field(default_factory=list)
    erased: int = 0
    left_out: int = 0

    @property
    def exit_code(self) -> int:
        """0 verified, 1 invalid, 3 valid but below the level asked for."""
        if not self.valid or self.level is None:
            return 1
        return 0 if LEVELS.index(self.level) >= LEVELS.index(self.required) else 3


@dataclass(frozen=True, slots=True)
class Given:
    """What the reader has beside the bundle."""

    evidence: Mapping[str, tuple[str, int]]
    """SHA-256 (hex) and size of files, by name."""
    tsa_roots: Sequence[bytes]


def verify_bundle(
    data: bytes | IO[bytes],
    policy: Policy,
    require: str = "P2",
    *,
    evidence: Mapping[str, bytes] | None = None,
    hashed: Mapping[str, tuple[str, int]] | None = None,
    tsa_roots: Sequence[bytes] = (),
) -> Report:
    """Return what *data* proves to somebody with this *policy*. Nothing that *data* may hold raises.

    *data* may be a stream that can be read from its beginning twice: then no more of it is held than its largest part.
    *evidence* are files by name, *hashed* the SHA-256 (hex) and size of others by name, *tsa_roots* certificates (PEM
    or DER) of timestamping authorities. A *require* that is no level is a ValueError.
    """
    if require not in LEVELS:
        raise ValueError(f"a level is one of {', '.join(LEVELS)}")
    # Under a policy that asks for witnesses, a checkpoint that lacks them is not good enough (tlog-policy).
    report = Report(require if policy.quorum == NONE else max(require, "P4"))
    files = {name: (sha256(content).hexdigest(), len(content)) for name, content in (evidence or {}).items()}
    steps = _steps(data, policy, Given(files | dict(hashed or {}), tsa_roots), report)
    name = next(steps)
    while True:
        try:
            sentence = next(steps)
        except REFUSALS as error:
            report.checks.append(Check(name, ok=False, sentence=f"Refused: {error}."))
            return report
        report.checks.append(Check(name, ok=True, sentence=sentence))
        following = next(steps, None)
        if following is None:
            report.valid, report.level = True, report.reached
            return report
        name = following


def _steps(data: bytes | IO[bytes], policy: Policy, given: Given, report: Report) -> Iterator[str]:
    """Yield, in turn, the name of a check and its sentence; what fails is raised in between."""
    yield "format"
    document, watch = bundle.opened(data), Watch()
    course = take(document, policy, watch)
    report.plan, report.events = course.ending.plan, course.events
    yield "One canonical document with all its fields, and no others."
    yield from _structure(course, watch, report)
    yield "disclosures"
    watch.settle("disclosures")
    document.back_to(course.disclosures_at)
    said = words.read_disclosures(bundle.read_disclosures(document), course.history)
    yield f"{said.shown} texts are those that were hashed; {len(said.missing)} are not shown."

    yield "replay"
    watch.settle("replay")
    history = course.history
    report.number, report.state = history.facts["number"], history.facts["state"]
    report.self_decided, report.changes = history.self_decided, history.changes.sentences
    report.erased = len(history.erased & said.missing)
    report.left_out = len(said.missing) - report.erased
    yield "Nothing happened that the rules do not allow; lateness was worked out anew."

    yield "amendments"
    yield "{} were asked for; the words of {} can be read here.".format(*words.check_amendments(history, said))

    yield "approved text"
    yield _approved(history, readable=clauses.check_approved(history, said))

    yield "attempts"
    answered, shown = words.check_attempts(history, said)
    report.attempts, report.notices = list(history.attempts.values()), list(history.notices.values())
    yield f"{len(report.attempts)} were sent; {answered} notices are answered, the words of {shown} can be read here."

    yield "evidence"
    pieces, readable = words.check_evidence(history, said, given.evidence)
    superseded = f" Others took the place of {len(history.superseded)}." if history.superseded else ""
    yield f"{pieces} pieces were recorded; {readable} can be read here and are what was recorded.{superseded}"
    yield from _outside(course, policy, given.tsa_roots, report)

    yield "follow-through"
    yield _judged(history, report)


def _structure(course: Course, watch: Watch, report: Report) -> Iterator[str]:
    yield "signature"
    watch.settle("signature")
    checkpoint = course.checkpoint
    report.log, report.size = checkpoint.origin, checkpoint.size
    yield f"Signed by {checkpoint.origin}, whose key is in your policy, as of {checkpoint.size} events."

    yield "events"
    watch.settle("events")
    yield "Each event is in canonical form, of this log, and stands where it says."

    yield "inclusion"
    watch.settle("inclusion")
    yield f"All {report.events} events are in the signed tree, byte for byte."

    yield "chain"
    watch.settle("chain")
    report.reached = "P1"
    yield f"They follow each other without a gap, from 1 to {report.events}."

    yield "complete"
    complete.check_complete(course.chain, course.ending, checkpoint)
    report.reached, report.as_of = "P2", lateness.instant(course.ending.heads.event["at"])
    yield f"These are all events of the plan as of {report.as_of:%Y-%m-%d %H:%M:%S} UTC, by the server's clock."


def _outside(course: Course, policy: Policy, roots: Sequence[bytes], report: Report) -> Iterator[str]:
    signed, tokens = course.signed, course.ending.timestamps
    yield "outside time"
    stamped = outside.stamped(tokens, course.checkpoint, signed, policy, roots)
    if stamped:
        report.reached, report.outside_time = "P3", stamped
    yield outside.stamps(tokens, stamped, roots)

    yield "witnesses"
    cosigned = outside.cosigned(signed, policy)
    if cosigned:
        report.reached, report.outside_time = "P4", min(cosigned, stamped or cosigned)
    yield outside.witnessed(policy, cosigned)


def _judged(history: History, report: Report) -> str:
    assert report.as_of
    promises = history.promises.values()
    try:
        report.verdicts = [judge(one, as_of=report.as_of, outside=report.outside_time) for one in promises]
    except OverflowError as error:
        raise Illegal("a time is beyond the calendar") from error
    report.followthrough = follow(promises, as_of=report.as_of)
    return report.followthrough.sentence


def _approved(history: History, *, readable: bool) -> str:
    if history.approval is None:
        return "Nothing was approved yet."
    if not readable:
        return "The approved text is not shown, so its words are not proven."
    amended = " or an amendment" if history.changes.granted else ""
    return f"The approved text is the one whose hash was approved, and each commitment comes from it{amended}."
