"""What a digest says, and to whom."""

from email.message import EmailMessage

from tests.client import Client
from tests.digests.conftest import Worker
from tests.digests.offices import Office
from tests.given import Given

MORNING = "2026-03-03T08:00:00Z"


def text(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def test_it_tells_what_is_overdue_and_what_is_due_soon_in_the_zone_of_the_plan(
    given: Given, worker: Worker, office: Office
) -> None:
    given.plan(
        given.promise(due_on="2026-02-27", text="Remove the remaining 212 units."),
        given.promise(due_at="2026-03-04T01:30:00Z", text="Call the supplier."),
        given.promise(due_on="2026-03-20", text="Far away."),
    )

    worker.at(MORNING)

    said = text(office.mail[0])
    assert office.mail[0]["Subject"] == "Ada's shop: 1 overdue, 1 due in the next 7 days"
    assert "* POA-1.1  Remove the remaining 212 units.\n" in said
    assert "4 days overdue, due Fri 27 Feb 2026 (America/Los_Angeles)" in said
    assert "due Tue 3 Mar 2026, 17:30 (America/Los_Angeles)" in said
    assert "https://follow.example/v1/commitments/POA-1.2" in said
    assert "Far away" not in said


def test_it_counts_as_overdue_what_the_list_does(api: Client, given: Given, worker: Worker, office: Office) -> None:
    for due in ("2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"):
        given.commitment(due_on=due)

    worker.at(MORNING)

    overdue = api.at(MORNING).overdue()
    lines = text(office.mail[0]).split("DUE IN")[0].splitlines()
    assert [line.split()[1] for line in lines if line.startswith("*")] == overdue == ["POA-1.1", "POA-2.1", "POA-3.1"]


def test_each_gets_their_own_and_only_those_who_have_something_to_do(
    given: Given, worker: Worker, office: Office
) -> None:
    given.member("vera")
    given.commitment(owner="chidi", due_on="2026-03-01", text="Chidi's.")
    given.commitment(owner="ada", due_on="2026-03-01", text="Ada's.")

    worker.at(MORNING)

    said = {str(one["To"]): text(one) for one in office.mail}
    assert said.keys() == {"Chidi Park <chidi@example.com>", "Ada Okafor <ada@example.com>"}
    assert "Ada's.\n" not in said["Chidi Park <chidi@example.com>"]


def test_it_says_what_waits_for_a_decision_but_not_ones_own(given: Given, worker: Worker, office: Office) -> None:
    given.member("bo")
    given.commitment(due_on="2026-03-20")
    ada = given.client_of("ada")
    Given(ada).done("POA-1.1")
    draft = ada.post("/v1/plans", json={"title": "Late shipments"}).json()["reference"]

    worker.at(MORNING)

    assert office.to == ["Bo Lindqvist <bo@example.com>"]
    said = text(office.mail[0])
    assert office.mail[0]["Subject"] == "Ada's shop: 2 waiting for your decision"
    assert "Done, to be verified, since Mon 2 Mar 2026" in said
    assert f"* {draft}  Late shipments\n  To be read and signed off" in said


def test_an_empty_one_is_not_sent_and_not_later_that_day_either(given: Given, worker: Worker, office: Office) -> None:
    given.member("ada")

    worker.at(MORNING)
    given.commitment(due_on="2026-03-01")
    worker.at("2026-03-03T15:00:00Z")

    assert (office.mail, worker.states()) == ([], [("empty", 1)])


def test_who_has_left_gets_nothing(api: Client, given: Given, worker: Worker, office: Office) -> None:
    given.commitment(due_on="2026-03-01")
    leaving = {"active": False, "hand_over_to": given.member("chidi")["id"]}
    assert api.patch(f"/v1/members/{given.member('ada')['id']}", json=leaving).status_code == 200

    worker.at(MORNING)

    assert office.to == ["Chidi Park <chidi@example.com>"]


def test_another_workspace_is_not_told(cy: Client, worker: Worker, office: Office) -> None:
    Given(cy).commitment(due_on="2026-03-01")

    worker.at(MORNING)

    assert office.mail == []


def test_long_lists_are_cut_and_the_rest_is_counted(given: Given, worker: Worker, office: Office) -> None:
    given.plan(*[given.promise(due_on="2026-03-01", text="x" * 5000) for _ in range(55)])

    worker.at(MORNING)

    said = text(office.mail[0])
    assert said.count("* POA-1.") == 20
    assert "55 overdue" in said
    assert "and 35 more" in said
    assert len(office.raw[0]) < 30_000


def test_what_people_wrote_is_text_and_never_markup_or_a_header(
    api: Client, given: Given, worker: Worker, office: Office
) -> None:
    api.patch("/v1/workspace", json={"name": "<b>Shop</b>\u2028X-Evil: 1"})
    given.commitment(due_on="2026-03-01", text="<script>alert(1)</script>\nBcc: all@example.com")

    worker.at(MORNING)

    page = text(office.mail[0], "html")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Bcc: all@example.com" in page
    assert "<b>Shop" not in page
    assert {"Bcc", "X-Evil"}.isdisjoint(office.mail[0].keys())


def test_it_is_both_text_and_a_page_and_says_that_nobody_wrote_it(given: Given, worker: Worker, office: Office) -> None:
    given.commitment(due_on="2026-03-01")

    worker.at(MORNING)

    message = office.mail[0]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"] == "Followthrough <digests@follow.example>"
    assert message["Message-ID"].endswith("@follow.example>")
