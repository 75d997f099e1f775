"""Recording plans and members from JSON files, each in the shape of its POST, each in a transaction of its own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlmodel import col, select

from app.core import db
from app.core.db import Tx, workspace_of
from app.core.problems import Fault, Problem
from app.plans import operations as plans
from app.plans.models import Plan
from app.plans.schemas import PlanIn
from app.workspaces import operations as workspaces
from app.workspaces import queries
from app.workspaces.schemas import MemberIn

_members = TypeAdapter(list[MemberIn])


class PlanIsRecorded(Exception):
    """Another plan says the same, to the letter."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a file: `done` says what was recorded; else `faults` say what is wrong, and nothing was."""

    path: Path
    done: str = ""
    skipped: str = ""
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """A file, read: what it says, or why that cannot be read."""

    path: Path
    content: Any = None
    unreadable: str = ""


def read(paths: Iterable[Path]) -> list[Source]:
    """Return what is in the files, and in the `*.json` of folders; lists of members first, since plans name them."""
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    return sorted((_read(file) for file in files), key=lambda source: not isinstance(source.content, list))


def record(engine: sa.Engine, workspace_id: UUID, source: Source, *, at: datetime) -> Fate:
    """Record a plan or members, all of the file or nothing of it."""
    if source.unreadable:
        return Fate(source.path, faults=[Fault("", source.unreadable, "unreadable")])
    try:
        with db.writing(engine, workspace_id) as tx:
            if isinstance(source.content, list):
                return Fate(source.path, _add_members(tx, _members.validate_python(source.content), at=at))
            return Fate(source.path, _record_plan(tx, PlanIn.model_validate(source.content), at=at))
    except ValidationError as error:
        return Fate(source.path, faults=[_fault(one["loc"], one["msg"], one["type"]) for one in error.errors()])
    except PlanIsRecorded as known:
        return Fate(source.path, skipped=str(known))
    except Problem as problem:
        faults = [Fault(fault.pointer.removeprefix("/body"), fault.detail, fault.code) for fault in problem.errors]
        return Fate(source.path, faults=faults or [Fault("", problem.detail or problem.title(), problem.slug())])


def _read(path: Path) -> Source:
    try:
        return Source(path, json.loads(path.read_bytes()))
    except OSError as error:
        return Source(path, unreadable=f"It cannot be read: {error.strerror}.")
    except ValueError as error:
        return Source(path, unreadable=f"It is not JSON: {error}.")


def _add_members(tx: Tx, given: list[MemberIn], *, at: datetime) -> str:
    known = queries.members_by_name(tx, {one.email for one in given})
    new = [one for one in given if one.email not in known]
    for one in new:
        workspaces.add_member(tx, one, by=workspace_of(tx), at=at)
    there = len(given) - len(new)
    return f"{len(new)} members added" + (f", {there} there already" if there else "")


def _record_plan(tx: Tx, new: PlanIn, *, at: datetime) -> str:
    by = workspace_of(tx)
    if new.approval:
        row = plans.record_approved(tx, new, new.approval, by=by, at=at)
    else:
        row = plans.draft(tx, new, by=by, at=at)
    _refuse_twice(tx, row)
    return f"{row.reference} {row.state}: {row.title}"


def _refuse_twice(tx: Tx, row: Plan) -> None:
    """Refuse a plan whose content another has to the letter, so that files can be imported again after a mistake."""
    query = select(Plan).where(
        Plan.workspace_id == row.workspace_id, Plan.content_sha256 == row.content_sha256, col(Plan.id) != row.id
    )
    if same := tx.exec(query).first():
        raise PlanIsRecorded(f"{same.reference} says the same already")


def _fault(location: tuple[int | str, ...], message: str, code: str) -> Fault:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return Fault("".join(f"/{part}" for part in parts), message.removeprefix("Value error, "), code)
