"""What a plan may become, and what it lacks. Pure."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from app.core.problems import Conflict, Fault, NotFound

Content = Mapping[str, Any]
"""A plan as written, in JSON values: title, timezone, account, notices, items, root_causes, commitments."""


OBSERVATION_DAYS = 180
"""For so long after the last action it is watched whether the problem comes back, unless the plan says otherwise."""


class PlanState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    MORE_INFO_REQUESTED = "more_info_requested"
    DENIED = "denied"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What the authority decided."""

    APPROVED = "approved"
    DENIED = "denied"
    MORE_INFO_REQUESTED = "more_info_requested"


class Area(StrEnum):
    """Where a root cause lies."""

    SUPPLIER = "supplier"
    INVENTORY = "inventory"
    LISTING = "listing"
    PRODUCT = "product"
    SHIPPING = "shipping"
    CUSTOMER_SERVICE = "customer_service"
    DOCUMENTATION = "documentation"
    ACCOUNT = "account"
    OTHER = "other"


_MOVES: dict[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.DRAFT, PlanState.SUBMITTED, PlanState.WITHDRAWN}),
    PlanState.SUBMITTED: frozenset({PlanState.APPROVED, PlanState.DENIED, PlanState.MORE_INFO_REQUESTED}),
    PlanState.MORE_INFO_REQUESTED: frozenset({PlanState.SUBMITTED, PlanState.DENIED, PlanState.APPROVED}),
    PlanState.DENIED: frozenset({PlanState.DRAFT, PlanState.WITHDRAWN}),
    PlanState.APPROVED: frozenset(),
    PlanState.WITHDRAWN: frozenset(),
}


class PlanNotFound(NotFound):
    """There is no such plan.

    Name it by its id or its reference, such as `POA-7`.
    """


class SubmissionNotFound(NotFound):
    """The plan has no submission with that number."""


class PlanCannotMove(Conflict):
    """The plan is not in a state that allows this.

    A draft is changed and submitted; a submitted plan is decided; a denied one is changed into the next draft;
    an approved one stays as it was approved.
    """


class PlanHasGaps(Conflict):
    """The plan cannot be approved as it is.

    Every commitment needs an owner who is an active member, and a due. `errors` names each gap in the plan.
    """


class SignOffMissing(Conflict):
    """Nobody else than its authors has signed off this draft as it stands.

    Let another approver read it: `POST /v1/plans/{plan}/sign-off`, with a key of theirs. Every change
    takes a sign-off back. The workspace setting `four_eyes` switches this rule off.
    """


class SelfSignOff(Conflict):
    """Who wrote a plan does not sign it off.

    Let another approver read it. The workspace setting `four_eyes` switches this rule off; every proof then says who
    signed off their own plan.
    """


class AnswerMissing(Conflict):
    """More information was asked for: say what was answered.

    Send `text`, the words that went to the authority. The attempt stays the same.
    """


def move(now: PlanState, to: PlanState) -> PlanState:
    """Return *to* if a plan in state *now* may become it, else refuse."""
    if to not in _MOVES[now]:
        raise PlanCannotMove(f"It is `{now}` and cannot become `{to}`.")
    return to


def check_submittable(*, is_read: bool, four_eyes: bool) -> None:
    """Refuse a submission that nobody else than the authors signed off, where four eyes are asked for."""
    if four_eyes and not is_read:
        raise SignOffMissing("POST /v1/plans/{plan}/sign-off comes first, by somebody who did not write it.")


def contradictions(content: Content) -> list[Fault]:
    """Return what is wrong in a plan, draft or not, each with its JSON pointer."""
    return [*_double_keys(content), *_wrong_commitments(content)]


def gaps(content: Content, *, active: set[str]) -> list[Fault]:
    """Return what keeps a plan from being approved, each with its JSON pointer; *active* are the members' ids."""
    if not content["commitments"]:
        return [Fault("/commitments", "Promise something: a plan has at least one commitment.", "no_commitment")]
    return list(_gaps(content, active))


def _gaps(content: Content, active: set[str]) -> Iterator[Fault]:
    for index, promise in enumerate(content["commitments"]):
        at = f"/commitments/{index}"
        if promise["owner"] is None:
            yield Fault(f"{at}/owner", "Name the one member who is accountable.", "owner_missing")
        elif promise["owner"] not in active:
            yield Fault(f"{at}/owner", "This member has left: name another.", "owner_left")
        if not any(promise[name] for name in DUES):
            yield Fault(f"{at}/due_on", f"Say when it is due: one of {', '.join(DUES)}.", "due_missing")


DUES = ("due_on", "due_at", "due_after_approval")


def _double_keys(content: Content) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, cause in enumerate(content["root_causes"]):
        if cause["key"] in seen:
            yield Fault(f"/root_causes/{index}/key", f"`{cause['key']}` is taken: keys are unique.", "key_taken")
        seen.add(cause["key"])
    items: set[tuple[str, str]] = set()
    for index, item in enumerate(content["items"]):
        if (item["type"], item["ref"]) in items:
            yield Fault(f"/items/{index}", "This item is listed already.", "item_twice")
        items.add((item["type"], item["ref"]))
    notices = content.get("notices", ())
    for index, notice in enumerate(notices):
        if notice in notices[:index]:
            yield Fault(f"/notices/{index}", "This notice is listed already.", "notice_twice")


def _wrong_commitments(content: Content) -> Iterator[Fault]:
    keys = {cause["key"] for cause in content["root_causes"]}
    items = {f"{item['type']}:{item['ref']}" for item in content["items"]}
    for index, promise in enumerate(content["commitments"]):
        at = f"/commitments/{index}"
        given = [name for name in DUES if promise[name] is not None]
        if len(given) > 1:
            yield Fault(f"{at}/{given[1]}", f"Give one of {', '.join(DUES)}, not {len(given)}.", "due_twice")
        if promise.get("except_on") and promise["recurrence"] is None:
            yield Fault(f"{at}/except_on", "Only what recurs has days to except: give a recurrence.", "no_recurrence")
        for place, key in enumerate(promise["root_causes"]):
            if key not in keys:
                yield Fault(f"{at}/root_causes/{place}", f"No root cause has the key `{key}`.", "unknown_root_cause")
        for place, item in enumerate(promise.get("items", ())):
            if item not in items:
                yield Fault(f"{at}/items/{place}", f"`{item}` is none of the plan's items.", "unknown_item")
