"""What every operation of the OpenAPI document shares: headers, problems, and how links between operations are said."""

from typing import Any

Node = dict[str, Any]


def header(name: str) -> Node:
    return {"$ref": f"#/components/headers/{name}"}


def errors(*statuses: int) -> dict[int | str, Node]:
    """Return `responses=` with these statuses as problem details."""
    return {status: {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


def links(*operations: str, **parameters: str) -> dict[str, Node]:
    """Return links to *operations*, whose parameters are taken from the answer (`$response.body#/id`)."""
    return {name: {"operationId": name, "parameters": parameters} for name in operations}


def leads(status: int, to: dict[str, Node]) -> Node:
    """Return `openapi_extra=` of an operation: where its answer with *status* leads."""
    return {"responses": {str(status): {"links": to}}}


ETAGGED: dict[int | str, Node] = {200: {"headers": {name: header(name) for name in ("ETag", "Cache-Control")}}}
"""`responses=` of an answer with an ETag. On a GET, 304 and the `Link` of a list are added to it."""

MADE: dict[int | str, Node] = {
    201: {"headers": {name: header(name) for name in ("ETag", "Location", "Idempotency-Replayed")}}
}
"""`responses=` of a POST that makes something."""

DONE: dict[int | str, Node] = {200: {"headers": {name: header(name) for name in ("ETag", "Idempotency-Replayed")}}}
"""`responses=` of a POST that changes something."""

NOT_MODIFIED: Node = {"description": "You have the current version.", "headers": ETAGGED[200]["headers"]}
ALWAYS = {
    name: header(name) for name in ("RateLimit", "RateLimit-Policy", "X-Request-Id", "Access-Control-Allow-Origin")
}
RECEIPT = {"Followthrough-Event": header("Followthrough-Event")}
"""On every write that succeeds."""

NODE_BYTES: Node = {"schema": {"type": "string", "format": "binary", "maxLength": 2**32}}
"""A body that is a file."""

_PRINTABLE: Node = {"type": "string", "maxLength": 200, "pattern": r"^[\x20-\x7e]*$"}
HEADERS: dict[str, Node] = {
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
    "Followthrough-Event": {
        "description": "The receipt: the number of the last event that this write appended to the ledger. Absent if "
        "nothing changed. `GET /v1/events/{event}/proof` proves it once a checkpoint covers it.",
        "schema": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**53 - 1},
        "example": 1482,
    },
    "Idempotency-Replayed": {
        "description": "`true`: this is the stored answer to an earlier request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"], "maxLength": 4},
    },
}
TITLES = {
    400: "The request cannot be read.",
    401: "A valid API key is needed.",
    403: "The key may not do this.",
    404: "There is no such thing here.",
    406: "Not in that form.",
    408: "The body comes too slowly.",
    409: "The state of things does not allow this now.",
    412: "It has changed since you looked.",
    413: "The body is too large.",
    415: "The body is not JSON, or no file that is taken.",
    416: "The file has no such bytes.",
    422: "Something in the request is wrong.",
    429: "Too many requests.",
    500: "Something broke on our side.",
    503: "The database or the store does not answer, or is kept busy.",
    507: "There is no space left.",
}
PROBLEM: Node = {
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
FAULT: Node = {
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
