"""What is likely to become overdue, and why, as SQL: the twin of `rules.reasons`, over commitments as they stood.

Who is behind and which series slip is worked out once for a page, not for each of its rows.
"""

from functools import cache

from app.commitments.queries import overdue, still_open
from app.followthrough.json_sql import Sql
from app.followthrough.lists import What, changes_in, extension_pending, item, page_of, sources
from app.followthrough.rules import LAST, Reason


def _applies(*, past: bool) -> dict[Reason, str]:
    return {
        Reason.NOT_STARTED: "c.state = 'open' AND c.due_at <= :until",
        Reason.EXTENSION_PENDING: extension_pending(past=past),
        Reason.OWNER_BEHIND: "c.owner_id IN (SELECT owner_id FROM behind)",
        # A series is what shares a place in a plan.
        Reason.SERIES_MISSED: "(c.plan_number, c.number) IN (SELECT plan_number, number FROM slipping)",
    }


@cache
def page_sql(asked: frozenset[str], *, past: bool) -> str:
    """Return the statement of one page, as `lists.page_sql` does.

    Whatever somebody's commitments or those of a series do may change the list, so the filters do not narrow what is
    looked at for the next change: it is the earliest.
    """
    changes = [change for source in sources(past=past) for change in changes_in(What.DUE_SOON, frozenset(), source)]
    reasons = _applies(past=past)
    any_of_them = " OR ".join(f"({applies})" for applies in reasons.values())
    words = ", ".join(f"CASE WHEN {applies} THEN '\"{reason}\"' END" for reason, applies in reasons.items())
    shape = {**item(past=past), "reasons": ["[", Sql(f"concat_ws(',', {words})"), "]"]}
    selected = f"{still_open('c')} AND c.due_at > :as_of AND ({any_of_them})"
    return (
        f"WITH behind AS MATERIALIZED ({_behind(past=past)}), "
        f"slipping AS MATERIALIZED ({_slipping(past=past)}) {page_of(selected, shape, asked, changes, past=past)}"
    )


def _behind(*, past: bool) -> str:
    rows = " UNION ALL ".join(
        f"SELECT c.owner_id, {overdue('c')} AS overdue FROM {source} WHERE c.workspace_id = :ws AND {still_open('c')}"
        for source in sources(past=past)
    )
    return f"SELECT owner_id FROM ({rows}) o GROUP BY owner_id HAVING 2 * count(*) FILTER (WHERE overdue) > count(*)"


def _slipping(*, past: bool) -> str:
    """Each series whose last times that came due or were done were missed: found from the end of an index."""
    done_at = "c.done_at"
    if past:
        done_at = (
            "CASE WHEN c.state IN ('done', 'verified') THEN (SELECT max(d.since) FROM commitment_span d WHERE "
            "d.workspace_id = c.workspace_id AND d.commitment_id = c.id AND d.state = 'done' AND d.since <= :as_of) END"
        )
    times = " UNION ALL ".join(
        f"(SELECT c.occurrence, {overdue('c')} OR coalesce(c.due_at <= {done_at}, false) AS missed FROM {source} "
        "WHERE c.workspace_id = s.workspace_id AND c.plan_number = s.plan_number AND c.number = s.number "
        f"AND c.occurrence IS NOT NULL AND (c.state IN ('done', 'verified') OR {overdue('c')}) "
        f"ORDER BY c.occurrence DESC LIMIT {LAST})"
        for source in sources(past=past)
    )
    return (
        "SELECT s.plan_number, s.number FROM series s CROSS JOIN LATERAL "
        f"(SELECT missed FROM ({times}) t ORDER BY occurrence DESC LIMIT {LAST}) l WHERE s.workspace_id = :ws "
        f"GROUP BY s.plan_number, s.number HAVING count(*) = {LAST} AND bool_and(missed)"
    )
