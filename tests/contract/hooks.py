"""What Schemathesis cannot read in the document: values of our own formats, and why valid data may be refused."""

import string
from typing import Any
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

KNOWN = ("ada@example.com", "bo@example.com")
"""Members that are there before the tests begin."""

THERE = {"owner": KNOWN[0], "plan": "POA-1"}

BEYOND_A_SCHEMA = {
    *("unknown_member", "unknown_account", "unknown_plan", "unknown_owner", "unknown_root_cause", "unknown_notice"),
    *("no_subscription", "unknown_item", "unknown_submission", "superseded", "notice_twice", "one_of"),
    *("before_received", "not_before", "unknown_file", "empty-file"),
    *("reason_missing", "unknown_series", "ended_already"),
    *("not-later", "nothing-amended"),
    *("due_twice", "due_missing", "owner_missing", "owner_left", "no_commitment", "key_taken", "item_twice"),
    *(
        "unknown_zone",
        "unknown_channel",
        "duration",
        "recurrence",
        "no_recurrence",
        "not_a_day",
        "unknown-file",
        "channel-not-understood",
        "too_many",
        "future",
        "past",
        "larger",
        "too_powerful",
        "key-too-powerful",
        "unknown_rule",
        "too-many-rules",
        "performed-in-the-future",
    ),
}
"""Codes of wrong places, and types of problems without one, that depend on more than the field itself."""

_words = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20)

schemathesis.openapi.format("iana-time-zone", st.sampled_from(sorted(available_timezones())))
schemathesis.openapi.format("mailbox", st.sampled_from(KNOWN) | st.builds("{}@{}.example".format, _words, _words))
schemathesis.openapi.format("digest-channel", st.sampled_from(["email", "ntfys://ntfy.example.com/ada"]))
schemathesis.openapi.format("duration", st.sampled_from(["P14D", "P2W", "P1M", "P1Y6M", "PT72H", "PT90M"]))
schemathesis.openapi.format(
    "rfc5545-recur",
    st.sampled_from(["FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=FR;COUNT=26", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=12"]),
)


@schemathesis.hook
def before_call(_: object, case: Any, __: object) -> None:
    """Name each request anew, since one name for two is refused; and ask about those who are there."""
    name = (case.headers or {}).get("Idempotency-Key")
    if name:
        case.headers["Idempotency-Key"] = name[: 255 - len(case.id)] + case.id
    if case.meta and case.meta.generation.mode.is_positive and case.query:
        case.query.update({name: there for name, there in THERE.items() if name in case.query})
        case.query.pop("account", None)


@schemathesis.check
def refused_for_a_reason(_: object, response: Any, case: Any) -> None:
    """Data that fits the schema is refused as invalid only for what a schema cannot say."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    reasons = {one["code"] for one in problem.get("errors", ())} or {problem["type"].rsplit("/", 1)[1]}
    assert reasons <= BEYOND_A_SCHEMA, f"refused for {reasons - BEYOND_A_SCHEMA}: the schema allows it"
