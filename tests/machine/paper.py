"""What can be done on paper, with everything that is drawn: plans, their amendments, the notices that they answer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.given import CAST
from tests.machine import changes, days, notices, plans
from tests.machine.acts import Scene, said
from tests.machine.model import ROLES
from tests.machine.shop import Act

ITEMS = ("B0C7XK2M4P", "B0ZZZZ0001")


def draft(scene: Scene) -> Act:
    given, body = _written(scene)
    return scene.act("/v1/plans", body, plans.draft, **given)


def first(scene: Scene) -> Act:
    """Return what every run begins with: an approved plan of two commitments, of which one may recur."""
    rule, due = scene.one(None, *days.RULES), scene.instant(24, 400)
    clauses = [_kept(scene, due, None), _kept(scene, due, rule)]
    given, body = _written(scene)
    given |= {"clauses": clauses, "named": []}
    body |= {"commitments": [_clause_in(one) for one in clauses], "notices": []}
    body["approval"] = {"authority": "Amazon", "received_at": said(scene.world.now)}
    given["received_at"] = scene.world.now
    return replace(scene, who="bo").act("/v1/plans", body, plans.record, **given)


def record(scene: Scene) -> Act:
    given, body = _written(scene)
    received = scene.instant(-300, 0) if not scene.rarely() else scene.instant(20, 40)
    approval = {"authority": "Amazon", "received_at": said(received)}
    return scene.act("/v1/plans", body | {"approval": approval}, plans.record, received_at=received, **given)


def redraft(scene: Scene, one: int) -> Act:
    zone = scene.world.plans[one].zone
    clauses, named = _clauses(scene, zone), _named(scene)
    body = {"commitments": [_clause_in(each) for each in clauses], "notices": _ids(scene, named)}
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
    body = {"outcome": outcome, "authority": "Amazon", "received_at": said(received)}
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
        "received_at": said(received),
        "respond_by": respond_by and said(respond_by),
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
    if not scene.world.plans or scene.perhaps():
        return scene.act(path, {"note": "Refunded."}, notices.respond, one)
    plan = scene.one(*scene.world.plans)
    return scene.act(path, {"plan": f"POA-{plan}"}, notices.respond_by_plan, one, plan=plan)


def put_off(scene: Scene, one: str) -> Act:
    at = scene.instant(-100, 100)
    more = {"respond_by": at, "method": "PATCH"}
    return scene.act(f"/v1/notices/{scene.shop.ids[one]}", {"respond_by": said(at)}, notices.put_off, one, **more)


def erase(scene: Scene, one: int) -> Act:
    return scene.act("/v1/erasures", {"subject": scene.shop.get(f"/v1/plans/POA-{one}")["id"]}, plans.erase, one)


def amend(scene: Scene, one: int) -> Act:
    plan = scene.world.plans[one]
    handle = scene.handle("amendment")
    added = [clause(scene, plan.zone) for _ in range(scene.one(0, 1, 1, 2))]
    recurring = [each.number for each in scene.world.series.values() if each.plan == one]
    numbers = scene.some(recurring)
    if scene.rarely():
        numbers.append(7)
    ends = [(each, _ending(scene, f"POA-{one}.{each}", plan.zone), scene.one(None, *days.RULES)) for each in numbers]
    body = {
        "commitments": [_clause_in(each) | {"why": "Asked for."} for each in added],
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
    body |= {"received_at": said(received)} if received else {}
    more = {"granted": granted, "received_at": received}
    return scene.act(f"/v1/amendments/{scene.shop.ids[one]}/decision", body, changes.decide_amendment, one, **more)


def withdraw_amendment(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/amendments/{scene.shop.ids[one]}/withdrawal", {}, changes.withdraw_amendment, one)


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
    if rule and due[0] == "due_on" and scene.rarely():
        named = rule.days(due[1], before=due[1] + timedelta(days=90))
        rule = replace(rule, excepted=frozenset(scene.some(named[:4])))
    return {"kind": "corrective", "owner": owner, "due": None if scene.rarely() else due, "rule": rule}


def _ending(scene: Scene, series: str, zone: str) -> Any:
    """Return a day to end it: often between the day of a time that was moved and the day it was moved to."""
    times = [one for one in scene.world.promises.values() if one.series == series and one.is_open]
    moved = [one.first_on + timedelta(days=1) for one in times if one.due_on > one.first_on]
    if moved and scene.perhaps():
        return max(scene.day(0, 0, zone), scene.one(*moved))
    return scene.day(300, 600, zone) if scene.rarely() else scene.day(-1, 60, zone)


def _kept(scene: Scene, due: Any, rule: Any) -> dict[str, Any]:
    return {"kind": "corrective", "owner": scene.colleague(), "due": ("due_at", due), "rule": rule}


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
        "commitments": [_clause_in(one) for one in clauses],
        "notices": _ids(scene, named),
    }
    return {"zone": zone, "clauses": clauses, "named": named, "items": items}, body


def _named(scene: Scene) -> list[str]:
    return scene.some(list(scene.world.notices))


def _clause_in(one: dict[str, Any]) -> dict[str, Any]:
    body = {"kind": one["kind"], "text": "Remove the units."}
    if one["owner"]:
        body["owner"] = CAST[one["owner"]]["email"]
    if one["rule"]:
        body["recurrence"] = one["rule"].text
        body["except_on"] = sorted(f"{day}" for day in one["rule"].excepted)
    if one["due"]:
        shape, value = one["due"]
        after = {"days": f"P{value}D", "hours": f"PT{value}H"}
        body["due_after_approval" if shape in after else shape] = after.get(shape) or said(value)
    return body


def _ids(scene: Scene, handles: list[str]) -> list[str]:
    return [scene.shop.ids[one] for one in handles]
