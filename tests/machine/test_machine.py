"""Everything that can be done to plans and commitments, in any order, by several at once, held against a plain model.

FOLLOWTHROUGH_MACHINE_RUNS=2000 makes it long (scripts/machine.sh).
"""

import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.ledger import signer
from app.ledger.signer import Keyring
from tests.client import Client
from tests.machine import acts, comparing, paper, promises
from tests.machine.acts import Scene
from tests.machine.model import ROLES, ROOT, World
from tests.machine.shop import Act, Shop

RUNS = int(os.environ.get("FOLLOWTHROUGH_MACHINE_RUNS", "8"))
STEPS = 50 if RUNS > 8 else 25
SHARDS = 2 if RUNS > 8 else 1
"""Of a long run, one for each of two cores."""
EVERY = 10
"""After so many steps, all of it is looked at."""

WHO = st.sampled_from((*ROLES, ROOT, "bo", "chidi"))
SEED = st.integers(0, 2**32 - 1)
ON_COMMITMENT = (
    *(acts.start, acts.show, acts.complete, acts.complete, acts.verify, acts.verify),
    *(acts.reassign, acts.ask_extension, acts.ask_waiver),
)
ON_PLAN = (paper.redraft, paper.sign_off, paper.submit, paper.decide, paper.withdraw, paper.check, paper.amend)
ON_NOTICE = (paper.acknowledge, paper.dismiss, paper.close, paper.respond, paper.put_off)
PASSING = [timedelta(seconds=1), timedelta(hours=5), *(timedelta(days=n) for n in (1, 1, 6, 30, 90))]


