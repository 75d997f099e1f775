"""What can be done, with everything that is drawn: each returns a request and what it does to the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.given import CAST
from tests.machine import changes, days, evidence, promises
from tests.machine.model import ROLES, Piece, World
from tests.machine.shop import Act, Shop

Builder = Callable[..., Any]


@dataclass(frozen=True)
class Scene:
    """Who acts, in which world, and what is left to chance."""

    chance: Random
    world: World
    shop: Shop
    who: str

    def one(self, *things: Any) -> Any:
        return self.chance.choice(things)

    def some(self, things: Sequence[Any]) -> list[Any]:
        """Return up to two of them."""
        return self.chance.sample(things, min(len(things), self.one(0, 1, 2)))

    def perhaps(self) -> bool:
        return self.one(True, False)

    def rarely(self) -> bool:
        return self.chance.random() < 0.1

    def day(self, least: int, most: int, zone: str) -> Any:
        return days.local(self.world.now, zone) + timedelta(days=self.chance.randint(least, most))

    def instant(self, least: int, most: int) -> datetime:
        """Return an instant so many hours away."""
        return self.world.now.replace(microsecond=0) + timedelta(hours=self.chance.randint(least, most))

    def colleague(self) -> str:
        return self.one(*ROLES)

    def handle(self, kind: str) -> str:
        return f"{kind}-{next(self.shop.numbers)}"

    def act(self, path: str, body: dict[str, Any], does: Any, /, *named: Any, **more: Any) -> Act:
        extra = {name: more.pop(name) for name in ("method", "makes") if name in more}
        name = f"{does.__module__.rpartition('.')[2]}.{does.__name__}"
        return Act(name, self.who, path, body, lambda world: does(world, self.who, *named, **more), **extra)


def start(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/commitments/{one}/start", {}, promises.start, one)


def pause(scene: Scene, one: str) -> Act:
    return scene.act(f"/v1/commitments/{one}/pause", {}, promises.pause, one)


def show(scene: Scene, one: str) -> Act:
    """Add evidence, or put another piece in the place of one that was added."""
    if scene.perhaps() and (
        known := _shown(scene, scene.world.promises[one].pieces if one in scene.world.promises else ())
    ):
        return supersede(scene, f"/v1/commitments/{one}", known)
    handle = scene.handle("piece")
    return scene.act(f"/v1/commitments/{one}/evidence", piece(scene), evidence.add, one, handle=handle, makes=handle)


def attach(scene: Scene, one: int) -> Act:
    """The same with a plan."""
    if scene.perhaps() and (known := _shown(scene, scene.world.plans[one].pieces)):
        return supersede(scene, f"/v1/plans/POA-{one}", known)
    handle = scene.handle("piece")
    return scene.act(f"/v1/plans/POA-{one}/evidence", piece(scene), evidence.add, one, handle=handle, makes=handle)


def supersede(scene: Scene, of: str, known: list[str]) -> Act:
    wrong, handle = scene.one(*known), scene.handle("piece")
    body = {"reason": "Another's.", "evidence": piece(scene)}
    path = f"{of}/evidence/{scene.shop.ids[wrong]}/supersession"
    return scene.act(path, body, evidence.supersede, wrong, handle=handle, makes=handle)


def piece(scene: Scene) -> dict[str, Any]:
    """Return a note, a link, or a file that is uploaded now."""
    return scene.one(
        {"kind": "note", "text": "Seen."},
        {"kind": "link", "url": "https://files.example.com/1.pdf"},
        {"kind": "file", "name": "seen.txt", "sha256": scene.shop.upload(scene.one("Seen.", "Seen again."))},
    )


def _shown(scene: Scene, pieces: Sequence[Piece]) -> list[str]:
    return [handle for handle, one in scene.world.pieces.items() if any(one is each for each in pieces)]


def complete(scene: Scene, one: str) -> Act:
    shown, day = scene.one(True, True, False), None
    zone = scene.world.promises[one].zone if one in scene.world.promises else "UTC"
    if scene.perhaps():
        day = scene.day(-20, 2 if scene.rarely() else 1, zone)
    body = {"evidence": {"kind": "note", "text": "Done."}} if shown else {}
    body |= {"performed_on": f"{day}"} if day else {}
    return scene.act(f"/v1/commitments/{one}/completion", body, promises.complete, one, performed_on=day, shown=shown)


def verify(scene: Scene, one: str) -> Act:
    verified, heir = scene.perhaps(), None if scene.perhaps() else scene.colleague()
    body = {"outcome": "verified"} if verified else {"outcome": "rejected", "reason": "The order is still open."}
    heir = None if verified else heir
    body |= {"owner": CAST[heir]["email"]} if heir else {}
    more = {"verified": verified, "heir": heir}
    return scene.act(f"/v1/commitments/{one}/verification", body, promises.judge, one, **more)


def reassign(scene: Scene, one: str) -> Act:
    to = scene.colleague()
    body = {"owner": scene.one(scene.shop.ids[to], CAST[to]["email"])}
    return scene.act(f"/v1/commitments/{one}/reassignment", body, promises.reassign, one, to=to)


def ask_extension(scene: Scene, one: str) -> Act:
    zone = scene.world.promises[one].zone if one in scene.world.promises else "UTC"
    due = scene.one(
        ("due_on", scene.day(-3, 90, zone)), ("due_at", scene.instant(-24, 2000)), ("due_on", scene.day(40, 90, zone))
    )
    body = {due[0]: said(due[1]), "reason": "The carrier collects on the 10th only."}
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


def leave(scene: Scene) -> Act:
    leaver, heir, stays = scene.colleague(), scene.one(None, *ROLES), scene.perhaps()
    body: dict[str, Any] = {"hand_over_to": CAST[heir]["email"]} if heir else {}
    body |= {} if stays else {"active": False}
    more = {"heir": heir, "stays": stays, "method": "PATCH"}
    return scene.act(f"/v1/members/{scene.shop.ids[leaver]}", body, promises.leave, leaver, **more)


def come_back(scene: Scene, one: str) -> Act:
    more = {"method": "PATCH"}
    return scene.act(f"/v1/members/{scene.shop.ids[one]}", {"active": True}, promises.come_back, one, **more)


def set_rules(scene: Scene) -> Act:
    rules = {"four_eyes": scene.perhaps(), "evidence_required": scene.perhaps()}
    return scene.act("/v1/workspace", rules, World.set_rules, method="PATCH", **rules)


def _request(scene: Scene, one: str) -> str:
    return f"/v1/{scene.world.requests[one].kind}s/{scene.shop.ids[one]}"


def said(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else f"{value}"
