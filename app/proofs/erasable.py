"""What can be erased, and everywhere it is: by the kind of subject, and by the name under which it was disclosed.

The words of a plan are also those of its series and commitments, stand in every attempt, and were copied to the
amendments by which something goes on under another rule; a member's keys are mostly called after the member. A text
that mentions a person is a subject of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Copy(NamedTuple):
    """A column that shows what was disclosed."""

    table: str
    column: str
    becomes: str = "%(mark)s"
    by: str = "id"
    """The column that holds the subject's id; `ids[]` holds several."""

    def overwrite(self) -> str:
        """Return the statement."""
        return (
            f"UPDATE {self.table} SET {self.column} = {self.becomes} "  # noqa: S608 - the names are ours
            f"WHERE workspace_id = %(ws)s AND {_holds(self.by)} AND {self.column} IS NOT NULL"
        )


def _holds(by: str) -> str:
    """Return the condition that a column holds the subject's id."""
    if not by.endswith("[]"):
        return f"{by} = %(id)s"
    several = by.removesuffix("[]")
    # As the two indexes have it.
    return f"({several}[1] = %(id)s OR (cardinality({several}) > 1 AND %(id)s = ANY({several})))"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of subject."""

    table: str
    fields: Mapping[str, tuple[Copy, ...]]
    """By the name of a disclosure, where else it stands."""
    only: str = "TRUE"
    """Which rows of the table."""
    busy: str = "NULL"
    """Why it cannot be erased now, if so."""
    within: str = ""
    """The column that names the plan which is locked before, as whoever would put something in the way does."""
    together: Mapping[str, str] = field(default_factory=dict)
    """Names that are erased with another, which holds the same words."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Tables whose rows are subjects of events that disclose the same words, and the column that holds our id."""
    others_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the name that is erased, the names under which those disclose it."""

    def hold(self) -> str:
        """Return the statement that locks the plan that it is within."""
        return (
            f"SELECT p.id FROM plan p WHERE p.workspace_id = %(ws)s "  # noqa: S608 - the names are ours
            f"AND p.id = (SELECT {self.within} {self._mine()}) FOR NO KEY UPDATE"
        )

    def find(self) -> str:
        """Return the statement that finds it, and keeps others from taking it up again meanwhile."""
        return f"SELECT id {self._mine()} FOR UPDATE"

    def ask(self) -> str:
        """Return the statement that says what is in the way, once it is locked: who held it may have put it there."""
        return f"SELECT {self.busy} AS busy {self._mine()}"

    def _mine(self) -> str:
        return f"FROM {self.table} WHERE workspace_id = %(ws)s AND id = %(id)s AND {self.only}"

    def find_others(self) -> str:
        """Return the statement that finds the other subjects; there are some."""
        return " UNION ALL ".join(
            f"SELECT id FROM {table} WHERE workspace_id = %(ws)s AND {_holds(by)}"  # noqa: S608 - the names are ours
            for table, by in self.others.items()
        )


_BYTES = "CAST('[erased]' AS bytea)"
_RAW = Copy("message", "raw", _BYTES, by="notices[]")
"""What was delivered holds the words of the notice that was made of it."""


def _said(by: str) -> tuple[Copy, ...]:
    """Return what was read in a message, and the message."""
    columns = ("type", "notification_id", "subscription_id", "seller_id", "marketplace_id")
    return (
        *(Copy("message", column, by=by) for column in columns),
        Copy("message", "remarks", "'{}'", by=by),
        Copy("message", "raw", _BYTES, by=by),
    )


_ANSWERS = "(SELECT coalesce(json_agg(CAST(%(mark)s AS text)), '[]') FROM json_array_elements(answers))"

_EVIDENCE = {
    "body": (Copy("evidence", "body"),),
    "title": (Copy("evidence", "title"),),
    "items": (Copy("evidence", "items", "'{}'"),),
    "reason": (Copy("evidence", "supersession_reason"),),
}
_AMENDED = (
    "EXISTS (SELECT FROM amendment a WHERE (a.workspace_id, a.plan_id) = (plan.workspace_id, plan.id) "
    "AND a.state = 'requested')"
)
# What goes on under another rule is copied into the next amendment's text.
_COPIED = (
    "EXISTS (SELECT FROM amendment a WHERE (a.workspace_id, a.plan_id) = (amendment.workspace_id, amendment.plan_id) "
    "AND a.number > amendment.number AND a.state IN ('requested', 'granted') "
    "AND json_array_length(CAST(convert_from(a.content, 'UTF8') AS json) -> 'ends') > 0)"
)
_UNDECIDED = "CASE WHEN state = 'requested' THEN 'This is not decided yet.' END"

KINDS = (
    Kind(
        "member",
        {
            "name": (Copy("member", "name"), Copy("api_key", "name", by="member_id")),
            "email": (
                Copy("member", "email", "%(email)s"),
                Copy("digest", "address", by="member_id"),
            ),
        },
        busy="CASE WHEN active THEN 'This member is active: let them leave first.' END",
        others={"api_key": "member_id"},
        others_names={"name": ("name",)},
    ),
    Kind(
        "account",
        {
            "marketplace": (Copy("account", "marketplace", "%(marketplace)s"),),
            "external_id": (Copy("account", "external_id", "%(external_id)s"),),
            "name": (Copy("account", "name"),),
        },
    ),
    Kind("api_key", {"name": (Copy("api_key", "name"),)}),
    Kind(
        "plan",
        {
            "content": (
                Copy("plan", "content", "%(no_plan)s"),
                *(Copy(table, "content", "%(no_plan)s", by="plan_id") for table in ("submission", "amendment")),
                *(Copy(table, "text", by="plan_id") for table in ("series", "commitment")),
                *(Copy(table, "root_causes", "'{}'", by="plan_id") for table in ("series", "commitment")),
            ),
            "title": (Copy("plan", "title"),),
            "text": (
                *(Copy("submission", column, by="plan_id") for column in ("text", "decision_text")),
                Copy("submission", "answers", _ANSWERS, by="plan_id"),
            ),
            "authority": (Copy("submission", "authority", by="plan_id"),),
            "reference": (Copy("submission", "decision_reference", by="plan_id"),),
            "reason": (),
            "note": (),
        },
        # The text of a plan or an amendment under way is what will be decided on; the decision would be about nothing.
        busy="CASE WHEN state NOT IN ('approved', 'denied', 'withdrawn') THEN 'The plan is not decided yet.' "
        f"WHEN {_AMENDED} THEN 'An amendment of the plan is not decided yet.' END",
        together={"title": "content", "content": "title"},
        others={"series": "plan_id", "commitment": "plan_id", "amendment": "plan_id"},
        others_names={"content": ("text", "content")},
    ),
    Kind(
        "notice",
        {
            "source": (Copy("notice", "source", "%(marketplace)s"),),
            "external_id": (Copy("notice", "external_id", "%(external_id)s"), *_said("notices[]")),
            "title": (Copy("notice", "title"), _RAW),
            "text": (Copy("notice", "text"), _RAW),
            "response": (Copy("notice", "response"),),
            "reason": (Copy("notice", "reason"),),
            "items": (_RAW,),
        },
        # One that waits for a decision may be owed again, and would be answered without anybody knowing what it said.
        busy="CASE WHEN state NOT IN ('closed', 'dismissed') THEN 'Close or dismiss this notice first.' END",
        others={"message": "notices[]"},
        others_names={"external_id": ("said",)},
    ),
    Kind(
        "message",
        {"said": _said("id")},
        busy="CASE WHEN status = 'unresolved' THEN 'This message waits for its account: resolve it first.' END",
    ),
    Kind("subscription", {"subscription": (Copy("subscription", "subscription", "%(external_id)s"),)}),
    Kind("figure", {"said": (Copy("figure", "marketplace"), Copy("figure", "name", "%(external_id)s"))}),
    Kind("commitment", {"reason": (Copy("verification", "reason", by="commitment_id"),)}),
    Kind(
        "request",
        {"reason": (Copy("request", "reason"),), "decision_reason": (Copy("request", "decision_reason"),)},
        busy=_UNDECIDED,
    ),
    Kind(
        "amendment",
        {
            "content": (
                Copy("amendment", "content", "%(no_plan)s"),
                *(Copy(table, "text", by="amendment_id") for table in ("series", "commitment")),
                *(Copy(table, "root_causes", "'{}'", by="amendment_id") for table in ("series", "commitment")),
            ),
            "decision_reason": (Copy("amendment", "decision_reason"),),
            "authority": (Copy("amendment", "authority"),),
            "reference": (Copy("amendment", "decision_reference"),),
        },
        busy="CASE WHEN state = 'requested' THEN 'This is not decided yet.' "
        f"WHEN {_COPIED} THEN 'A later amendment may repeat its words: erase those of the plan.' END",
        within="plan_id",
        others={"series": "amendment_id", "commitment": "amendment_id"},
        others_names={"content": ("text",)},
    ),
    Kind("effectiveness_check", {"reason": (Copy("effectiveness_check", "reason"),)}),
    Kind("escalation_rule", {"name": (Copy("escalation_rule", "name"),)}),
    Kind("evidence", _EVIDENCE, only="kind <> 'file'"),
    # No event discloses where a file is, so that its content was erased is told as that its name was.
    Kind("evidence", _EVIDENCE, only="kind = 'file'", together={"body": "title"}),
)
