"""What notices and plans are about: an ASIN, SKU, order or listing, named by its type and its reference."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.fields import In, Line, Out, Slug

ITEM = r"^[a-z][a-z0-9_]{0,31}:[^\x00-\x1f\x7f]{1,200}$"

ItemType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", min_length=1, max_length=32)]
ItemName = Annotated[str, StringConstraints(max_length=233, pattern=ITEM)]
"""Both in one text: `asin:B0C7XK2M4P`."""


class Item(In):
    """What it is about."""

    type: ItemType = Field(description="asin, sku, order, listing, ...", examples=["asin"])
    ref: Line = Field(examples=["B0C7XK2M4P"])


class ItemOut(Out):
    type: Slug
    ref: Line


Items = Annotated[list[Item], Field(max_length=500)]
ItemsOut = Annotated[list[ItemOut], Field(max_length=500)]


def item_parts(item: str) -> tuple[str, str]:
    """Return type and ref of `type:ref`."""
    type_, _, ref = item.partition(":")
    return type_, ref
