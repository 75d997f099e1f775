"""The OpenAPI document: what FastAPI makes of the code, completed where it stops short.

FastAPI leaves out what every operation shares (problems, headers), writes `anyOf [X, null]` for an optional parameter,
and leaves dates without bounds. All of that is added here, once, so that no route repeats it.
"""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.core.components import ALWAYS, FAULT, HEADERS, NOT_MODIFIED, PROBLEM, RECEIPT, TITLES, Node, header


def operation_id(route: APIRoute) -> str:
    """`list_overdue` -> `listOverdue`: the name that generated clients show."""
    head, *rest = route.name.split("_")
    return head + "".join(word.title() for word in rest)


_SHORT = {"Api": "API", "Csv": "CSV"}
_CAPS = {"date": 10, "date-time": 35, "uuid": 36}


def install(app: FastAPI) -> None:
    """Make `app.openapi()` return the completed document."""

    def document() -> Node:
        if not app.openapi_schema:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    description=app.description,
                    openapi_version="3.1.0",
                    routes=app.routes,
                    tags=app.openapi_tags,
                    servers=app.servers,
                    contact=app.contact,
                    license_info=app.license_info,
                )
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def to_text(document: Node) -> str:
    """Return the document as it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _complete(spec: Node) -> Node:
    parts = spec.setdefault("components", {})
    parts.setdefault("schemas", {}).update(Problem=PROBLEM, Fault=FAULT)
    # The code reads the key itself; every operation needs one.
    parts["securitySchemes"] = {
        "ApiKey": {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer ft_...`."}
    }
    parts["headers"] = dict(HEADERS)
    parts["responses"] = {f"Problem{status}": _problem(status, title) for status, title in TITLES.items()}
    for path in spec["paths"].values():
        for verb, operation in path.items():
            _complete_operation(operation, verb)
    _bound(spec)
    _flatten_null(spec)
    _lift_examples(spec)
    _prune(spec)
    return spec


def _problem(status: int, title: str) -> Node:
    extra = {"Retry-After": header("Retry-After")} if status in (409, 429, 503) else {}
    return {
        "description": title,
        "headers": ALWAYS | extra,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _complete_operation(operation: Node, verb: str) -> None:
    operation["summary"] = _sentence(operation["summary"])
    operation["security"] = [{"ApiKey": []}]
    responses = operation["responses"]
    shared = [401, 403, 422, 429, 500, 503]
    if "requestBody" in operation:
        shared += [400, 413, 415]
    if verb != "get":
        shared += [409]
    for status in shared:
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    if verb == "get" and "ETag" in responses["200"].get("headers", {}):
        responses["304"] = dict(NOT_MODIFIED)
        if any(one["name"] == "cursor" for one in operation.get("parameters", ())):
            responses["200"]["headers"] |= {"Link": header("Link")}
    for status, response in responses.items():
        if "$ref" in response:
            responses[status] = {"$ref": response["$ref"]}
        else:
            response["headers"] = ALWAYS | response.get("headers", {}) | ({} if verb == "get" else RECEIPT)
            response["description"] = response["description"].replace("Successful Response", "Done.")
    for parameter in operation.get("parameters", ()):
        said = ("title", "description")
        parameter["schema"] = {
            name: value for name, value in _never_null(parameter["schema"]).items() if name not in said
        }
    operation["responses"] = dict(sorted(responses.items()))


def _sentence(title: str) -> str:
    """`List Api Keys` -> `List API keys`."""
    first, *rest = title.split()
    return " ".join([first, *(_SHORT.get(word, word.lower()) for word in rest)])


def _never_null(schema: Node) -> Node:
    """A parameter is absent or a string, never null: undo Optional[...]."""
    kinds: list[Node] = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    return {name: value for name, value in schema.items() if name not in ("anyOf", "default")} | kinds[0]


def _bound(node: Any) -> None:
    """Give dates, instants and ids the maximum length that they have anyway."""
    if isinstance(node, dict):
        if node.get("type") == "string" and node.get("format") in _CAPS:
            node.setdefault("maxLength", _CAPS[node["format"]])
        for value in node.values():
            _bound(value)
    elif isinstance(node, list):
        for value in node:
            _bound(value)


def _flatten_null(node: Any) -> None:
    """`anyOf: [X, null]` -> `type: [x, "null"]` where X is a plain type: generators stop inventing unions."""
    if isinstance(node, dict):
        match node.get("anyOf"):
            case [{"type": str(kind), **rest}, {"type": "null"}]:
                del node["anyOf"]
                node |= {name: value for name, value in rest.items() if name not in node} | {"type": [kind, "null"]}
        for value in node.values():
            _flatten_null(value)
    elif isinstance(node, list):
        for value in node:
            _flatten_null(value)


def _lift_examples(spec: Node) -> None:
    """Examples of schemas become examples of bodies and parameters, where documentation and mock servers look."""
    schemas = spec["components"]["schemas"]

    def example(schema: Node) -> Any:
        if "$ref" in schema:
            return example(schemas[schema["$ref"].rsplit("/", 1)[1]])
        return (schema.get("examples") or [None])[0]

    for path in spec["paths"].values():
        for operation in path.values():
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                for media in body.get("content", {}).values():
                    if (found := example(media.get("schema", {}))) is not None:
                        media.setdefault("example", found)
            for parameter in operation.get("parameters", ()):
                if (found := example(parameter["schema"])) is not None:
                    parameter["schema"].pop("examples", None)
                    parameter.setdefault("example", found)


def _prune(spec: Node) -> None:
    """Drop the components that nothing refers to, until there are none."""
    parts = spec["components"]
    while True:
        text = json.dumps(spec)
        unused = [
            (kind, name)
            for kind in ("schemas", "responses", "headers")
            for name in parts.get(kind, {})
            if f'"#/components/{kind}/{name}"' not in text
        ]
        if not unused:
            return
        for kind, name in unused:
            del parts[kind][name]
