"""`/v1/items/{type}/{ref}`: everything known about an item."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.commitments.schemas import OwnerOut
from app.core.components import ETAGGED, errors
from app.core.contract import operation_id
from app.core.fields import Instant, Line
from app.core.http import IfNoneMatch, Now, answer
from app.core.items import ItemOut, ItemType
from app.core.paging import CursorInQuery, LimitInQuery, Page, next_link
from app.core.problems import NotFound
from app.core.route import Route
from app.followthrough import items, neighbours, timeline
from app.followthrough.item_schemas import (
    Elsewhere,
    HistoryEntry,
    ItemCounts,
    ItemHistory,
    Often,
    OftenOfCategory,
    OpenPromise,
    OtherItem,
    Promised,
    SimilarNotice,
    SimilarNotices,
)
from app.followthrough.items import About, Known
from app.followthrough.neighbours import LISTED, Neighbours
from app.notices.rules import NoticeKind
from app.workspaces.access import Reader, ReadSession

router = APIRouter(prefix="/v1", route_class=Route, generate_unique_id_function=operation_id, tags=["items"])

_AS_OF = "The answer as it would have been then, by what was recorded. Now if left out."
_NOTICE = "Which of its notices to compare the others with. The newest if left out."
_UUID = {"maxLength": 36}


class ItemUnknown(NotFound):
    """Nothing is known about this item.

    An item is known as soon as a notice or a plan names it, by its type and reference exactly as they were written
    there. A reference may contain slashes; escape what an address cannot hold, such as `?`, `#` and `%`.
    """


@router.get("/items/{type}/{ref:path}", response_model=ItemHistory, responses=ETAGGED | errors(400, 404))
def get_item_history(
    request: Request,
    read: ReadSession,
    _: Reader,
    type_: Annotated[ItemType, Path(alias="type", description="asin, sku, order, listing, ...", examples=["asin"])],
    ref: Annotated[Line, Path(description="Its reference.", examples=["B0C7XK2M4P"])],
    now: Now,
    as_of: Annotated[Instant | None, Query(description=_AS_OF)] = None,
    notice: Annotated[UUID | None, Query(description=_NOTICE, json_schema_extra=_UUID)] = None,
    limit: LimitInQuery = 50,
    cursor: CursorInQuery = None,
    __: IfNoneMatch = None,
) -> Response:
    """Tell all that is known about an item: how often what came in, what was promised, what else is like it."""
    after = timeline.read_cursor(cursor) if cursor else None
    about = About(type_, ref, as_of or now)
    known = items.known(read, about)
    if known.first_at is None:
        raise ItemUnknown
    found = neighbours.neighbours(read, about, notice=notice)
    rows = timeline.entries(read, about, after=after, limit=limit + 1)
    events = Page[HistoryEntry].of(rows, limit, shown=HistoryEntry.of, place=lambda row: (row.at, row.n, row.id))
    history = ItemHistory(
        item=ItemOut(type=type_, ref=ref),
        as_of=as_of,
        first_seen_at=known.first_at,
        counts=_counts(known.counts),
        promised=_promised(known),
        similar=_similar(found),
        elsewhere=_elsewhere(found),
        events=events,
    )
    return answer(history, headers=next_link(request, events.next_cursor))


def _counts(rows: Sequence[Any]) -> ItemCounts:
    def often(**one: str) -> dict[str, int]:
        those = [row for row in rows if all(getattr(row, name) == word for name, word in one.items())]
        return {name: sum(getattr(row, name) for row in those) for name in Often.model_fields}

    categories = dict.fromkeys(row.category for row in rows)
    return ItemCounts(
        **often(),
        notifications=Often(**often(kind=NoticeKind.NOTIFICATION)),
        complaints=Often(**often(kind=NoticeKind.COMPLAINT)),
        categories=[OftenOfCategory(category=name, **often(category=name)) for name in categories],
        dismissed=sum(row.dismissed for row in rows),
    )


def _promised(known: Known) -> Promised:
    one = known.promised
    since = sum(row.since_done for row in known.counts) if one.last_done_at else None
    return Promised(
        plans=one.plans,
        all=one.all,
        open=one.open,
        overdue=one.overdue,
        kept=one.kept,
        late=one.late,
        broken=one.late + one.overdue,
        waived=one.waived,
        last_done_at=one.last_done_at,
        notices_since=since,
        commitments=[_open(row) for row in known.still_open],
    )


def _open(row: Any) -> OpenPromise:
    owner = OwnerOut(id=row.owner_id, name=row.owner_name, email=row.owner_email)
    return OpenPromise.model_validate({**row._asdict(), "owner": owner})


def _similar(found: Neighbours) -> SimilarNotices:
    return SimilarNotices(
        notice=found.subject and found.subject.id,
        compared=len(found.earlier),
        data=[SimilarNotice.of(one) for one in found.similar[:LISTED]],
    )


def _elsewhere(found: Neighbours) -> Elsewhere:
    return Elsewhere(
        category=found.subject and found.subject.category,
        compared=len(found.others),
        items=len(found.elsewhere),
        notices=sum(one.notices for one in found.elsewhere),
        data=[OtherItem.of(one) for one in found.elsewhere[:LISTED]],
    )
