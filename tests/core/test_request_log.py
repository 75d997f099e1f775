"""A request has an id that leads to its log line, and nothing private is in any line."""

import json
import logging
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from hypothesis import given as examples
from hypothesis import strategies

from app.core import db, logs
from tests.client import Client
from tests.conftest import Tenant
from tests.given import Given

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ID = "[A-Za-z0-9_-]{1,64}"


@examples(strategies.from_regex(ID, fullmatch=True))
def test_a_request_id_comes_back(running: Client, request_id: str) -> None:
    assert running.get("/healthz", headers={"X-Request-Id": request_id}).headers["x-request-id"] == request_id


@pytest.mark.parametrize("given_id", ["", "two words", "x" * 65, "<script>", "a,b", "é"])
def test_what_is_no_request_id_is_replaced(running: Client, given_id: str) -> None:
    answered = running.get("/healthz", headers={"X-Request-Id": given_id.encode("latin-1")}).headers["x-request-id"]

    assert answered.startswith("req_")
    assert len(answered) == 28


def test_a_write_is_one_line_that_says_who_did_what(
    api: Client, tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "followthrough"):
        made = api.post(
            "/v1/members",
            json={"name": "Dee", "email": "dee@example.com"},
            headers={"X-Request-Id": "mine", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
        )

    [line] = [vars(record) for record in caplog.records if record.name == "followthrough"]
    assert made.status_code == 201
    assert (line["request_id"], line["trace_id"], line["workspace"]) == ("mine", TRACE, tenant.workspace_id)
    assert (line["method"], line["path"], line["status"]) == ("POST", "/v1/members", 201)
    assert line["actor"] == json.loads(api.get("/v1/events").json()["data"][-1]["text"])["actor"]
    assert line["ms"] > 0


@pytest.mark.parametrize(
    "header", [f"00-{TRACE}-00f067aa0ba902b7", f"ff-{TRACE}-x-01", f"00-{TRACE.upper()}-00f067aa0ba902b7-01", "x"]
)
def test_what_is_no_trace_is_left_out(api: Client, caplog: pytest.LogCaptureFixture, header: str) -> None:
    with caplog.at_level(logging.INFO, "followthrough"):
        api.get("/v1/nowhere", headers={"traceparent": header})

    assert [vars(record)["trace_id"] for record in caplog.records if record.name == "followthrough"] == [None]


def test_reads_that_succeed_are_only_counted(api: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "followthrough"):
        api.get("/v1/overdue")
        api.head("/v1/workspace")

    assert [record for record in caplog.records if record.name == "followthrough"] == []


def test_no_key_and_no_words_of_people_are_in_any_line(
    api: Client, given: Given, tenant: Tenant, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = "Canary7"
    with caplog.at_level(logging.DEBUG):
        made = given.post("/v1/api-keys", {"name": canary, "scopes": ["read"]})
        given.post("/v1/members", {"name": canary, "email": f"{canary}@example.com"})
        api.post("/v1/members", json={"name": canary, "email": f"{canary}@example.com"})
        api.post("/v1/members", json={"name": canary, "no": canary})
        api.post("/v1/plans", json={"title": canary, "commitments": [{"kind": canary}]})
        api.get("/v1/members", params={"cursor": canary})
        api.with_key(f"{tenant.key[:-3]}xyz").get("/v1/workspace")
        api.with_key(made["secret"]).delete(f"/v1/api-keys/{made['id']}")

    formatter = logging.Formatter()
    lines = [formatter.format(record) + str(vars(record)) for record in caplog.records if record.name != "httpx2"]
    printed = capsys.readouterr()
    text = "\n".join([*lines, printed.out, printed.err])
    assert len(lines) >= 8
    for private in (tenant.key[3:-3], made["secret"][3:], canary):
        assert private not in text


def test_the_error_of_a_statement_does_not_repeat_what_people_wrote(app: FastAPI, tenant: Tenant) -> None:
    statement, values = sa.text("SELECT CAST(:name AS text), 1 / 0"), {"name": "Canary7"}

    with db.writing(app.state.engine, UUID(tenant.workspace_id)) as tx:
        with pytest.raises(sa.exc.DataError, match="division by zero") as raised:
            tx.execute(statement, values)
        tx.rollback()

    assert "Canary7" not in str(raised.value)


def test_a_line_has_the_fields_it_may_have_and_no_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", logging.root.handlers)
    monkeypatch.setattr(logging.root, "level", logging.root.level)
    logs.configure("info")

    logging.getLogger("followthrough").info("request", extra={"status": 200, "trace_id": None, "password": "hunter2"})

    line = json.loads(capsys.readouterr().err)
    assert line.keys() == {"message", "level", "at", "status"}
