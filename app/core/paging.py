"""Keyset pages: a cursor says after which row to go on, so pages stay stable while rows come and go."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Self, TypeVar
from uuid import UUID

import orjson
from fastapi import Query, Request
from pydantic import Field, StringConstraints
from typing_extensions import override

from app.core.fields import Out
from app.core.ids import BEFORE_ALL
from app.core.problems import BadRequest

T = TypeVar("T")
R = TypeVar("R")

_MOST = 2**31
"""No row has such a number: the columns are 4 bytes wide."""

MAX_LIMIT = 200

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, json_schema_extra={"format": "int32"}, description="Rows of a page.")]
Cursor = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=r"^[A-Za-z0-9_-]+$"),
    Field(description="`next_cursor` of the page before."),
]
LimitInQuery = Annotated[
    int, Query(ge=1, le=MAX_LIMIT, description="Rows of a page.", json_schema_extra={"format": "int32"})
]
CursorInQuery = Annotated[
    str | None,
    Query(min_length=1, max_length=500, pattern=r"^[A-Za-z0-9_-]+$", description="`next_cursor` of the page before."),
]


class CursorUnreadable(BadRequest):
    """This cursor cannot be read.

    Use `next_cursor` exactly as the page before gave it, with the same filters; or start again without a cursor.
    """


def _by_id(row: Any) -> tuple[UUID]:
    return (row.id,)


class Page(Out, Generic[T]):
    """One page of a list."""

    @classmethod
    @override
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        return f"{params[0].__name__.removesuffix('Out')}Page"

    data: Annotated[list[T], Field(max_length=MAX_LIMIT)]
    has_more: bool
    next_cursor: Cursor | None

    @classmethod
    def of(
        cls,
        rows: Sequence[R],
        limit: int,
        *,
        shown: Callable[[R], T],
        place: Callable[[R], tuple[Any, ...]] = _by_id,
    ) -> Self:
        """Return the page of rows that were fetched with one more than *limit*, each as it is *shown*.

        Its cursor is the last one's *place*: what the rows are in the order of.
        """
        page, more = cut(rows, limit)
        following = format_cursor(*place(page[-1])) if more else None
        return cls(data=[shown(row) for row in page], has_more=more, next_cursor=following)


def format_cursor(*after: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(after)).rstrip(b"=").decode()


def parse_cursor(text: str, *kinds: type) -> list[Any]:
    """Return the values that `format_cursor` was given, if they have these *kinds*; else refuse."""
    try:
        values = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        raise CursorUnreadable from None
    if (
        not isinstance(values, list)
        or [type(value) for value in values] != list(kinds)
        or format_cursor(*values) != text
    ):
        raise CursorUnreadable
    return values


def after_number(cursor: str | None) -> int:
    """Return the number after which a page of what is numbered from 1 begins."""
    number = int(parse_cursor(cursor, int)[0]) if cursor else 0
    if not 0 <= number < _MOST:
        raise CursorUnreadable
    return number


def after_id(cursor: str | None) -> UUID:
    """Return the id after which a page of what is in the order of its ids begins."""
    try:
        return UUID(parse_cursor(cursor, str)[0]) if cursor else BEFORE_ALL
    except ValueError:
        raise CursorUnreadable from None


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """Return the first *limit* of rows that were fetched with one more, and whether there was one more."""
    return rows[:limit], len(rows) > limit


def next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """Return the `Link` header to the next page (RFC 8288), if there is one."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.url.path}?{request.url.include_query_params(cursor=cursor).query}>; rel="next"'}
