"""What is delivered is taken apart: batches, envelopes, envelopes in envelopes."""

import json

import pytest

from app.ingest.envelope import MAX_DEPTH, opened
from app.ingest.records import read
from app.ingest.rules import MAX_RECORDS, BodyUnreadable, Flag, TooManyMessages
from tests.ingest.samples import NAMES, WRAPPERS, eventbridge, raw, received, sample, sns, sqs


def body(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_the_same_in_every_envelope(name: str, wrapper: str) -> None:
    (bare,) = read(raw(name))

    (found,) = read(body(WRAPPERS[wrapper](sample(name))))

    assert found.identity() == bare.identity()
    assert (found.type, found.seller_id, found.flags) == (bare.type, bare.seller_id, bare.flags)


@pytest.mark.parametrize("name", NAMES)
def test_a_single_message_is_kept_byte_for_byte(name: str) -> None:
    delivered = raw(name)

    (found,) = read(delivered)

    assert found.raw == delivered.strip()


def test_each_record_of_a_batch_is_kept_as_it_stands_in_it() -> None:
    first, second = '{ "Sku":"ä\\u00e9" }', '{"b" :[1, 2.50]}'

    found = opened(f'{{"Records" : [ {first},{second} ] }}')

    assert [one.raw for one in found] == [first, second]


def test_what_stands_beside_a_batch_is_kept_unless_it_is_the_transports() -> None:
    batch = received(sample("listing-issues"))

    alone, *more = read(body(batch)), read(body(batch | {"note": "from the old queue"}))

    assert len(alone) == 1
    beside = {"Messages": [], "ResponseMetadata": {"RequestId": "r"}, "note": "from the old queue"}
    assert json.loads(more[0][1].raw) == beside


def test_values_one_after_the_other_are_a_batch() -> None:
    lines = b"\n".join(body(sample(name)) for name in NAMES)

    assert [one.type for one in read(lines)] == [one.type for name in NAMES for one in read(raw(name))]


def test_a_byte_order_mark_is_no_part_of_the_message() -> None:
    assert len(read(b"\xef\xbb\xbf" + raw("report"))) == 1


def test_a_batch_in_a_batch_is_taken_apart() -> None:
    inner = [eventbridge(sample("listing-issues")), sns(sample("account-status"))]

    assert [one.type for one in read(body([sqs(*inner), [sample("listing-status")]]))] == [
        "LISTINGS_ITEM_ISSUES_CHANGE",
        "ACCOUNT_STATUS_CHANGED",
        "LISTINGS_ITEM_STATUS_CHANGE",
    ]


@pytest.mark.parametrize("nothing", [[], {"Records": []}, {"Messages": []}])
def test_an_empty_batch_has_no_messages(nothing: object) -> None:
    assert read(body(nothing)) == []


@pytest.mark.parametrize("odd", [0, "text", None, True, {}, {"a": 1}, {"Message": "hello"}, {"body": 5}, {"x": [1]}])
def test_whatever_is_json_is_a_message_of_unknown_type(odd: object) -> None:
    (found,) = read(body(odd))

    assert found.raw == body(odd)
    assert {Flag.UNKNOWN_TYPE, Flag.NOT_A_MESSAGE} <= set(found.flags)


def test_an_envelopes_word_for_an_unknown_content_is_its_type() -> None:
    event = {"detail-type": "Object Created", "source": "aws.s3", "detail": {"bucket": "b"}}

    (found,) = read(body(event))

    assert found.type == "Object Created"


def test_envelopes_are_opened_up_to_a_depth_and_what_is_deeper_is_kept() -> None:
    deep = sample("account-status")
    for _ in range(MAX_DEPTH + 1):
        deep = {"detail": deep}

    (found,) = read(body(deep))

    assert Flag.TOO_DEEP in found.flags
    assert found.raw == body(deep)


@pytest.mark.parametrize(
    "broken", [b"", b" ", b"{", b"nothing", b'{"a":1}x', b'{"a":NaN}', b"\xff\xfe", b'{"a":1,}', b"[" * 100_000]
)
def test_what_is_not_json_is_refused(broken: bytes) -> None:
    with pytest.raises(BodyUnreadable):
        read(broken)


def test_numbers_of_any_length_are_read() -> None:
    (found,) = read(b'{"a":' + b"9" * 10_000 + b"}")

    assert found.type == "unknown"


@pytest.mark.parametrize("form", ["[%s]", '{"Records":[%s]}', "%s"])
def test_more_messages_than_a_request_may_have_are_refused(form: str) -> None:
    separator = " " if form == "%s" else ","
    many = separator.join(["{}"] * (MAX_RECORDS + 1))

    assert len(read((form % separator.join(["{}"] * MAX_RECORDS)).encode())) == MAX_RECORDS
    with pytest.raises(TooManyMessages):
        read((form % many).encode())
