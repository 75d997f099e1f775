"""What stands escalated, at any instant: worked out from rows, whether a worker has run or not."""

from datetime import datetime, timedelta

import pytest

from tests.client import Client
from tests.escalations.ruling import rule, standing
from tests.given import Given


def texts(api: Client, **query: object) -> list[list[str]]:
    return [[one["text"] for one in entry["commitments"]] for entry in standing(api, **query)]


def test_without_rules_nothing_is_escalated(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-01")

    answer = api.get("/v1/escalations").json()

    assert (answer["data"], answer["has_more"], answer["next_cursor"]) == ([], False, None)


def test_a_commitment_is_escalated_with_its_rule_its_level_and_who_is_told(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-20")
    ruled = rule(given, older_than_days=3, level=4, tell=["bo@example.com", "ada@example.com"])

    (entry,) = standing(api)

    assert entry["rule"] == {"id": ruled["id"], "name": "Late"}
    assert (entry["level"], entry["older_than_days"], entry["at_least"], entry["count"]) == (4, 3, None, 1)
    assert [one["name"] for one in entry["told"]] == ["Bo Lindqvist", "Ada Okafor"]
    assert entry["since"] == "2026-02-24T08:00:00Z"
    assert entry["commitments"] == api.get("/v1/overdue").json()["data"]
    assert entry["overdue"] is None


@pytest.mark.parametrize(
    ("zone", "due", "days", "begins"),
    [
        # Clocks go forward on 8 March and back on 1 November; of days, not of 24 hours.
        ("America/Los_Angeles", {"due_on": "2026-03-06"}, 0, "2026-03-07T08:00:00Z"),
        ("America/Los_Angeles", {"due_on": "2026-03-06"}, 1, "2026-03-08T08:00:00Z"),
        ("America/Los_Angeles", {"due_on": "2026-03-06"}, 2, "2026-03-09T07:00:00Z"),
        ("America/Los_Angeles", {"due_on": "2026-10-30"}, 2, "2026-11-02T08:00:00Z"),
        # Where clocks go back from 01:00 to midnight, the day begins with the first one.
        ("America/Havana", {"due_on": "2026-10-30"}, 1, "2026-11-01T04:00:00Z"),
        # Where they go forward over midnight, the day begins at 01:00.
        ("Africa/Cairo", {"due_on": "2026-04-22"}, 1, "2026-04-23T22:00:00Z"),
        # A deadline within a day counts from that day on, as `days_overdue` does.
        ("Asia/Kathmandu", {"due_at": "2026-03-06T04:00:00Z"}, 0, "2026-03-06T04:00:00Z"),
        ("Asia/Kathmandu", {"due_at": "2026-03-06T04:00:00Z"}, 1, "2026-03-07T18:15:00Z"),
    ],
)
def test_older_than_so_many_days_begins_with_a_local_day(
    api: Client, given: Given, zone: str, due: dict[str, str], days: int, begins: str
) -> None:
    given.commitment(zone=zone, **due)
    rule(given, older_than_days=days)
    before = datetime.fromisoformat(begins) - timedelta(microseconds=1)

    assert standing(api, as_of=before.isoformat()) == []
    (entry,) = standing(api, as_of=begins)

    assert entry["since"] == begins
    assert entry["commitments"][0]["days_overdue"] == days + 1


def test_so_many_together_are_one_entry_from_the_one_that_makes_the_number_full(api: Client, given: Given) -> None:
    given.plan(*[given.promise(due_on=f"2026-03-{day}", text=str(day)) for day in (12, 10, 14, 11, 16, 13)], zone="UTC")
    rule(given, older_than_days=3, count=5)

    assert standing(api, as_of="2026-03-17T23:59:59Z") == []
    (full,) = standing(api, as_of="2026-03-18T00:00:00Z")
    (more,) = standing(api, as_of="2026-03-25T00:00:00Z")

    assert (full["count"], full["at_least"], full["since"]) == (5, 5, "2026-03-18T00:00:00Z")
    assert (more["count"], more["since"]) == (6, "2026-03-18T00:00:00Z")
    assert [one["text"] for one in more["commitments"]] == ["10", "11", "12", "13", "14"]
    listed = api.get(more["overdue"]).json()
    assert len(listed["data"]) == more["count"]
    assert {one["days_overdue"] > 3 for one in listed["data"]} == {True}


def test_those_counted_together_are_listed_by_the_same_filters(api: Client, given: Given) -> None:
    account = given.post("/v1/accounts", {"marketplace": "amazon.com", "external_id": "A1", "timezone": "UTC"})["id"]
    given.plan(
        given.promise(due_on="2026-02-10", text="mine"),
        given.promise(due_on="2026-02-10", kind="preventive"),
        given.promise(due_on="2026-02-10", owner="bo"),
        given.promise(due_on="2026-02-28"),
        account=account,
    )
    given.commitment(due_on="2026-02-10")
    rule(given, count=1, older_than_days=5, kind="corrective", owner="ada@example.com", account=account)

    (entry,) = standing(api)

    assert [one["text"] for one in entry["commitments"]] == ["mine"]
    assert api.get(entry["overdue"]).json()["data"] == entry["commitments"]


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        ({"kind": "preventive"}, ["other kind"]),
        ({"owner": "bo@example.com"}, ["other owner"]),
        ({"older_than_days": 10}, ["other day"]),
        ({"owner": "ada@example.com", "kind": "corrective", "older_than_days": 10}, ["other day"]),
        ({"owner": "bo@example.com", "kind": "preventive"}, []),
    ],
)
def test_a_rule_is_narrowed_to_kind_owner_and_age(
    api: Client, given: Given, narrow: dict[str, object], expected: list[str]
) -> None:
    given.plan(
        given.promise(due_on="2026-02-25", kind="preventive", text="other kind"),
        given.promise(due_on="2026-02-25", owner="bo", text="other owner"),
        given.promise(due_on="2026-02-10", text="other day"),
    )
    rule(given, **narrow)

    assert [entry for (entry,) in texts(api)] == expected


