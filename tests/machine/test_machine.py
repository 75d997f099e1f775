"""Everything that can be done to plans and commitments, in any order, by several at once, held against a plain model.

FOLLOWTHROUGH_MACHINE_RUNS=2000 makes it long (scripts/machine.sh).
"""

import os
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
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
from tests.machine import acts, choosing, comparing, paper, promises
from tests.machine.acts import Scene
from tests.machine.model import World
from tests.machine.shop import Act, Shop

RUNS = int(os.environ.get("FOLLOWTHROUGH_MACHINE_RUNS", "8"))
STEPS = 50 if RUNS > 8 else 25
SHARDS = 2 if RUNS > 8 else 1
"""Of a long run, one for each of two cores."""
EVERY = 10
"""After so many steps, all of it is looked at."""

SEED = st.integers(0, 2**32 - 1)
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
        self.do(paper.first(self.scene(0)))

    # All that depends on the world is left to chance, not to Hypothesis: of two who act at once either may win, and
    # Hypothesis takes it for a fault if what it draws next depends on that.
    @rule(seed=SEED)
    def somebody_writes(self, seed: int) -> None:
        self.do(choosing.writing(self.scene(seed)))

    @rule(seed=SEED)
    def somebody_works(self, seed: int) -> None:
        scene = self.scene(seed)
        self.do(choosing.working(scene, choosing.commitment(scene)))

    @rule(seed=SEED)
    def somebody_plans(self, seed: int) -> None:
        self.do(choosing.planning(self.scene(seed)))

    @rule(seed=SEED)
    def somebody_answers(self, seed: int) -> None:
        self.do(choosing.noticing(self.scene(seed)))

    @rule(seed=SEED)
    def somebody_decides(self, seed: int) -> None:
        self.do(choosing.deciding(self.scene(seed)))

    @rule(seed=SEED)
    def somebody_administers(self, seed: int) -> None:
        self.do(choosing.administering(self.scene(seed)))

    @rule(seed=SEED, about=st.sampled_from(("commitment", "plan", "decision", "leaving")))
    def two_act_at_once(self, seed: int, about: str) -> None:
        """Two do something to the same thing at the same instant."""
        first, second = self.scene(seed), self.scene(seed + 1)
        if about == "plan":
            one = first.one(*self.world.plans)
            self.race(choosing.about_plan(first, one), choosing.about_plan(second, one))
        elif about == "decision":
            self.race(choosing.deciding(first), choosing.deciding(replace(self.scene(seed), who=second.who)))
        else:
            one = choosing.commitment(first)
            is_leaving = about == "leaving"
            self.race(acts.leave(first) if is_leaving else choosing.working(first, one), choosing.working(second, one))

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

    def scene(self, seed: int) -> Scene:
        # Hypothesis likes to draw the same number again; what is done next is another thing all the same.
        return choosing.scene(self.world, self.shop, Random(seed * 1009 + self.steps))

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
        yield from comparing.cases(world, self.shop)

    def changed(self, world: World) -> list[str]:
        return [name for name, one in world.promises.items() if self.seen.get(name, 1) != len(one.spans)]

    def look(self) -> None:
        """Compare what can be asked after every step."""
        self.steps += 1
        self.shop.clock.set(self.world.now)
        self.instants += [self.world.recorded] * (self.instants[-1] != self.world.recorded)
        _check(comparing.lists(self.world, self.shop))
        past = self.instants[self.steps * 7 % len(self.instants)] - timedelta(microseconds=self.steps % 3)
        # Of an instant between a clock that was put back and the last event, what was and what will be are both right.
        past = min(past, self.world.now - timedelta(microseconds=1))
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


@pytest.mark.slow
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
