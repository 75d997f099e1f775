"""Whoever an escalation rule tells is told, in the digest."""

from tests.client import Client
from tests.digests.conftest import Worker
from tests.digests.offices import Office
from tests.digests.test_saying import MORNING, text
from tests.escalations.ruling import rule, standing
from tests.given import Given

BO = "Bo Lindqvist <bo@example.com>"


def of(office: Office, who: str) -> str:
    (message,) = (one for one in office.mail if one["To"] == who)
    return text(message)


def test_who_has_nothing_else_to_do_is_told_what_stands_escalated(given: Given, worker: Worker, office: Office) -> None:
    given.commitment(due_on="2026-02-20", text="Remove the remaining 212 units.")
    given.commitment(due_on="2026-03-01")
    rule(given, name="A week late: tell Bo", level=2, older_than_days=7)

    worker.at(MORNING)

    (message,) = (one for one in office.mail if one["To"] == BO)
    assert message["Subject"] == "Ada's shop: 1 escalated to you"
    assert (
        "\nESCALATED TO YOU\n\n"
        "* POA-1.1  Remove the remaining 212 units.\n"
        "  Level 2 (A week late: tell Bo), Ada Okafor: 11 days overdue, due Fri 20 Feb 2026 (America/Los_Angeles)\n"
        "  https://follow.example/v1/commitments/POA-1.1\n"
    ) in text(message)
    assert "Escalated to you (1)" in text(message, "html")
    assert "escalated" not in of(office, "Ada Okafor <ada@example.com>")


def test_the_highest_level_comes_first_and_several_together_are_one_thing(
    api: Client, given: Given, worker: Worker, office: Office
) -> None:
    given.plan(*[given.promise(due_on=f"2026-02-{day:02}") for day in range(1, 22)])
    rule(given, level=1, name="Very late " * 20)
    rule(given, level=3, count=5, name="Five of them")

    worker.at(MORNING)

    said = of(office, BO)
    listed = [one["commitments"][0]["reference"] for one in standing(api.at(MORNING))]
    assert [line.split()[1] for line in said.splitlines() if line.startswith("* ")] == listed[:20]
    assert "  Level 3 (Five of them), Ada Okafor: 21 together, the oldest 30 days overdue, due Sun 1 Feb" in said
    assert said.count(" days overdue, due ") == 20
    assert (len(listed), "22 escalated to you." in said, "  and 2 more" in said) == (22, True, True)


def test_nobody_else_is_told_nor_by_a_rule_that_is_off(given: Given, worker: Worker, office: Office) -> None:
    given.member("vera")
    given.commitment(due_on="2026-02-20")
    rule(given, active=False)

    worker.at(MORNING)

    assert office.to == ["Ada Okafor <ada@example.com>"]


def test_when_all_have_left_whom_a_rule_names_whoever_runs_the_workspace_is_told(
    api: Client, given: Given, worker: Worker, office: Office
) -> None:
    given.commitment(due_on="2026-02-20", owner="chidi")
    rule(given)
    given.member("vera")
    api.patch(f"/v1/members/{given.member('bo')['id']}", json={"active": False})

    worker.at(MORNING)

    assert sorted(office.to) == ["Ada Okafor <ada@example.com>", "Chidi Park <chidi@example.com>"]
    assert "ESCALATED TO YOU" in of(office, "Ada Okafor <ada@example.com>")
    assert "ESCALATED TO YOU" not in of(office, "Chidi Park <chidi@example.com>")


def test_without_an_admin_the_approvers_are_told_and_without_those_all_are(
    api: Client, given: Given, worker: Worker, office: Office
) -> None:
    given.commitment(due_on="2026-02-20", owner="chidi")
    made = rule(given)
    api.patch(f"/v1/members/{given.member('ada')['id']}", json={"role": "approver"})
    api.patch(f"/v1/escalation-rules/{made['id']}", json={"tell": [given.member("vera")["id"]]})
    api.patch(f"/v1/members/{given.member('vera')['id']}", json={"active": False})

    worker.at(MORNING)
    approvers = [to for to in office.to if "ESCALATED TO YOU" in of(office, to)]
    for who in ("ada", "bo"):
        api.patch(f"/v1/members/{given.member(who)['id']}", json={"role": "contributor"})
    office.mail.clear()
    worker.at("2026-03-04T08:00:00Z")
    everybody = [to for to in office.to if "ESCALATED TO YOU" in of(office, to)]

    assert sorted(approvers) == ["Ada Okafor <ada@example.com>", BO]
    assert sorted(everybody) == ["Ada Okafor <ada@example.com>", BO, "Chidi Park <chidi@example.com>"]
