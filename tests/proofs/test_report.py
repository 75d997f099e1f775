"""The report retells the bundle for people: what was promised, what became of it, what that does not prove."""

import base64
import io
import re
import zipfile
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi import FastAPI
from typing_extensions import override

from app.core import db
from app.ledger.models import Cosignature, TimestampToken
from tests.client import Client
from tests.conftest import NOW
from tests.given import Given
from tests.proofs.conftest import Seal

SCRIPT = "<script>alert('x')</script>\"&amp;"
VOID = {"meta", "br"}


class Page(HTMLParser):
    """What a browser would see: the text, and the elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def report(api: Client, **query: Any) -> Page:
    answer = api.get("/v1/plans/POA-1/proof.zip", params=query)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return Page(archive.read("report.html").decode())


def test_it_says_what_was_promised_by_whom_and_how_it_ended(api: Client, given: Given, seal: Seal) -> None:
    given.plan(
        given.promise(due_on="2026-03-04"),
        given.promise(text="Write to the supplier.", owner="chidi", due_on="2026-03-03"),
        given.promise(text="Ask every week.", due_on="2026-03-05"),
        given.promise(text="Audit the warehouse.", due_on="2026-05-01"),
    )
    given.done("POA-1.1")
    api.at("2026-03-06T18:00:00Z")
    given.done("POA-1.2", performed_on="2026-03-02")
    seal()

    text = report(api).text

    assert "Approved by Amazon (case 1) on 20 Feb 2026, 09:04" in text
    assert "4 promised 1 done on time 1 done late 1 overdue 1 not due yet" in text
    assert "Done on time Remove the remaining 212 units. Owner Ada Okafor Due 4 Mar 2026 Done 2 Mar 2026, 01:00" in text
    assert "Done 3 days late Write to the supplier. Owner Chidi Park Due 3 Mar 2026 Done 6 Mar 2026, 10:00" in text
    assert "Performed 2 Mar 2026, as they say" in text
    assert "Overdue by 1 day Ask every week." in text
    assert "Open, not due yet Audit the warehouse." in text
    assert "Removal order 90-3344 is closed. Note, recorded 2 Mar 2026, 01:00" in text


def test_a_deadline_that_is_an_instant_has_its_time(api: Client, given: Given, seal: Seal) -> None:
    given.plan(given.promise(due_at="2026-03-04T17:30:00Z"))
    seal()

    assert "Due 4 Mar 2026, 09:30" in report(api).text


def test_a_link_is_shown_with_its_title_and_date_and_leads_nowhere(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    link = {"kind": "link", "url": "https://notary.example/1", "title": "The letter", "document_on": "2026-02-27"}
    given.post("/v1/commitments/POA-1.1/evidence", link)
    seal()

    page = report(api)

    assert "The letter https://notary.example/1 Link, dated 27 Feb 2026" in page.text
    assert "a" not in page.tags


def test_nothing_that_people_write_becomes_markup(api: Client, given: Given, seal: Seal) -> None:
    given.post("/v1/members", {"name": SCRIPT, "email": "eve@example.com", "role": "contributor"})
    approval = {"authority": SCRIPT, "received_at": "2026-02-20T17:04:00Z", "reference": SCRIPT, "text": SCRIPT}
    given.plan(given.promise(text=SCRIPT, owner="eve@example.com"), title=SCRIPT, approval=approval)
    given.evidence("POA-1.1", SCRIPT)
    given.post("/v1/commitments/POA-1.1/evidence", {"kind": "link", "url": "https://x.example/", "title": SCRIPT})
    seal()

    page = report(api)

    assert page.text.count(SCRIPT) >= 8
    assert "script" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"src", "href", "style"}]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_what_was_erased_is_said_to_be_gone(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    evidence = given.evidence("POA-1.1")
    given.post("/v1/erasures", {"subject": evidence["id"]})
    seal()

    text = report(api).text

    assert "(erased or left out; the ledger keeps its fingerprint) Note" in text
    assert "What was erased or left out (1 texts)" in text


def test_without_names_people_are_ids(api: Client, given: Given, seal: Seal) -> None:
    ada = given.member("ada")["id"]
    given.plan()
    seal()

    assert f"Owner …{ada[-12:]}" in report(api, redact="names").text


def test_it_says_plainly_what_it_does_not_prove(api: Client, given: Given, seal: Seal) -> None:
    given.plan()
    seal()

    proved, _, unproved = report(api).text.partition("What it does not prove")

    assert "none is missing" in proved
    for said in ("What the evidence is worth", "other than by the server's own clock", "no witness has signed"):
        assert said in unproved
    assert "who recorded the approval also sent the plan" in unproved


def test_what_outsiders_vouch_for_is_said_too(api: Client, given: Given, seal: Seal, app: FastAPI) -> None:
    bo = given.client_of("bo")
    plan = given.draft()
    given.submit(plan["id"])
    decision = {"outcome": "approved", "authority": "Amazon", "received_at": "2026-02-20T17:04:00Z"}
    assert bo.post(f"/v1/plans/{plan['id']}/decision", json=decision).status_code == 200
    sealed = seal()
    of = {"workspace_id": sealed.workspace_id, "epoch": sealed.epoch, "size": sealed.size, "added_at": NOW}
    line = f"\u2014 w1.example {base64.b64encode(bytes(76)).decode()}"
    with db.writing(app.state.engine, sealed.workspace_id) as tx:
        tx.add(Cosignature(key="w1.example", line=line, **of))
        tx.add(TimestampToken(tsa="tsa.example", token=b"\x30\x03\x02\x01\x00", **of))
        tx.flush()

    proved, _, unproved = report(api).text.partition("What it does not prove")

    assert "(P3)" in proved
    assert "Witnesses who saw the log only grow: 1." in proved
    for said in ("server's own clock", "no witness", "also sent the plan"):
        assert said not in unproved


@pytest.mark.parametrize(("submit", "state"), [(False, "draft"), (True, "submitted")])
def test_a_plan_that_is_not_approved_promises_nothing(
    api: Client, given: Given, seal: Seal, state: str, *, submit: bool
) -> None:
    plan = given.draft()
    if submit:
        given.submit(plan["id"])
    seal()

    text = report(api).text

    assert f"The plan is {state} ." in text
    assert "Nothing is promised yet." in text
