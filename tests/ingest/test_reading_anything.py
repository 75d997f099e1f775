"""Whatever comes in, it is read or refused as no JSON; nothing else is raised, and nothing is lost."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.core.fields import LongText
from app.ingest.metrics import is_worse
from app.ingest.records import Record, read
from app.ingest.rules import BodyUnreadable, TooManyMessages
from app.notices.rules import Category
from tests.ingest.mutating import as_bytes, broken, mutated

TEXT = TypeAdapter(LongText)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "detail",
                        "Message",
                        "body",
                        "Records",
                        "Sns",
                        "NotificationType",
                        "Payload",
                        "NotificationMetadata",
                    ),
                    *("accountStatuses", "performanceMetrics", "SellerId", "status", "rate", "warningState", "x"),
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def check(message: Record) -> None:
    """What is made of it can be stored and shown."""
    assert len(message.identity()) == len(message.fingerprint) == len(message.sha256) == 64
    assert message.raw
    for word in (message.type, *message.remarks, message.seller_id, message.notification_id, message.subscription_id):
        assert word is None or (word.encode() and word.isprintable() and len(word) <= 200) or "\x7f" not in word
    proposals = [message.proposal] if message.proposal else []
    for one in [*proposals, *(reading for reading in message.readings if is_worse(reading, None))]:
        assert one.category in Category
        assert 1 <= len(one.title) <= 200
        TEXT.validate_python(one.text)
        one.text.encode()


@given(ANYTHING)
@settings(max_examples=300)
def test_any_json_is_read(value: object) -> None:
    try:
        found = read(json.dumps(value).encode())
    except TooManyMessages:
        return

    for one in found:
        check(one)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        found = read(body)
    except BodyUnreadable:
        return

    for one in found:
        check(one)


def _read_mutants(count: int, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        body = as_bytes(mutated(rng), rng)
        for one in read(body):
            check(one)
        try:
            for one in read(broken(body, rng)):
                check(one)
        except BodyUnreadable:
            continue


def test_changed_examples_are_read() -> None:
    _read_mutants(500, seed=1)


@pytest.mark.slow
def test_ten_thousand_changed_examples_are_read() -> None:
    _read_mutants(10_000, seed=2)
