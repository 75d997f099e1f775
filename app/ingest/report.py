"""The seller performance report (GET_V2_SELLER_PERFORMANCE_REPORT), read leniently, and what got worse in it.

It has counts and rates for each marketplace, each over days of its own, and names no seller and no product. Amazon's
example has other names than its schema (accountHealthReport-2020-11-18): both are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.ingest.amazon import STATUS_SEVERITY, account_status
from app.ingest.envelope import Piece, elements, members, within
from app.ingest.letter import Letter, Remarks, folded, instant, line, quoted
from app.ingest.metrics import METRICS, Metric, Status
from app.ingest.rules import Flag
from app.notices.rules import Category, Severity

TYPE = "GET_V2_SELLER_PERFORMANCE_REPORT"
MAX_READINGS = 1000
"""Of one report: its event names the notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One figure of a report."""

    marketplace: str
    metric: Metric
    name: str = ""
    """Of a warning, or of a figure that is not known here, what Amazon calls it."""
    count: int | None = None
    """Of complaints or violations."""
    rate_millionths: int | None = None
    beyond: bool = False
    """The rate misses its target."""
    status: Status
    word: str = ""
    """The status as Amazon has it."""
    until: datetime | None
    """The end of the time that it is about."""
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.marketplace, self.metric.value, self.name

    @property
    def category(self) -> Category:
        return METRICS[self.metric].category

    @property
    def severity(self) -> Severity:
        """How bad it is, given that it got worse."""
        if self.metric is Metric.ACCOUNT_STATUS:
            return STATUS_SEVERITY.get(self.word, Severity.SERIOUS)
        return Severity.SERIOUS if self.status is not Status.GOOD else Severity.WARNING

    @property
    def title(self) -> str:
        """One line that says what it is about and how it stands."""
        what = f"{METRICS[self.metric].title}{f' {self.name}' if self.name else ''}"
        figure = f" {self.count}" if self.count is not None else ""
        rate = f" {self.rate_millionths / 10_000:.2f} %" if self.rate_millionths is not None else ""
        return line(f"{what}:{figure}{rate} {self.word} on {self.marketplace}")


def is_report(value: dict[str, Any]) -> bool:
    return not {"accountstatuses", "performancemetrics"}.isdisjoint(map(folded, value))


def read(letter: Letter, piece: Piece, remarks: Remarks) -> tuple[Reading, ...]:
    """Return the figures of a report, none twice; what is odd about it goes to *remarks*."""
    text = within(piece.text, *piece.path)
    letter.ignore("reportType", "NotificationType", "reportId")
    found: dict[tuple[str, str, str], Reading] = {}
    for one in _readings(letter, text, remarks):
        if len(found) == MAX_READINGS:
            remarks.note(Flag.TOO_MANY)
            break
        if one.key in found:
            remarks.note(Flag.UNKNOWN_VALUE, f"said twice: {one.metric.value} of {one.marketplace}")
        else:
            found[one.key] = one
    last = max((one.until for one in found.values() if one.until), default=None)
    return tuple(_dated(one, last) for one in found.values())


def _dated(reading: Reading, last: datetime | None) -> Reading:
    """Return a reading with an end: what has no time of its own stands at the end of the report's."""
    if reading.until is not None or last is None:
        return reading
    return Reading(**{name: getattr(reading, name) for name in Reading.__slots__} | {"until": last})


def _readings(letter: Letter, text: str, remarks: Remarks) -> Iterator[Reading]:
    for name, read_one in (("accountStatuses", _status), ("performanceMetrics", _metrics)):
        spelt, value = letter.take(name, required=True)
        if not isinstance(value, list):
            if value is not None:
                letter.note(Flag.WRONG_KIND, spelt)
            continue
        for one, part in elements(within(text, spelt)):
            if isinstance(one, dict):
                yield from read_one(Letter(one, remarks, f"{spelt}."), part, remarks)
            else:
                letter.note(Flag.WRONG_KIND, spelt)


def _status(letter: Letter, text: str, remarks: Remarks) -> Iterator[Reading]:
    marketplace = line(letter.text("marketplaceId", required=True) or "", 60)
    word = account_status(letter.text("status", required=True))
    letter.finish()
    if word is not None:
        yield Reading(
            marketplace=marketplace,
            metric=Metric.ACCOUNT_STATUS,
            status=_rank(word, letter),
            word=word[:60],
            until=None,
            text=quoted(text, remarks),
        )


