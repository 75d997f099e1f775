"""What can be done, with everything that is drawn: each returns a request and what it does to the model."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.given import CAST
from tests.machine import changes, days, notices, plans, promises
from tests.machine.model import ROLES, World
from tests.machine.shop import Act, Shop

Draw = Callable[[st.SearchStrategy[Any]], Any]
Builder = Callable[..., Any]
ITEMS = ("B0C7XK2M4P", "B0ZZZZ0001")


@dataclass(frozen=True)
class Scene:
    """Who acts, in which world."""

    draw: Draw
    world: World
    shop: Shop
    who: str

    def one(self, *things: Any) -> Any:
        return self.draw(st.sampled_from(things))

    def rarely(self) -> bool:
        return bool(self.draw(st.integers(0, 9)) == 9)

    def day(self, least: int, most: int, zone: str) -> Any:
        return days.local(self.world.now, zone) + timedelta(days=self.draw(st.integers(least, most)))

    def instant(self, least: int, most: int) -> datetime:
        """Return an instant so many hours away."""
        return self.world.now.replace(microsecond=0) + timedelta(hours=self.draw(st.integers(least, most)))

    def colleague(self) -> str:
        return self.one(*ROLES)

    def handle(self, kind: str) -> str:
        made = (*self.world.requests, *self.world.amendments, *self.world.notices)
        return f"{kind}-{len(made) + 1}"

    def act(self, path: str, body: dict[str, Any], does: Any, /, *named: Any, **more: Any) -> Act:
        extra = {name: more.pop(name) for name in ("method", "makes") if name in more}
        name = f"{does.__module__.rpartition('.')[2]}.{does.__name__}"
        return Act(name, self.who, path, body, lambda world: does(world, self.who, *named, **more), **extra)


def start(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/commitments/{one}/start", {}, promises.start, one)


def show(scene: Scene, one: str) -> Act:
    piece = scene.one({"kind": "note", "text": "Seen."}, {"kind": "link", "url": "https://files.example.com/1.pdf"})
    return scene.act(f"/v1/commitments/{one}/evidence", piece, promises.add_evidence, one)


def complete(scene: Scene, one: str) -> Act:
    shown, day = scene.draw(st.booleans()), None
    zone = scene.world.promises[one].zone if one in scene.world.promises else "UTC"
    if scene.draw(st.booleans()):
        day = scene.day(-20, 2, zone)
    body = {"evidence": {"kind": "note", "text": "Done."}} if shown else {}
    body |= {"performed_on": f"{day}"} if day else {}
    return scene.act(f"/v1/commitments/{one}/completion", body, promises.complete, one, performed_on=day, shown=shown)


def verify(scene: Scene, one: str) -> Act:
    verified = scene.draw(st.booleans())
    body = {"outcome": "verified"} if verified else {"outcome": "rejected", "reason": "The order is still open."}
    return scene.act(f"/v1/commitments/{one}/verification", body, promises.judge, one, verified=verified)


def reassign(scene: Scene, one: str) -> Act:
    to = scene.colleague()
    body = {"owner": scene.one(scene.shop.ids[to], CAST[to]["email"])}
    return scene.act(f"/v1/commitments/{one}/reassignment", body, promises.reassign, one, to=to)


def ask_extension(scene: Scene, one: str) -> Act:
    zone = scene.world.promises[one].zone if one in scene.world.promises else "UTC"
    due = scene.one(("due_on", scene.day(-3, 90, zone)), ("due_at", scene.instant(-24, 2000)))
    body = {due[0]: _said(due[1]), "reason": "The carrier collects on the 10th only."}
    handle = scene.handle("extension")
    more = {"handle": handle, "makes": handle, "kind": "extension", "due": due}
    return scene.act(f"/v1/commitments/{one}/extensions", body, changes.ask, one, **more)


def ask_waiver(scene: Scene, one: str) -> Act:
    handle = scene.handle("waiver")
    more = {"handle": handle, "makes": handle, "kind": "waiver"}
    return scene.act(f"/v1/commitments/{one}/waivers", {"reason": "No longer sold."}, changes.ask, one, **more)


def decide_request(scene: Scene, one: str) -> Act:
    granted = scene.one(True, True, False)
    body = {"outcome": "granted" if granted else "refused", "reason": "As asked."}
    return scene.act(f"{_request(scene, one)}/decision", body, changes.decide, one, granted=granted)


def withdraw_request(scene: Scene, one: str) -> Act:
    return scene.act(f"{_request(scene, one)}/withdrawal", scene.one({}, {"reason": "Late."}), changes.withdraw, one)


def amend(scene: Scene, one: int) -> Act:
    plan = scene.world.plans[one]
    handle = scene.handle("amendment")
    added = [clause(scene, plan.zone) for _ in range(scene.one(0, 1, 1, 2))]
    recurring = [each.number for each in scene.world.series.values() if each.plan == one]
    numbers = scene.draw(st.lists(st.sampled_from(recurring), max_size=2, unique=True)) if recurring else []
    if scene.rarely():
        numbers.append(7)
    ends = [(each, _ending(scene, plan.zone), scene.one(None, *days.RULES)) for each in numbers]
    body = {
        "commitments": [_clause_in(scene, each) | {"why": "Asked for."} for each in added],
        "ends": [
            {"number": number, "from_on": f"{day}", "why": "Not needed."} | ({"recurrence": rule.text} if rule else {})
            for number, day, rule in ends
        ],
    }
    more = {"handle": handle, "makes": handle, "added": added, "ends": ends}
    return scene.act(f"/v1/plans/POA-{one}/amendments", body, changes.amend, one, **more)


def decide_amendment(scene: Scene, one: str) -> Act:
    granted = scene.one(True, True, False)
    received = scene.one(None, scene.instant(-200, 40))
    body = {"outcome": "granted" if granted else "refused", "reason": "As asked."}
    body |= {"received_at": _said(received)} if received else {}
    more = {"granted": granted, "received_at": received}
    return scene.act(f"/v1/amendments/{scene.shop.ids[one]}/decision", body, changes.decide_amendment, one, **more)


def withdraw_amendment(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/amendments/{scene.shop.ids[one]}/withdrawal", {}, changes.withdraw_amendment, one)


def draft(scene: Scene) -> Act:
    given, body = _written(scene)
    return scene.act("/v1/plans", body, plans.draft, **given)


def record(scene: Scene) -> Act:
    given, body = _written(scene)
    received = scene.instant(-300, 0) if not scene.rarely() else scene.instant(20, 40)
    approval = {"authority": "Amazon", "received_at": _said(received)}
    return scene.act("/v1/plans", body | {"approval": approval}, plans.record, received_at=received, **given)


def redraft(scene: Scene, one: int) -> Act:
    zone = scene.world.plans[one].zone
    clauses, named = _clauses(scene, zone), _named(scene)
    body = {"commitments": [_clause_in(scene, each) for each in clauses], "notices": _ids(scene, named)}
    more = {"clauses": clauses, "named": named, "method": "PATCH"}
    return scene.act(f"/v1/plans/POA-{one}", body, plans.redraft, one, **more)


def sign_off(scene: Scene, one: int) -> Act:
    return scene.act(f"/v1/plans/POA-{one}/sign-off", {}, plans.sign_off, one)


def submit(scene: Scene, one: int) -> Act:
    text = scene.one(None, "Here is what you asked for.")
    body = {"text": text} if text else {}
    return scene.act(f"/v1/plans/POA-{one}/submissions", body, plans.submit, one, text=text)


def decide(scene: Scene, one: int) -> Act:
    outcome = scene.one("approved", "approved", "denied", "more_info_requested")
    received = scene.instant(-200, 0) if not scene.rarely() else scene.instant(20, 40)
    body = {"outcome": outcome, "authority": "Amazon", "received_at": _said(received)}
    return scene.act(f"/v1/plans/POA-{one}/decision", body, plans.decide, one, outcome=outcome, received_at=received)


def withdraw(scene: Scene, one: int) -> Act:
    return scene.act(f"/v1/plans/POA-{one}/withdrawal", {"reason": "Given up."}, plans.withdraw, one)


def check(scene: Scene, one: int) -> Act:
    outcome = scene.one("effective", "effective", "ineffective", "inconclusive")
    seen = scene.one(None, 1, plans.recurrences(scene.world, one))
    body = {"outcome": outcome, "reason": "As seen."} | ({} if seen is None else {"recurrences_seen": seen})
    return scene.act(f"/v1/plans/POA-{one}/effectiveness", body, plans.check, one, outcome=outcome, seen=seen)


def notice(scene: Scene) -> Act:
    handle, received = scene.handle("notice"), scene.instant(-72, 30)
    item, category = scene.one(*ITEMS), scene.one("authenticity", "safety")
    respond_by = scene.one(None, received + timedelta(hours=scene.one(-1, 1, 72)))
    body = {
        "source": "amazon",
        "category": category,
        "title": "Complaints",
        "text": "Send a plan of action.",
        "received_at": _said(received),
        "respond_by": respond_by and _said(respond_by),
        "items": [{"type": "asin", "ref": item}],
    }
    more = {"handle": handle, "makes": handle, "item": item, "category": category}
    return scene.act("/v1/notices", body, notices.record, received_at=received, respond_by=respond_by, **more)


def acknowledge(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/notices/{scene.shop.ids[one]}/acknowledgement", {}, notices.acknowledge, one)


def dismiss(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/notices/{scene.shop.ids[one]}/dismissal", {"reason": "Spam."}, notices.dismiss, one)


def close(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/notices/{scene.shop.ids[one]}/closure", {}, notices.close, one)


def respond(scene: Scene, one: str) -> Act:
    path = f"/v1/notices/{scene.shop.ids[one]}/response"
    if not scene.world.plans or scene.draw(st.booleans()):
        return scene.act(path, {"note": "Refunded."}, notices.respond, one)
    plan = scene.one(*scene.world.plans)
    return scene.act(path, {"plan": f"POA-{plan}"}, notices.respond_by_plan, one, plan=plan)


def put_off(scene: Scene, one: str) -> Act:
    at = scene.instant(-100, 100)
    more = {"respond_by": at, "method": "PATCH"}
    return scene.act(f"/v1/notices/{scene.shop.ids[one]}", {"respond_by": _said(at)}, notices.put_off, one, **more)


def leave(scene: Scene) -> Act:
    leaver, heir, stays = scene.colleague(), scene.one(None, *ROLES), scene.rarely()
    body: dict[str, Any] = {"hand_over_to": CAST[heir]["email"]} if heir else {}
    body |= {} if stays else {"active": False}
    more = {"heir": heir, "stays": stays, "method": "PATCH"}
    return scene.act(f"/v1/members/{scene.shop.ids[leaver]}", body, promises.leave, leaver, **more)


def come_back(scene: Scene, one: str) -> Act:
    more = {"method": "PATCH"}
    return scene.act(f"/v1/members/{scene.shop.ids[one]}", {"active": True}, promises.come_back, one, **more)


def set_rules(scene: Scene) -> Act:
    rules = {"four_eyes": scene.draw(st.booleans()), "evidence_required": scene.draw(st.booleans())}
    return scene.act("/v1/workspace", rules, World.set_rules, method="PATCH", **rules)


def clause(scene: Scene, zone: str) -> dict[str, Any]:
    """Return a clause: sometimes with nobody to keep it, or without a due."""
    owner = None if scene.rarely() else scene.colleague()
    if not scene.rarely() and owner and not scene.world.active[owner]:
        owner = next((one for one in ROLES if scene.world.active[one]), owner)
    due = scene.one(
        ("due_on", scene.day(-10, 40, zone)),
        ("due_on", scene.day(-1, 9, zone)),
        ("due_at", scene.instant(-48, 500)),
        ("days", scene.one(1, 14, 45)),
        ("hours", scene.one(1, 72)),
    )
    rule = scene.one(None, None, None, *days.RULES)
    return {"kind": "corrective", "owner": owner, "due": None if scene.rarely() else due, "rule": rule}


def _ending(scene: Scene, zone: str) -> Any:
    return scene.day(300, 600, zone) if scene.rarely() else scene.day(-1, 60, zone)


def _clauses(scene: Scene, zone: str) -> list[dict[str, Any]]:
    return [clause(scene, zone) for _ in range(scene.one(1, 1, 2, 3))]


def _written(scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    zone = scene.one(*days.ZONES)
    clauses, named = _clauses(scene, zone), _named(scene)
    items = scene.one((), ITEMS[:1], ITEMS)
    body = {
        "title": "Late shipments",
        "timezone": zone,
        "items": [{"type": "asin", "ref": one} for one in items],
        "commitments": [_clause_in(scene, one) for one in clauses],
        "notices": _ids(scene, named),
    }
    return {"zone": zone, "clauses": clauses, "named": named, "items": items}, body


def _named(scene: Scene) -> list[str]:
    if not scene.world.notices:
        return []
    found: list[str] = scene.draw(st.lists(st.sampled_from(list(scene.world.notices)), max_size=2, unique=True))
    return found


def _clause_in(scene: Scene, one: dict[str, Any]) -> dict[str, Any]:
    body = {"kind": one["kind"], "text": "Remove the units."}
    if one["owner"]:
        body["owner"] = CAST[one["owner"]]["email"]
    if one["rule"]:
        body["recurrence"] = one["rule"].text
    if one["due"]:
        shape, value = one["due"]
        after = {"days": f"P{value}D", "hours": f"PT{value}H"}
        body["due_after_approval" if shape in after else shape] = after.get(shape) or _said(value)
    return body


def _request(scene: Scene, one: str) -> str:
    return f"/v1/{scene.world.requests[one].kind}s/{scene.shop.ids[one]}"


def _ids(scene: Scene, handles: list[str]) -> list[str]:
    return [scene.shop.ids[one] for one in handles]


def _said(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else f"{value}"