def test_the_highest_level_comes_first_and_pages_leave_nothing_out(api: Client, given: Given) -> None:
    given.plan(*[given.promise(due_on=f"2026-02-{day:02}", text=str(day)) for day in range(1, 6)])
    low, high, together = rule(given), rule(given, level=5), rule(given, level=3, count=2)

    pages, cursor = [], {}
    while True:
        answer = api.get("/v1/escalations", params={"limit": 3, **cursor}).json()
        pages.append(answer["data"])
        if not answer["has_more"]:
            break
        cursor = {"cursor": answer["next_cursor"]}

    found = [(one["rule"]["id"], one["commitments"][0]["text"]) for page in pages for one in page]
    singles = [[(of["id"], str(day)) for day in range(1, 6)] for of in (high, low)]
    assert found == [*singles[0], (together["id"], "1"), *singles[1]]
    assert [len(page) for page in pages] == [3, 3, 3, 2]


def test_it_is_narrowed_to_a_level_or_a_rule(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-10")
    low, high = rule(given), rule(given, level=5)

    assert [one["rule"]["id"] for one in standing(api, level=5)] == [high["id"]]
    assert [one["rule"]["id"] for one in standing(api, rule=low["id"])] == [low["id"]]
    assert standing(api, rule=low["id"], level=5) == []


@pytest.mark.parametrize("query", ["level=0", "level=6", "rule=1", "as_of=now", "limit=0", "cursor=x", "owner=ada"])
def test_a_question_that_cannot_be_read_is_refused(api: Client, query: str) -> None:
    assert api.get(f"/v1/escalations?{query}").status_code in {400, 422}


def test_what_is_done_or_switched_off_stands_no_longer(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-02-10", text="1"), given.promise(due_on="2026-02-10", text="2"))
    made = rule(given)

    given.done("POA-1.1")
    after = texts(api)
    api.patch(f"/v1/escalation-rules/{made['id']}", json={"active": False})

    assert (after, standing(api)) == ([["2"]], [])


def test_the_past_is_as_it_stood_then_and_the_future_as_it_will_if_nobody_acts(api: Client, given: Given) -> None:
    given.plan(given.promise(due_on="2026-03-03", text="1"), given.promise(due_on="2026-03-04", text="2"), zone="UTC")
    given.member("bo")
    api.at("2026-03-07T10:00:00Z")
    given.post("/v1/commitments/POA-1.2/reassignment", {"owner": "bo@example.com"})
    given.done("POA-1.1")
    rule(given, owner="ada@example.com", older_than_days=1)

    assert standing(api) == []
    assert texts(api, as_of="2026-03-07T09:59:59Z") == [["1"], ["2"]]
    assert texts(api, as_of="2026-03-05T00:00:00Z") == [["1"]]
    owners = [one["commitments"][0]["owner"]["name"] for one in standing(api, as_of="2026-03-07T09:59:59Z")]
    assert owners == ["Ada Okafor", "Ada Okafor"]

    ahead = rule(given, owner="bo@example.com", older_than_days=4)
    assert standing(api, rule=ahead["id"]) == []
    assert texts(api, rule=ahead["id"], as_of="2026-03-09T00:00:00Z") == [["2"]]


def test_who_has_left_is_told_nothing(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-10")
    rule(given, tell=[given.member("chidi")["id"], "bo@example.com"])
    api.patch(f"/v1/members/{given.member('chidi')['id']}", json={"active": False})

    (entry,) = standing(api)

    assert [one["name"] for one in entry["told"]] == ["Bo Lindqvist"]


def test_a_poll_is_answered_anew_when_a_local_day_makes_it_stand(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-28", zone="Asia/Kathmandu")
    rule(given, older_than_days=2)
    first = api.at("2026-03-02T18:14:59Z").get("/v1/escalations")
    tag = {"If-None-Match": first.headers["etag"]}

    same = api.get("/v1/escalations", headers=tag)
    second = api.at("2026-03-02T18:15:00Z").get("/v1/escalations", headers=tag)

    assert (same.status_code, second.status_code) == (304, 200)
    assert (len(first.json()["data"]), len(second.json()["data"])) == (0, 1)


def test_a_rule_that_is_changed_is_seen_by_the_next_poll(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-28")
    made = rule(given)
    tag = api.get("/v1/escalations").headers["etag"]

    api.patch(f"/v1/escalation-rules/{made['id']}", json={"level": 5})
    answer = api.get("/v1/escalations", headers={"If-None-Match": tag})

    assert answer.json()["data"][0]["level"] == 5


def test_others_see_none_of_it(api: Client, given: Given, cy: Client) -> None:
    given.commitment(due_on="2026-02-10")
    rule(given)

    assert (len(standing(api)), standing(cy)) == (1, [])


def test_when_all_have_left_whom_a_rule_tells_the_admins_are_told_and_the_rule_says_so(
    api: Client, given: Given
) -> None:
    given.commitment(due_on="2026-02-20")
    path = f"/v1/escalation-rules/{rule(given)['id']}"
    before, (told_before,) = api.get(path), standing(api)

    api.patch(f"/v1/members/{given.member('bo')['id']}", json={"active": False})
    after, (told_after,) = api.get(path, headers={"If-None-Match": before.headers["etag"]}), standing(api)
    listed = api.get("/v1/escalation-rules").json()["data"]
    stale = api.patch(path, json={"level": 2}, headers={"If-Match": before.headers["etag"]})
    renamed = api.patch(path, json={"tell": ["ada@example.com"]})

    assert (before.json()["all_left"], after.json()["all_left"], renamed.json()["all_left"]) == (False, True, False)
    assert [one["all_left"] for one in listed] == [True]
    assert stale.status_code == 412
    assert ([one["name"] for one in told_before["told"]], told_before["all_left"]) == (["Bo Lindqvist"], False)
    assert ([one["name"] for one in told_after["told"]], told_after["all_left"]) == (["Ada Okafor"], True)


def test_where_a_key_alone_is_the_admin_the_approvers_are_told_or_else_all_members(api: Client, given: Given) -> None:
    given.commitment(due_on="2026-02-20", owner="chidi")
    ren, bo, vera = (given.member(who)["id"] for who in ("ren", "bo", "vera"))
    given.post("/v1/escalation-rules", {"name": "Late", "level": 1, "tell": [ren]})

    told = []
    for leaves in (ren, bo, vera):
        assert api.patch(f"/v1/members/{leaves}", json={"active": False}).is_success
        told.append([one["name"] for one in standing(api)[0]["told"]])

    assert told == [["Bo Lindqvist"], ["Chidi Park", "Vera Sol"], ["Chidi Park"]]
