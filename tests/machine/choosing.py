"""Who does what next: mostly what the thing allows, by somebody who may; often enough anything by anybody."""

from dataclasses import replace
from random import Random

from tests.machine import acts, paper, plans
from tests.machine.acts import Builder, Scene
from tests.machine.model import ROLES, ROOT, SCOPES, World
from tests.machine.shop import Act, Shop

_OPEN = (
    *(acts.complete, acts.complete, acts.complete, acts.ask_extension, acts.ask_extension, acts.ask_waiver),
    *(acts.reassign, acts.show),
)
_WORK: dict[str, tuple[Builder, ...]] = {
    "open": (acts.start, *_OPEN),
    "in_progress": (acts.pause, *_OPEN),
    "done": (acts.verify, acts.verify, acts.verify, acts.show),
}
_ANY_WORK = (acts.start, acts.pause, acts.verify, *set(_OPEN))
_PLAN: dict[str, tuple[Builder, ...]] = {
    "draft": (acts.attach, *(paper.sign_off, paper.submit) * 3, paper.redraft, paper.withdraw),
    "submitted": (paper.decide,),
    "more_info_requested": (paper.submit, paper.submit, paper.decide),
    "denied": (paper.redraft, paper.redraft, paper.withdraw),
    "approved": (acts.attach, paper.amend, paper.amend, paper.amend, paper.check, paper.check),
}
_ANY_PLAN = tuple({build for some in _PLAN.values() for build in some})
_NOTICE = (paper.acknowledge, paper.dismiss, paper.close, paper.respond, paper.respond, paper.put_off)
_NEEDS = dict.fromkeys((acts.verify, acts.decide_request, paper.record, paper.sign_off, paper.decide), "approve")
_NEEDS |= dict.fromkeys((paper.check, paper.decide_amendment), "approve")
_NEEDS |= dict.fromkeys((acts.leave, acts.set_rules, acts.come_back, paper.erase), "admin")


def scene(world: World, shop: Shop, chance: Random) -> Scene:
    return Scene(chance, world, shop, chance.choice((*ROLES, ROOT)))


def writing(scene: Scene) -> Act:
    """Write down a plan, or a notice."""
    build = scene.one(paper.draft, paper.draft, paper.record, paper.record, paper.notice)
    return build(_by(scene, build))


def working(scene: Scene, one: str) -> Act:
    """Do something about a commitment."""
    promise = scene.world.promises.get(one)
    build = _chosen(scene, _WORK.get(promise.state, _ANY_WORK) if promise else _ANY_WORK, _ANY_WORK)
    return build(_by(scene, build), one)


def planning(scene: Scene) -> Act:
    """Do something about a plan."""
    known = scene.world.plans
    undecided = [number for number, one in known.items() if one.state not in ("approved", "withdrawn")]
    return about_plan(scene, scene.one(*(undecided if undecided and scene.perhaps() else known)))


def about_plan(scene: Scene, one: int) -> Act:
    likely = _PLAN.get(scene.world.plans[one].state, _ANY_PLAN)
    build = _chosen(scene, (paper.check,) if plans.carried_out(scene.world, one) else likely, _ANY_PLAN)
    return build(_by(scene, build), one)


def noticing(scene: Scene) -> Act:
    """Do something about a notice."""
    build = scene.one(*_NOTICE) if scene.world.notices else paper.notice
    return build(_by(scene, build), *([scene.one(*scene.world.notices)] if scene.world.notices else []))


def deciding(scene: Scene) -> Act:
    """Decide or withdraw what is asked for: mostly what is undecided."""
    asked = scene.world.requests | scene.world.amendments
    undecided = [handle for handle, one in asked.items() if one.state == "requested"]
    if not asked:
        return working(scene, commitment(scene))
    one = scene.one(*asked) if scene.rarely() or not undecided else scene.one(*undecided)
    decide = acts.decide_request if one in scene.world.requests else paper.decide_amendment
    if scene.chance.random() < 0.75:
        return decide(_by(scene, decide), one)
    withdraw = acts.withdraw_request if one in scene.world.requests else paper.withdraw_amendment
    return withdraw(replace(scene, who=scene.one(asked[one].by, scene.who)), one)


def administering(scene: Scene) -> Act:
    """Somebody leaves, or comes back; rules are switched."""
    away = [one for one, here in scene.world.active.items() if not here]
    if away and scene.chance.random() < 0.7:
        return acts.come_back(_by(scene, acts.come_back), scene.one(*away))
    known = [number for number, one in scene.world.plans.items() if one.state in ("approved", "withdrawn")]
    known = [number for number in known if not scene.world.plans[number].is_erased]
    if known and scene.rarely():
        return paper.erase(_by(scene, paper.erase), scene.one(*known))
    build = scene.one(acts.leave, acts.set_rules)
    return build(_by(scene, build))


def commitment(scene: Scene) -> str:
    """Return one of the first times of some commitment: mostly one that something was done to; or none that is."""
    world = scene.world
    near = sorted(world.promises, key=lambda one: (world.promises[one].occurrence or 0, one))[:12]
    touched = [one.reference for one in world.promises.values() if len(one.spans) > 1][:12]
    return "POA-9.9" if scene.rarely() and scene.rarely() else str(scene.one(*near, *touched, *touched))


def _chosen(scene: Scene, likely: tuple[Builder, ...], all_: tuple[Builder, ...]) -> Builder:
    build: Builder = scene.one(*(likely if scene.chance.random() < 0.8 else all_))
    return build


def _by(scene: Scene, build: Builder) -> Scene:
    """Mostly by somebody who may."""
    needed = _NEEDS.get(build, "write")
    may = [who for who, role in ROLES.items() if scene.world.active[who] and needed in SCOPES[role]]
    return scene if scene.rarely() else replace(scene, who=scene.one(*may, *may, ROOT))
