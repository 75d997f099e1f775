"""Completing commitments and recording plans: by wrk through the API, and by pgbench with the same statements."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from data import PER_PLAN, Tenant
from floors import Statement, as_script, sent_by
from load import CLIENTS, Run, Server, pgbench, wrk

Measure = Callable[[], Run]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_JSON = {"Content-Type": "application/json"}

PLAN = {
    "title": "Inauthentic complaints on B0C7XK2M4P",
    "timezone": "America/Los_Angeles",
    "items": [{"type": "asin", "ref": "B0C7XK2M4P"}],
    "commitments": [
        {"kind": "corrective", "text": f"Remove lot {lot}.", "owner": f"m{lot}@example.com", "due_on": "2031-04-01"}
        for lot in (1, 2, 3)
    ],
    "approval": {"authority": "Amazon", "received_at": "2026-02-20T17:04:00Z", "reference": "case 1"},
}

# Each commitment is completed once: request n is for workspace n modulo their number.
_COMPLETE = """
local keys, first, once, n = {%s}, %d, "%s", 0
function request()
  local at = first + math.floor(n / #keys)
  local path = string.format("/v1/commitments/POA-%%d.%%d/completion", math.floor(at / 100) + 1, at %% 100 + 1)
  local headers = {["Authorization"] = "Bearer " .. keys[n %% #keys + 1], ["Content-Type"] = "application/json"}
  if once ~= "" then headers["Idempotency-Key"] = once .. n end
  n = n + 1
  return wrk.format("POST", path, headers, "{}")
end
"""
_RECORD = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.body = [[%s]]
"""
_NEXT = """\\set n{tenant} :n{tenant} + 1
\\set at :first + :n{tenant} * {clients} + :client_id
\\set plan :at / {per_plan} + 1
\\set number :at % {per_plan} + 1
"""


@dataclass(slots=True)
class Writes:
    """A server to write through, and its database, to write to directly."""

    server: Server
    url: str
    log: Path
    home: Path
    program: Path
    seconds: int
    _names: "count[int]" = field(default_factory=count)

    def completing(self, tenants: list[Tenant], blocks: "Blocks", *, once: bool) -> Measure:
        """Return the measure of `POST .../completion` over the workspaces in turn, with or without Idempotency-Key."""
        keys = ",".join(f'"{tenant.key}"' for tenant in tenants)

        def measure() -> Run:
            script = _COMPLETE % (keys, blocks.take(), f"run-{next(self._names)}-" if once else "")
            return wrk(self.server, "/", {}, seconds=self.seconds, script=script)

        return measure

    def recording(self, tenant: Tenant) -> Measure:
        """Return the measure of `POST /v1/plans` with an approved plan."""
        script = _RECORD % (tenant.key, json.dumps(PLAN))
        return lambda: wrk(self.server, "/v1/plans", {}, seconds=self.seconds, script=script)

    def same_completing(self, tenants: list[Tenant], blocks: "Blocks", *, once: bool) -> Measure:
        """Return the measure of pgbench doing the same: one script for each workspace."""
        plan, number = blocks.sample, 83
        path = f"/v1/commitments/POA-{plan}.{{}}/completion"
        # So many that no other value of the request is the ledger's size by chance.
        for earlier in range(1, 30):
            self._post(tenants[0], path.format(earlier), {})
        key = f"sample-{next(self._names)}" if once else None
        sample = self._sample(tenants[0], path.format(number), {}, key)
        sent = [_unnamed(one, str(plan), str(number)) for one in sample.sent]
        varying = sample.positions | {
            ":plan": ":plan",
            ":number": ":number",
            sample.answer["id"]: ":id::uuid",
            sample.answer["plan"]["id"]: ":plan_id::uuid",
        }
        if key:
            varying[key] = "concat(:name::text, '.', :client_id::text, '.', :n0::text)"
        after = {"FROM commitment": "\\gset", "FROM ledger_head": "\\gset"}
        scripts, values = self._scripts(sent, tenants, varying, after)

        def measure() -> Run:
            first = {"first": str(blocks.take()), "name": f"pgbench-{next(self._names)}"}
            return pgbench(self.program, self.url, scripts, values | first, seconds=self.seconds)

        return measure

    def same_recording(self, tenant: Tenant) -> Measure:
        """Return the measure of pgbench recording the same plan, with ids and numbers of its own."""
        before = {value for one in self._sample(tenant, "/v1/plans", PLAN).sent for value in one.values}
        sample = self._sample(tenant, "/v1/plans", PLAN)
        values = {value for one in sample.sent for value in one.values if value and _UUID.fullmatch(value)}
        fresh = sorted(values - before)
        ids = ", ".join(f"gen_random_uuid() AS u{index}" for index in range(len(fresh)))
        varying = {value: f":u{index}::uuid" for index, value in enumerate(fresh)} | sample.positions
        varying[sample.answer["reference"].removeprefix("POA-")] = "(:plans::int + 1)"
        after = {"FROM workspace": "\\gset", "FROM ledger_head": "\\gset"}
        scripts, values = self._scripts(sample.sent, [tenant], varying, after, before=f"SELECT {ids} \\gset\n")
        return lambda: pgbench(self.program, self.url, scripts, values, seconds=self.seconds)

    def _scripts(
        self,
        sent: list[Statement],
        tenants: list[Tenant],
        varying: dict[str, str],
        after: dict[str, str],
        before: str = "",
    ) -> tuple[list[Path], dict[str, str]]:
        """Write the statements down once for each workspace: its id and its key's hash in place of the first one's."""
        paths, values = [], {"first": "0"}
        name = next(self._names)
        for index, tenant in enumerate(tenants):
            mine = {str(tenants[0].id): f"'{tenant.id}'::uuid", tenants[0].hash: f"'{tenant.hash}'::bytea"}
            script, constants = as_script(sent, varying | mine, after)
            script = script.replace(str(tenants[0].id), str(tenant.id))
            path = self.home / f"writes-{name}-{index}.sql"
            path.write_text(_NEXT.format(tenant=index, clients=CLIENTS, per_plan=PER_PLAN) + before + script)
            paths.append(path)
            values |= constants | {f"n{index}": "-1"}
        return paths, values

    def _sample(self, tenant: Tenant, path: str, body: object, key: str | None = None) -> "_Sample":
        answers: list[dict[str, Any]] = []
        size = self._size(tenant)
        sent = sent_by(lambda: answers.append(self._post(tenant, path, body, key)), self.url, self.log)
        positions = {str(at): f"(:size::bigint + {at - size})" for at in range(size, self._size(tenant) + 1)}
        return _Sample(sent, answers[0], positions)

    def _size(self, tenant: Tenant) -> int:
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT size FROM ledger_head WHERE workspace_id = %s", [tenant.id]).fetchone()
        assert found
        return int(found[0])

    def _post(self, tenant: Tenant, path: str, body: object, key: str | None = None) -> dict[str, Any]:
        headers = {**tenant.headers, **_JSON, **({"Idempotency-Key": key} if key else {})}
        status, _, text = self.server.ask(path, headers, json.dumps(body).encode())
        assert status in (200, 201), text
        answer: dict[str, Any] = json.loads(text)
        return answer


@dataclass(frozen=True, slots=True)
class _Sample:
    """A request's statements, its answer, and SQL for the numbers of its events, from the size that the ledger had."""

    sent: list[Statement]
    answer: dict[str, Any]
    positions: dict[str, str]


@dataclass(slots=True)
class Blocks:
    """Commitments that nobody has completed yet, handed out in blocks, one to a run. The last plan is for samples."""

    total: int
    runs: int
    _taken: int = 0

    def take(self) -> int:
        """Return where the next block begins, counted from 0."""
        self._taken += 1
        assert self._taken <= self.runs, "no block is left"
        return (self.total - PER_PLAN) // self.runs * (self._taken - 1)

    @property
    def sample(self) -> int:
        """The number of the last plan."""
        return self.total // PER_PLAN


def _unnamed(statement: Statement, plan: str, number: str) -> Statement:
    """Replace the two numbers of a reference where they stand side by side: alone, they may mean something else."""
    values = list(statement.values)
    for at in range(len(values) - 1):
        if values[at : at + 2] == [plan, number]:
            values[at : at + 2] = [":plan", ":number"]
    return Statement(statement.sql, tuple(values))
