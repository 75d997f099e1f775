"""JSON, of which there is one way to write each value (RFC 8785), and closed shapes for what it may hold.

The subset that the ledger writes: names are ASCII, numbers are integers. There, sorted and compact is canonical.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

MAX_INTEGER = 2**53 - 1

Shape = Callable[[Any], bool]


class Malformed(Exception):
    """It is not what it should be, and cannot be read as anything else."""


def parse(data: bytes) -> Any:
    """Return the value that *data* is the one way to write; Malformed says what is wrong with another."""
    try:
        value = _DECODER.decode(data.decode())
        if _ENCODER.encode(value).encode() == data:
            return value
        _CAREFUL.decode(data.decode())
    except UnicodeError as error:
        raise Malformed("it is not UTF-8") from error
    except RecursionError as error:
        raise Malformed("it is nested too deep") from error
    except ValueError as error:
        raise Malformed("it is not JSON") from error
    raise Malformed("it is not in canonical form (RFC 8785)")


def _refuse_number(text: str) -> NoReturn:
    raise Malformed(f"{text[:20]} is not an integer")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise Malformed("an integer is beyond 2^53 - 1")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key is there twice")
    return found


_DECODER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_integer)
# What is written twice is not written canonically; so only what is refused anyway is read again, to say why.
_CAREFUL = json.JSONDecoder(
    parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_integer, object_pairs_hook=_unique
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def unbase64(text: str) -> bytes:
    """Return the bytes that *text* is the one way to write in base64, padded."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("it is not base64") from error
    if b64encode(raw).decode() != text:
        raise Malformed("it is not base64 as it would be written")
    return raw


def text(pattern: str) -> Shape:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def one_of(*words: str) -> Shape:
    return lambda value: isinstance(value, str) and value in words


def optional(shape: Shape) -> Shape:
    return lambda value: value is None or shape(value)


def list_of(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(shape(one) for one in value)


def record(shapes: Mapping[str, Shape]) -> Shape:
    """Return the shape of an object with exactly these names."""
    names = shapes.keys()
    pairs = tuple(shapes.items())
    return lambda value: (
        isinstance(value, dict) and value.keys() == names and all(shape(value[name]) for name, shape in pairs)
    )


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_count(value: Any) -> bool:
    """Say whether it is an integer of at least 0; true is not 1 here."""
    return type(value) is int and value >= 0