class Machine(RuleBasedStateMachine):
    """One workspace, from its beginning."""

    app: FastAPI
    running: Client
    ring: Keyring

    @initialize()
    def open(self) -> None:
        self.shop = Shop.opened(self.app, self.running, self.ring)
        self.world = World(self.shop.clock.now, self.shop.clock.now)
        self.steps = 0
        self.seen: dict[str, int] = {}
        self.instants = [self.world.now]

    # All that depends on the world is left to chance, not to Hypothesis: of two who act at once either may win, and
    # Hypothesis takes it for a fault if what it draws next depends on that.
    @rule(who=WHO, seed=SEED, make=st.sampled_from((paper.draft, paper.record, paper.record, paper.notice)))
    def write_down(self, who: str, seed: int, make: acts.Builder) -> None:
        self.do(make(self.scene(who, Random(seed))))

    @rule(who=WHO, seed=SEED, build=st.sampled_from(ON_COMMITMENT))
    def work(self, who: str, seed: int, build: acts.Builder) -> None:
        scene = self.scene(who, Random(seed))
        self.do(build(scene, self.a_commitment(scene)))

    @rule(who=WHO, seed=SEED, build=st.sampled_from(ON_PLAN))
    def plan(self, who: str, seed: int, build: acts.Builder) -> None:
        scene = self.scene(who, Random(seed))
        self.do(build(scene, scene.one(*self.world.plans)) if self.world.plans else paper.draft(scene))

    @rule(who=WHO, seed=SEED, build=st.sampled_from(ON_NOTICE))
    def notice(self, who: str, seed: int, build: acts.Builder) -> None:
        scene = self.scene(who, Random(seed))
        self.do(build(scene, scene.one(*self.world.notices)) if self.world.notices else paper.notice(scene))

    @rule(who=WHO, seed=SEED)
    def decide(self, who: str, seed: int) -> None:
        self.do(self.a_decision(self.scene(who, Random(seed))))

    @rule(who=st.sampled_from(("ada", ROOT, "bo")), seed=SEED, build=st.sampled_from((acts.leave, acts.set_rules)))
    def administer(self, who: str, seed: int, build: acts.Builder) -> None:
        self.do(build(self.scene(who, Random(seed))))

    @rule(who=st.sampled_from(tuple(ROLES)))
    def come_back(self, who: str) -> None:
        self.do(acts.come_back(self.scene(ROOT, Random(0)), who))

    @rule(who=st.tuples(WHO, WHO), seed=SEED, about=st.sampled_from(("commitment", "plan", "decision", "leaving")))
    def at_once(self, who: tuple[str, str], seed: int, about: str) -> None:
        """Two do something to the same thing at the same instant."""
        first, second = (self.scene(one, Random(seed + n)) for n, one in enumerate(who))
        if about == "plan" and self.world.plans:
            one = first.one(*self.world.plans)
            self.race(first.one(*ON_PLAN)(first, one), second.one(*ON_PLAN)(second, one))
        elif about == "decision":
            chance = first.chance.random()
            self.race(*(self.a_decision(self.scene(one, Random(chance))) for one in who))
        else:
            one = self.a_commitment(first)
            leaving = acts.leave(self.scene(ROOT, first.chance)) if about == "leaving" else None
            self.race(leaving or first.one(*ON_COMMITMENT)(first, one), second.one(*ON_COMMITMENT)(second, one))

    @rule(passing=st.sampled_from(PASSING))
    def time_passes(self, passing: timedelta) -> None:
        self.world.now += passing
        self.look()

    @rule(which=st.integers(0, 3), off=st.sampled_from((-1, 0, 1)))
    def a_due_comes(self, which: int, off: int) -> None:
        """The clock goes to a due, or to a moment before or after it."""
        dues = sorted({one.due_at for one in self.world.promises.values() if one.is_open})[: which + 1]
        self.world.now = max([self.world.now, *(one + timedelta(microseconds=off) for one in dues)])
        self.look()

    @rule(seconds=st.sampled_from((0.001, 1, 90)))
    def the_clock_is_put_back(self, seconds: float) -> None:
        self.world.now -= timedelta(seconds=seconds)
        self.look()

    @rule()
    def the_worker_works(self) -> None:
        self.shop.clock.set(self.world.now)
        self.shop.work(self.world.now)
        promises.extend(self.world)
        promises.announce(self.world)
        self.look()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.look_at_everything()

    def scene(self, who: str, chance: Random) -> Scene:
        return Scene(chance, self.world, self.shop, who)

    def a_commitment(self, scene: Scene) -> str:
        """Return one of the first times of some commitment: mostly one that something was done to."""
        near = sorted(self.world.promises, key=lambda one: (self.world.promises[one].occurrence or 0, one))[:12]
        touched = [one.reference for one in self.world.promises.values() if len(one.spans) > 1][:12]
        return str(scene.one(*near, *touched, *touched, "POA-9.9"))

    def a_decision(self, scene: Scene) -> Act:
        """Return a decision on what is asked for: mostly on what is undecided."""
        asked = self.world.requests | self.world.amendments
        undecided = [handle for handle, one in asked.items() if one.state == "requested"]
        if not asked:
            return acts.ask_extension(scene, self.a_commitment(scene))
        one = scene.one(*asked, *undecided, *undecided)
        if one in self.world.requests:
            return scene.one(acts.decide_request, acts.decide_request, acts.withdraw_request)(scene, one)
        return scene.one(paper.decide_amendment, paper.decide_amendment, paper.withdraw_amendment)(scene, one)

    def do(self, act: Act) -> None:
        self.shop.clock.set(self.world.now)
        refusals = act.to(self.world)
        answer = self.shop.send(act)
        note(f"{act}: {answer.status_code}")
        event(f"{act.name} {'' if answer.is_success else answer.json()['type']}")
        assert _agrees(answer, refusals), f"{act}: the model says {refusals or 'done'}, the server {answer.text}"
        self.look()

    def race(self, first: Act, second: Act) -> None:
        self.shop.clock.set(self.world.now)
        outcomes = []
        for acts_ in ((first, second), (second, first)):
            world = deepcopy(self.world)
            refusals = {id(act): act.to(world) for act in acts_}
            outcomes.append((world, [refusals[id(first)], refusals[id(second)]]))
        answers = self.shop.send_both(first, second)
        fits = [
            world
            for world, refusals in outcomes
            if all(_agrees(answer, may) for answer, may in zip(answers, refusals, strict=True))
        ]
        said = [one.text[:300] for one in answers]
        note(f"at once {first}, {second}: {[one.status_code for one in answers]}")
        assert fits, f"in no order: {first}, {second}: {[may for _, may in outcomes]}, but {said}"
        found = [list(self.differences(world)) for world in fits]
        assert not all(found), found
        self.world = fits[found.index([])]
        self.look()

    def differences(self, world: World) -> Iterator[str]:
        """Yield what tells one order from another: how all of it stands, and how what was changed has stood."""
        yield from comparing.lists(world, self.shop)
        yield from comparing.details(world, self.shop, self.changed(world)[:40])

    def changed(self, world: World) -> list[str]:
        return [name for name, one in world.promises.items() if self.seen.get(name, 1) != len(one.spans)]

    def look(self) -> None:
        """Compare what can be asked after every step."""
        self.steps += 1
        self.shop.clock.set(self.world.now)
        self.instants += [self.world.recorded] * (self.instants[-1] != self.world.recorded)
        _check(comparing.lists(self.world, self.shop))
        past = self.instants[self.steps * 7 % len(self.instants)] - timedelta(microseconds=self.steps % 3)
        future = self.world.now + timedelta(days=(1, 7, 40, 500)[self.steps % 4])
        _check(comparing.lists(self.world, self.shop, past if self.steps % 2 else future))
        _check(comparing.report(self.world, self.shop, (None, past, future)[self.steps % 3]))
        changed = self.changed(self.world)[:5]
        _check(comparing.details(self.world, self.shop, changed))
        self.seen |= {name: len(self.world.promises[name].spans) for name in changed}
        if self.steps % EVERY == 0:
            self.look_at_everything()

    def look_at_everything(self) -> None:
        self.shop.clock.set(self.world.now)
        touched = [one.reference for one in self.world.promises.values() if len(one.spans) > 1 or one.evidence]
        _check(comparing.details(self.world, self.shop, touched[-20:]))
        _check(comparing.cases(self.world, self.shop))
        _check(comparing.effects(self.world, self.shop))
        _check(comparing.proofs(self.world, self.shop))
        assert self.shop.faults() == []


def _agrees(answer: object, refusals: set[tuple[int, str]]) -> bool:
    if not refusals:
        return bool(answer.is_success)
    return not answer.is_success and (answer.status_code, answer.json()["type"]) in refusals


def _check(differences: Iterator[str]) -> None:
    found = list(islice(differences, 5))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_whatever_is_done_the_server_agrees_with_the_model(
    app: FastAPI, running: Client, tmp_path_factory: pytest.TempPathFactory, shard: int
) -> None:
    assert shard < SHARDS
    Machine.app, Machine.running = app, running
    Machine.ring = signer.opened(Path(tmp_path_factory.mktemp("ring")) / "signer", "log.example")

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=RUNS // SHARDS,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
