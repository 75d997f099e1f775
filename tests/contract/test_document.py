"""The contract that is committed: the code's, complete, and kind to those who read it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.contract import to_text

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
DOCUMENT = json.loads(COMMITTED.read_text(encoding="utf-8"))
OPERATIONS = [
    pytest.param(operation, id=operation["operationId"])
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
]


def test_the_committed_document_is_what_the_code_says(app: FastAPI) -> None:
    assert COMMITTED.read_text(encoding="utf-8") == to_text(app.openapi()), "run `make openapi`"


def test_it_is_openapi_3_1_0() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_names_its_problems(operation: dict[str, Any]) -> None:
    refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}

    assert refusals.keys() >= {"401", "403", "422", "429", "500", "503"}
    assert all(answer == {"$ref": f"#/components/responses/Problem{status}"} for status, answer in refusals.items())


def test_every_problem_is_problem_json() -> None:
    assert all(
        list(answer["content"]) == ["application/problem+json"]
        for answer in DOCUMENT["components"]["responses"].values()
    )


def test_fields_of_answers_have_no_defaults_and_are_all_required() -> None:
    answers = {name: DOCUMENT["components"]["schemas"][name] for name in _named(_answers())}

    lax = [
        f"{name}.{field}"
        for name, schema in answers.items()
        for field, said in schema.get("properties", {}).items()
        if "default" in said or field not in schema["required"]
    ]

    assert lax == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_link_leads_to_an_operation_and_its_parameter(operation: dict[str, Any]) -> None:
    parameters = {
        one.values[0]["operationId"]: {parameter["name"] for parameter in one.values[0].get("parameters", ())}
        for one in OPERATIONS
    }

    links = [link for answer in operation["responses"].values() for link in answer.get("links", {}).values()]

    assert all(link["parameters"].keys() <= parameters[link["operationId"]] for link in links)


def _answers() -> list[Any]:
    return [
        answer
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status < "300"
    ]


def _named(node: Any) -> set[str]:
    """Return the names of all schemas that *node* refers to, also indirectly."""
    found: set[str] = set()
    open_ = set(_references(node))
    while open_ - found:
        name = (open_ - found).pop()
        found.add(name)
        open_ |= set(_references(DOCUMENT["components"]["schemas"][name]))
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if str(node.get("$ref", "")).startswith("#/components/schemas/"):
            yield node["$ref"].rsplit("/", 1)[1]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