def _rank(word: str, letter: Letter) -> Status:
    """Return what a word means. One that nobody knows is not good."""
    known = Status.of(word)
    if known is None:
        letter.note(Flag.UNKNOWN_VALUE, word)
    return known or Status.BAD


def _metrics(letter: Letter, text: str, remarks: Remarks) -> Iterator[Reading]:
    """Yield the figures of one marketplace."""
    marketplace = line(letter.text("marketplaceId", required=True) or "", 60)
    for name, value, start, end in members(text):
        part = text[start:end]
        if folded(name) in ("warningstates", "warningstate"):
            letter.ignore(folded(name))
            yield from _warnings(marketplace, name, part, value, remarks)
        elif folded(name) == "orderdefectrate" and isinstance(value, dict):
            letter.ignore(folded(name))
            for side, inner, first, last in members(part):
                if isinstance(inner, dict):
                    metric = Metric.named(f"{name}{side}")
                    yield from _figure(marketplace, metric, f"{name}.{side}", part[first:last], inner, remarks)
        elif isinstance(value, dict):
            letter.ignore(folded(name))
            yield from _figure(marketplace, Metric.named(name), name, part, value, remarks)
    letter.finish()


def _warnings(marketplace: str, name: str, text: str, value: Any, remarks: Remarks) -> Iterator[Reading]:
    if not isinstance(value, list):
        remarks.note(Flag.WRONG_KIND, f"{Flag.WRONG_KIND}: {name}")
        return
    for one, part in elements(text):
        if not isinstance(one, dict):
            remarks.note(Flag.WRONG_KIND, f"{Flag.WRONG_KIND}: {name}")
            continue
        warning = Letter(one, remarks, f"{name}.")
        kind, word = warning.text("warningType", required=True), warning.text("status", required=True)
        warning.finish()
        if word is not None:
            yield Reading(
                marketplace=marketplace,
                metric=Metric.WARNING,
                name=(kind or "")[:60],
                status=_rank(word.upper(), warning),
                word=word.upper()[:60],
                until=None,
                text=quoted(part, remarks),
            )


def _figure(
    marketplace: str, metric: Metric, name: str, text: str, value: dict[str, Any], remarks: Remarks
) -> Iterator[Reading]:
    """Yield the reading of one block, if it says how it stands."""
    block = Letter(value, remarks, f"{name}.")
    word = (block.text("ahrStatus", "accountHealthRatingStatus", "status", required=True) or "").upper()[:60]
    count, rate, target = block.number("defectsCount"), block.number("rate"), block.number("targetValue")
    condition = (block.text("targetCondition") or "").upper()
    until = _until(block)
    if metric is Metric.OTHER:
        remarks.note(Flag.UNKNOWN_FIELD, f"{Flag.UNKNOWN_FIELD}: {name}")
    # How a rate is made up is in the words of the notice; only what is no part of Amazon's shapes is odd.
    for part, inner in block.rest().items():
        if "count" not in folded(part) and not isinstance(inner, dict) and folded(part) != "fulfillmenttype":
            block.note(Flag.UNKNOWN_FIELD, part)
    if word:
        yield Reading(
            marketplace=marketplace,
            metric=metric,
            name=line(name, 60) if metric is Metric.OTHER else "",
            count=None if count is None or abs(count) > 2**31 - 1 else int(count),
            rate_millionths=None if rate is None or abs(rate) > 2000 else round(rate * 1_000_000),
            beyond=_misses(rate, condition, target),
            status=_rank(word, block),
            word=word,
            until=until,
            text=quoted(text, remarks),
        )


def _until(block: Letter) -> datetime | None:
    """Return the end of a block's time. Amazon's example has one that ends before it begins: the end counts."""
    days = block.inner("reportingDateRange", required=True)
    if days is None:
        return None
    name, value = days.take("reportingDateTo", required=True)
    found = instant(value)
    if value is not None and found is None:
        days.note(Flag.UNREADABLE_TIME, name)
    days.ignore("reportingDateFrom")
    days.finish()
    return found


def _misses(rate: float | None, condition: str, target: float | None) -> bool:
    """Say whether a rate is on the wrong side of its target."""
    if rate is None or target is None:
        return False
    match condition:
        case "LESS_THAN":
            return rate >= target
        case "GREATER_THAN":
            return rate <= target
        case _:
            return False
