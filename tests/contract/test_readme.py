"""The README's session does what it says, and is the same as its Arazzo document."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.client import Client
from tests.contract.readme import Step, session

OPENAPI = Path(__file__).parents[2] / "openapi"


def test_every_command_of_the_readme_succeeds(api: Client) -> None:
    tag, statuses = "", []

    for step in session():
        headers = {"If-None-Match": tag} if step.conditional else {}
        answer = api.at("2026-11-23T09:00:00Z").request(step.method, step.path, json=step.body, headers=headers)
        tag = answer.headers["ETag"]
        statuses.append(answer.status_code)

    assert statuses == [201, 201, 201, 200, 200, 304, 201, 200, 200, 200, 200]


def test_the_overdue_list_of_the_readme_shrinks(api: Client) -> None:
    lists = []

    for step in session():
        answer = api.at("2026-11-23T09:00:00Z").request(step.method, step.path, json=step.body)
        if step.path.startswith("/v1/overdue"):
            lists.append([(one["reference"], one["days_overdue"]) for one in answer.json()["data"]])

    both = [("POA-1.1", 39), ("POA-1.2", 34)]
    assert lists == [both, both, both, [("POA-1.2", 34)], [("POA-1.2", 1199), ("POA-1.3", 16)]]


def test_the_arazzo_document_is_the_same_session() -> None:
    document = yaml.safe_load((OPENAPI / "quickstart.arazzo.yaml").read_text(encoding="utf-8"))

    steps = [_step(one) for one in document["workflows"][0]["steps"]]

    assert steps == session()


def test_no_step_of_the_arazzo_document_is_without_a_criterion() -> None:
    document = yaml.safe_load((OPENAPI / "quickstart.arazzo.yaml").read_text(encoding="utf-8"))

    assert all(step["successCriteria"] for step in document["workflows"][0]["steps"])


def _step(written: dict[str, Any]) -> Step:
    path, method = next(
        (path, method)
        for path, operations in json.loads((OPENAPI / "openapi.json").read_text(encoding="utf-8"))["paths"].items()
        for method, operation in operations.items()
        if operation["operationId"] == written["operationId"]
    )
    given = {(one["in"], one["name"]): one["value"] for one in written.get("parameters", ())}
    for (place, name), value in given.items():
        path = path.replace(f"{{{name}}}", value) if place == "path" else path
    query = "&".join(f"{name}={value}" for (place, name), value in given.items() if place == "query")
    return Step(
        method=method.upper(),
        path=f"{path}?{query}" if query else path,
        body=written.get("requestBody", {}).get("payload"),
        conditional=("header", "If-None-Match") in given,
    )
