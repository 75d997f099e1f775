"""Plans and their attempts, against the events: frozen texts, answers, decisions, items, commitments as clauses."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import col, select

from app.commitments.models import Commitment, Series
from app.core.db import Read, workspace_of
from app.ledger.events import plain
from app.plans.content import areas
from app.plans.models import Plan, PlanItem, PlanNotice, Submission
from app.plans.rules import OBSERVATION_DAYS
from app.proofs.audit_changes import clauses_of
from app.proofs.audit_history import Said
from app.proofs.placeholders import MARK, NO_PLAN

_WRITES = {"plan.drafted", "plan.redrafted"}
_DECISIONS = {"plan.approved", "plan.denied", "plan.more_info_requested"}


def submissions_of(read: Read, plans: list[Plan]) -> dict[UUID, list[Submission]]:
    """Return the attempts of each plan, oldest first."""
    query = select(Submission).where(
        Submission.workspace_id == workspace_of(read), col(Submission.plan_id).in_([one.id for one in plans])
    )
    found: dict[UUID, list[Submission]] = {plan.id: [] for plan in plans}
    for row in read.exec(query.order_by(col(Submission.number))):
        found[row.plan_id].append(row)
    return found


def plan_faults(plan: Plan, attempts: list[Submission], history: list[Said], *, erased: bool) -> Iterator[str]:
    """Compare a plan's attempts with what was said of them."""
    where = f"plan {plan.id}"
    if str(plan.created_by) != history[0].actor:
        yield f"{where}: `created_by` is not who drafted it"
    yield from _reader_faults(plan, history, where)
    if not _is(plan.content, plan.content_sha256, erased=erased):
        yield f"{where}: its content is not the text that was written"
    if [one.number for one in attempts] != list(range(1, plan.attempts + 1)):
        yield f"{where}: its attempts are not numbered from 1 to {plan.attempts}"
    expected = _attempts(history)
    for attempt in attempts:
        if not _is(attempt.content, attempt.content_sha256, erased=erased):
            yield f"{where}: attempt {attempt.number} is not the text that was frozen"
        made = expected.get(attempt.number)
        if made is None:
            yield f"{where}: no event about attempt {attempt.number}"
            continue
        for name, value in made.items():
            found = plain(getattr(attempt, name))
            gone = erased and found in (MARK, [MARK] * len(attempt.answers)) and not value
            if found != value and not gone:
                yield f"submission {attempt.number} of {where}: `{name}` is not what the ledger says"


def _reader_faults(plan: Plan, history: list[Said], where: str) -> Iterator[str]:
    """Compare who wrote the plan, and who signed it off as it stands, with the events."""
    authors = list(dict.fromkeys(one.actor for one in history if one.type in _WRITES))
    if [str(one) for one in plan.authors] != authors:
        yield f"{where}: `authors` are not those who wrote it"
    last = next((one for one in reversed(history) if one.type in {*_WRITES, "plan.signed_off"}), None)
    signed = last and last.actor if last and last.type == "plan.signed_off" else None
    if plain(plan.signed_off_by) != signed:
        yield f"{where}: `signed_off_by` is not who signed it off"


def _is(content: bytes, expected: str, *, erased: bool) -> bool:
    return sha256(content).hexdigest() == expected or (erased and content == NO_PLAN)


def _attempts(history: list[Said]) -> dict[int, dict[str, Any]]:
    """Return the columns of each attempt as the events make them."""
    found: dict[int, dict[str, Any]] = {}
    for said in history:
        facts = said.data.get("submission")
        if facts is None:
            continue
        one = found.setdefault(facts["number"], {})
        one |= {name: facts[name] for name in ("outcome", "content_sha256", "submitted_at", "received_at")}
        if said.type == "plan.submitted":
            one |= {"submitted_by": said.actor, "text": said.words.get("text"), "answers": []}
            one |= dict.fromkeys(("authority", "decision_reference", "decision_text", "decided_by"))
        elif said.type == "plan.answered":
            one["answers"] = [*one.get("answers", []), *([said.words["text"]] if "text" in said.words else [])]
        elif said.type in _DECISIONS:
            one |= {"authority": said.words.get("authority"), "decision_reference": said.words.get("reference")}
            one |= {"decision_text": said.words.get("text"), "decided_by": said.actor}
    return found


def _copy_faults(read: Read, plan: Plan, content: Mapping[str, Any]) -> Iterator[str]:
    """Compare what is found by item and notice, and for how long it is observed, with the content."""
    mine = workspace_of(read)
    items = select(PlanItem.type, PlanItem.ref).where(PlanItem.workspace_id == mine, PlanItem.plan_id == plan.id)
    if set(read.exec(items)) != {(one["type"], one["ref"]) for one in content["items"]}:
        yield f"plan_item of plan {plan.id}: they are not those of its content"
    named = select(PlanNotice.notice_id).where(PlanNotice.workspace_id == mine, PlanNotice.plan_id == plan.id)
    if {str(one) for one in read.exec(named)} != set(content.get("notices", ())):
        yield f"plan_notice of plan {plan.id}: they are not those of its content"
    if plan.content != NO_PLAN and plan.observation_days != content.get("observation_days", OBSERVATION_DAYS):
        yield f"plan {plan.id}: `observation_days` are not those of its content"


def clause_faults(read: Read, plan: Plan) -> Iterator[str]:
    """Compare what is found by items and clauses with the content that they are copies from."""
    mine = workspace_of(read)
    if sha256(plan.content).hexdigest() != plan.content_sha256 and plan.content != NO_PLAN:
        # Named already, and perhaps not even JSON.
        return
    content = orjson.loads(plan.content)
    yield from _copy_faults(read, plan, content)
    if plan.approved_at is None or plan.content == NO_PLAN:
        return
    amended, firsts = clauses_of(read, plan.id), dict[Any, set[int]]()
    for table in (Series, Commitment):
        query = select(
            *(table.id, table.number, table.text, table.kind, table.root_causes, table.areas),
            *(table.amendment_id, table.clause),
            *((Series.except_on,) if table is Series else ()),
        ).where(  # type: ignore[call-overload]
            table.workspace_id == mine, table.plan_id == plan.id
        )
        for row in read.exec(query):
            clauses = amended.get(row.amendment_id, []) if row.amendment_id else content["commitments"]
            if clauses is None or row.text == MARK:
                # Erased, with the amendment or with the plan: what it said is nowhere.
                continue
            place = row.number - 1 if row.clause is None else row.clause
            firsts.setdefault(row.amendment_id, set()).add(row.number - place)
            clause = clauses[place] if 0 <= place < len(clauses) else {}
            says = [clause.get(key) for key in ("text", "kind", "root_causes")]
            lies = areas(content, clause.get("root_causes", ()))
            if [row.text, row.kind, row.root_causes, row.areas] != [*says, lies]:
                where = f"{table.__tablename__} {row.id}"
                yield f"{where}: it does not say what clause {place + 1} that was approved says"
            # What was approved before there were exceptions names none.
            if table is Series and [day.isoformat() for day in row.except_on] != clause.get("except_on", []):
                yield f"series {row.id}: it leaves out other days than clause {place + 1} that was approved"
    # The clauses of one text are numbered one after the other.
    yield from (
        f"commitment or series of plan {plan.id}: the clauses of amendment {one} are not numbered in order"
        for one, first in firsts.items()
        if len(first) > 1
    )
