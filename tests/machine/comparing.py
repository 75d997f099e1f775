"""Does the server answer what the model does? Each function returns the differences, in words."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from tests.given import CAST
from tests.machine import plans, promises, views
from tests.machine.model import World
from tests.machine.shop import Shop

_WHO = {one["email"]: who for who, one in CAST.items()}
_NAMES = {one["name"]: who for who, one in CAST.items()}
_FIGURES = {
    "promised": "promised",
    "on_time": "kept_on_time",
    "late": "kept_late",
    "overdue": "still_overdue",
    "waived": "waived",
    "open": "not_yet_due",
}
_COUNTS = ("open", "overdue", "due_today", "not_yet_due", "days_1_7", "days_8_30", "days_31_90", "days_over_90")


def lists(world: World, shop: Shop, as_of: datetime | None = None) -> Iterator[str]:
    """Compare all commitments, what is overdue and the counts, now or as of an instant."""
    query = {"as_of": _said(as_of)} if as_of else {}
    at = as_of or world.now
    promises.look(world)
    listed, found = views.listed(world, at), list(shop.pages("/v1/commitments", **query))
    yield from _differences(f"commitments at {at}, it is {world.now}", listed, _shown(found))
    page = shop.get("/v1/overdue", limit=200, **query)
    late = {name: one for name, one in listed.items() if one["days_overdue"]}
    yield from _differences("overdue", late, _shown(page["data"]))
    yield from _differs(f"next change at {at}", views.next_change(world, at), _instant(page["next_change_at"]))
    yield from _differences("summary", views.summary(world, at), _summary(shop, query))


def report(world: World, shop: Shop, as_of: datetime | None = None) -> Iterator[str]:
    """Compare the figures of the follow-through report: of everything, and of the month in which most is due first."""
    at = as_of or world.now
    query = {"as_of": _said(as_of)} if as_of else {}
    firsts = [one.first_on for one in world.promises.values()]
    months = Counter((one.year, one.month) for one in firsts)
    periods = [(date.min, date.max)] + [_month(*month) for month, _ in months.most_common(1)]
    for first, last in periods:
        asked = {} if first == date.min else {"from": f"{first}", "to": f"{last}"}
        counts = shop.get("/v1/follow-through", **query, **asked)["all"]["counts"]
        found = {name: counts[one] for name, one in _FIGURES.items() if counts[one]}
        yield from _differs(
            f"figures from {first} to {last} at {at}", dict(views.figures(world, (first, last), at)), found
        )


def details(world: World, shop: Shop, references: list[str]) -> Iterator[str]:
    """Compare single commitments with all that is known of them, and how they stood."""
    for reference in references:
        one, found = world.promises[reference], shop.get(f"/v1/commitments/{reference}")
        names = shop.names
        expected = {
            "state": one.state,
            "owner": one.owner,
            "due": (f"{one.due_on}", one.due_at),
            "first due": (f"{one.first_on}", one.first_at),
            "late": (one.late, one.late_at_first),
            "done": (one.done_at, one.done_by, one.performed_on and f"{one.performed_on}"),
            "started": one.started_at,
            "evidence": one.evidence,
            "extensions": len(one.granted),
        }
        got = {
            "state": found["state"],
            "owner": _WHO[found["owner"]["email"]],
            "due": (found["due_on"], _instant(found["due_at"])),
            "first due": (found["original_due_on"], _instant(found["original_due_at"])),
            "late": (found["days_late"], found["days_late_vs_original"]),
            "done": (_instant(found["done_at"]), names.get(found["done_by"]), found["performed_on"]),
            "started": _instant(found["started_at"]),
            "evidence": found["evidence"],
            "extensions": found["extensions"],
        }
        yield from _differs(reference, expected, got)
        spans = [
            (
                _instant(one["since"]),
                _instant(one["until"]),
                one["state"],
                names[one["owner"]],
                date.fromisoformat(one["due_on"]),
                _instant(one["due_at"]),
            )
            for one in shop.get(f"/v1/commitments/{reference}/history")["data"]
        ]
        mine = [(s.since, s.until, s.state, s.owner, s.due_on, s.due_at) for s in one.spans]
        yield from _differs(f"history of {reference}", mine, spans)


def cases(world: World, shop: Shop) -> Iterator[str]:
    """Compare plans, notices, requests and amendments."""
    names = shop.names
    for one in world.plans.values():
        if one.pieces:
            pieces = shop.get(f"/v1/plans/POA-{one.number}/evidence", limit=200)["data"]
            superseded = sum(piece["superseded_by"] is not None for piece in pieces)
            mine = (len(one.pieces), sum(piece.is_superseded for piece in one.pieces))
            yield from _differs(f"evidence of POA-{one.number}", mine, (len(pieces), superseded))
        if one.state == "draft":
            read_by = names.get(shop.get(f"/v1/plans/POA-{one.number}")["signed_off_by"])
            yield from _differs(f"who has read POA-{one.number}", one.read_by, read_by)
    states = {int(one["reference"][4:]): (one["state"], one["attempts"]) for one in shop.pages("/v1/plans")}
    yield from _differs("plans", {one.number: (one.state, one.attempts) for one in world.plans.values()}, states)
    found = {
        names[one["id"]]: (one["state"], one["attempts"], one["response_overdue"], names.get(one["plan"]))
        for one in shop.pages("/v1/notices")
    }
    answered = {
        handle: (one.state, one.attempts, one.is_overdue(world.now), None) for handle, one in world.notices.items()
    }
    yield from _differences("notices", answered, found)
    for handle, one in world.notices.items():
        history = shop.get(f"/v1/notices/{shop.ids[handle]}/history")["data"]
        spans = [(_instant(s["since"]), _instant(s["until"]), s["state"], _instant(s["respond_by"])) for s in history]
        yield from _differs(f"history of {handle}", one.spans, spans)
    for handle, one in world.requests.items():
        got = shop.get(f"/v1/{one.kind}s/{shop.ids[handle]}")
        mine = (one.state, one.by, one.at, one.closed_at)
        theirs = (got["state"], names[got["requested_by"]], _instant(got["requested_at"]), _instant(got["decided_at"]))
        yield from _differs(handle, mine, theirs)
    for handle, one in world.amendments.items():
        yield from _differs(handle, one.state, shop.get(f"/v1/amendments/{shop.ids[handle]}")["state"])


def effects(world: World, shop: Shop) -> Iterator[str]:
    """Compare how the plans are doing."""
    for number, plan in world.plans.items():
        got = shop.get(f"/v1/plans/POA-{number}/effectiveness")
        mine = (
            plans.health(world, number),
            plans.carried_out(world, number),
            plans.recurrences(world, number),
            plan.checks,
        )
        checks = [(one["outcome"], one["recurrences"]) for one in got["checks"]]
        theirs = (got["health"], _instant(got["carried_out_at"]), got["recurrences"], checks)
        yield from _differs(f"effect of POA-{number}", mine, theirs)


def proofs(world: World, shop: Shop) -> Iterator[str]:
    """Compare what strangers find in the proofs of all plans, sealed just now."""
    shop.seal()
    world.seal()
    for number in world.plans:
        report = shop.proof(number)
        if not report.valid:
            yield f"the proof of POA-{number} is invalid: {report.checks[-1]}"
            continue
        yield from _differs(f"POA-{number} is proved as of", world.recorded, report.as_of)
        mine = {
            one.reference.partition(".")[2]: views.verdict(one, world.recorded)
            for one in world.promises.values()
            if one.plan == number
        }
        theirs = {
            one.reference: (one.outcome, one.days_late, one.due_on, one.first_due_on, one.is_verified)
            for one in report.verdicts
        }
        yield from _differences(f"verdicts on POA-{number}", mine, theirs)
        due = [one for one in world.promises.values() if one.plan == number and one.due_at <= world.recorded]
        kept = [views.verdict(one, world.recorded)[0] for one in due]
        counted = (kept.count("on time"), len(kept) - kept.count("waived"), kept.count("waived"))
        assert report.followthrough
        told = report.followthrough
        yield from _differs(f"follow-through of POA-{number}", counted, (told.on_time, told.due, told.waived))


def _shown(found: list[Any]) -> dict[str, dict[str, Any]]:
    assert found == sorted(found, key=lambda one: (_instant(one["due_at"]), one["id"]))
    return {
        one["reference"]: {
            "state": one["state"],
            "owner": _WHO[one["owner"]["email"]],
            "due_on": date.fromisoformat(one["due_on"]),
            "due_at": _instant(one["due_at"]),
            "original_due_on": date.fromisoformat(one["original_due_on"]),
            "days_overdue": one["days_overdue"],
            "extensions": one["extensions"],
            "extension_pending": one["extension_pending"],
        }
        for one in found
    }


def _summary(shop: Shop, query: dict[str, Any]) -> dict[str, dict[str, int]]:
    found = shop.get("/v1/overdue/summary", **query)
    groups = {_NAMES[one["name"]]: one for one in found["owners"]} | {one["name"]: one for one in found["plans"]}
    counted = {group: {name: one[name] for name in _COUNTS if one[name]} for group, one in groups.items()}
    return counted | {"all": {name: found["all"][name] for name in _COUNTS if found["all"][name]}}


def _month(year: int, month: int) -> tuple[date, date]:
    """Return its first day and its last."""
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _differences(what: str, mine: dict[Any, Any], theirs: dict[Any, Any]) -> Iterator[str]:
    for key in sorted(mine.keys() | theirs.keys(), key=str):
        yield from _differs(f"{what}: {key}", mine.get(key), theirs.get(key))


def _differs(what: str, mine: Any, theirs: Any) -> Iterator[str]:
    if mine != theirs:
        yield f"{what}: the model says {mine}, the server {theirs}"


def _instant(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text else None


def _said(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
