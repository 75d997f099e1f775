"""The OpenAPI document: what FastAPI makes of the code, completed where it stops short.

FastAPI leaves out what every operation shares (problems, headers), writes `anyOf [X, null]` for an optional parameter,
and leaves dates without bounds. All of that is added here, once, so that no route repeats it.
"""

import json
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute


VERBS = ("get", "put", "post", "delete", "patch")

Node = dict[str, Any]


def operation_id(route: APIRoute) -> str:
    """`list_overdue` -> `listOverdue`: the name that generated clients show."""
    head, *rest = route.name.split("_")
    return head + "".join(word.title() for word in rest)


def errors(*statuses: int) -> dict[int | str, Node]:
    """Return `responses=` with these statuses as problem details."""
    return {status: {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


_NOT_MODIFIED: Node = {"description": "You have the current version.", "headers": {"ETag": None, "Cache-Control": None}}
ETAGGED: dict[int | str, Node] = {200: {"headers": {"ETag": None, "Cache-Control": None}}}
"""`responses=` of an answer with an ETag. On a GET, 304 and the `Link` of a list are added to it."""

MADE: dict[int | str, Node] = {
    201: {"headers": {"ETag": None, "Location": None, "Idempotency-Replayed": None}},
}
"""`responses=` of a POST that makes something."""

DONE: dict[int | str, Node] = {200: {"headers": {"ETag": None, "Idempotency-Replayed": None}}}
"""`responses=` of a POST that changes something."""

_PRINTABLE: Node = {"type": "string", "maxLength": 200, "pattern": r"^[\x20-\x7e]*$"}
_HEADERS: dict[str, Node] = {
    "RateLimit": {
        "description": "What is left of the quota (draft-ietf-httpapi-ratelimit-headers).",
        "required": True,
        "schema": _PRINTABLE,
        "example": '"default";r=5998;t=43',
    },
    "RateLimit-Policy": {
        "description": "The quota.",
        "required": True,
        "schema": _PRINTABLE,
        "example": '"default";q=6000;w=60',
    },
    "X-Request-Id": {
        "description": "Yours if you sent one; it is in the server's log too.",
        "required": True,
        "schema": {**_PRINTABLE, "pattern": "^[A-Za-z0-9_-]+$"},
        "example": "req_3f9c2d1ab87e44f0a1b2c3d4",
    },
    "Access-Control-Allow-Origin": {
        "description": "Not sent by the server itself: keys do not belong in a browser. A proxy may add it.",
        "schema": _PRINTABLE,
        "example": "https://app.example.com",
    },
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 86400},
    },
    "ETag": {
        "description": "Strong validator: send it back in `If-None-Match` or `If-Match`.",
        "required": True,
        "schema": _PRINTABLE,
        "example": '"4f1c09aa7be02d5566c1d2e3"',
    },
    "Cache-Control": {
        "description": "Private, and to be revalidated.",
        "required": True,
        "schema": _PRINTABLE,
        "example": "private, no-cache",
    },
    "Location": {
        "description": "Where the new thing is.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 500},
    },
    "Link": {"description": 'The next page, `rel="next"` (RFC 8288).', "schema": {**_PRINTABLE, "maxLength": 2000}},
    "Idempotency-Replayed": {
        "description": "`true`: this is the stored answer to an earlier request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"], "maxLength": 4},
    },
}
_ALWAYS = ("RateLimit", "RateLimit-Policy", "X-Request-Id", "Access-Control-Allow-Origin")
_TITLES = {
    400: "The request cannot be read.",
    401: "A valid API key is needed.",
    403: "The key may not do this.",
    404: "There is no such thing here.",
    406: "Not in that form.",
    409: "The state of things does not allow this now.",
    412: "It has changed since you looked.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Something in the request is wrong.",
    429: "Too many requests.",
    500: "Something broke on our side.",
    503: "The database does not answer.",
}
_CAPS = {"date": 10, "date-time": 35, "uuid": 36}

_PROBLEM: Node = {
    "title": "Problem",
    "description": "RFC 9457 problem details. `type` is an address on this server that explains the problem.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "maxLength": 500},
        "title": {"type": "string", "maxLength": 200, "pattern": r"^[^\x00-\x1f]+$"},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "maxLength": 2000, "pattern": r"^[\s\S]*$"},
        "instance": {"type": "string", "format": "uri-reference", "maxLength": 500},
        "request_id": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9_-]+$"},
        "errors": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Fault"}},
    },
    "examples": [
        {
            "type": "/problems/invalid",
            "title": "Something in the request is wrong",
            "status": 422,
            "detail": "Wrong: /body/due_on.",
            "request_id": "req_3f9c2d1ab87e44f0a1b2c3d4",
            "errors": [
                {"pointer": "/body/due_on", "detail": "a day is text such as 2026-12-01", "code": "value_error"}
            ],
        }
    ],
}
_FAULT: Node = {
    "title": "Fault",
    "description": "One wrong place.",
    "type": "object",
    "required": ["pointer", "detail", "code"],
    "properties": {
        "pointer": {"type": "string", "maxLength": 500, "pattern": r"^[^\x00-\x1f]*$", "examples": ["/body/due_on"]},
        "detail": {"type": "string", "maxLength": 2000, "pattern": r"^[\s\S]*$"},
        "code": {"type": "string", "maxLength": 100, "pattern": "^[a-z0-9_.]+$"},
    },
}


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
        return cast("Node", app.openapi_schema)

    app.openapi = document  # type: ignore[method-assign]


def to_text(document: Node) -> str:
    """Return the document as it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _complete(spec: Node) -> Node:
    parts = spec.setdefault("components", {})
    parts.setdefault("schemas", {}).update(Problem=_PROBLEM, Fault=_FAULT)
    parts["headers"] = dict(_HEADERS)
    parts["responses"] = {f"Problem{status}": _problem(status, title) for status, title in _TITLES.items()}
    for path in spec["paths"].values():
        for verb in VERBS:
            if verb in path:
                _complete_operation(path[verb], verb)
    _bound(spec)
    _flatten_null(spec)
    _lift_examples(spec)
    _prune(spec)
    return spec


def _header(name: str) -> Node:
    return {"$ref": f"#/components/headers/{name}"}


def _problem(status: int, title: str) -> Node:
    extra = {"Retry-After": _header("Retry-After")} if status in (409, 429, 503) else {}
    return {
        "description": title,
        "headers": {name: _header(name) for name in _ALWAYS} | extra,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _complete_operation(operation: Node, verb: str) -> None:
    responses = operation["responses"]
    shared = [401, 403, 422, 429, 500, 503]
    if "requestBody" in operation:
        shared += [400, 413, 415]
    if verb != "get":
        shared += [409]
    for status in shared:
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    if verb == "get" and "ETag" in responses.get("200", {}).get("headers", {}):
        responses["304"] = json.loads(json.dumps(_NOT_MODIFIED))
        if any(one["name"] == "cursor" for one in operation.get("parameters", ())):
            responses["200"]["headers"]["Link"] = None
    for response in responses.values():
        if "$ref" not in response:
            named = response.get("headers", {}).keys()
            response["headers"] = {name: _header(name) for name in (*_ALWAYS, *named)}
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _never_null(parameter["schema"])
    operation["responses"] = dict(sorted(responses.items()))


def _never_null(schema: Node) -> Node:
    """A parameter is absent or a string, never null: undo Optional[...]."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
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
