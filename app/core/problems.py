"""Refusals in the domain's words. No HTTP here: `core.http` renders them as RFC 9457 problem details.

    Problem
     ├─ BadRequest    400   the request cannot be read
     ├─ Unauthorized  401   no valid key
     ├─ Forbidden     403   a valid key that may not do this
     ├─ NotFound      404   not there, or not yours: the answer is the same
     ├─ Conflict      409   not now, in this state
     ├─ Stale         412   you looked at an older version
     ├─ TooLarge      413
     ├─ Invalid       422   the request is readable, but wrong; each error names its place
     └─ TooMany       429

A refusal is a subclass. Its docstring's first line is the problem's title and the rest is what its page says.
Anything else that is raised is a bug, and answered 500.
"""

import inspect
import re
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong place in the input: where (RFC 6901 JSON pointer), what to do, and a stable code."""

    pointer: str
    detail: str
    code: str


class Problem(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    registry: ClassVar[dict[str, type["Problem"]]] = {}

    def __init__(self, detail: str = "", *, errors: list[Fault] | None = None, **headers: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def __init_subclass__(cls) -> None:
        Problem.registry[cls.slug()] = cls

    @classmethod
    def slug(cls) -> str:
        """`PlanCannotMove` -> `plan-cannot-move`, the last part of the problem's type."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "").splitlines()[0].rstrip(".")

    @classmethod
    def explanation(cls) -> str:
        """What the problem's page says below its title."""
        return "\n".join(inspect.cleandoc(cls.__doc__ or "").splitlines()[1:]).strip()


class BadRequest(Problem):
    """The request could not be read.

    Something about its syntax is wrong, before its meaning is looked at. The detail says what.
    """

    status = 400


class Unauthorized(Problem):
    """A valid API key is needed.

    Send `Authorization: Bearer ft_...`. The key may be missing, mistyped, expired or revoked, or its member may
    have left. `followthrough keys create` or `POST /v1/api-keys` makes a new one.
    """

    status = 401

    def __init__(self, detail: str) -> None:
        super().__init__(detail, WWW_Authenticate="Bearer")


class Forbidden(Problem):
    """This key may not do that.

    The key is valid, but its scopes, or the role of its member, do not allow the operation. The detail names
    the scope that is missing.
    """

    status = 403


class NotFound(Problem):
    """There is no such thing here.

    It does not exist, or it belongs to another workspace: the answer is the same.
    """

    status = 404


class MethodNotAllowed(Problem):
    """This address does not take that method.

    The `Allow` header lists the methods it takes.
    """

    status = 405


class NotAcceptable(Problem):
    """This address cannot answer in that form.

    Ask for `application/json`, or for `text/csv` or `application/zip` where the documentation offers it.
    """

    status = 406


class Conflict(Problem):
    """The state of things does not allow this now."""

    status = 409


class Stale(Problem):
    """It has changed since you looked.

    `If-Match` named an older version. The answer carries the current `ETag`: read again, decide again, send again.
    """

    status = 412


class TooLarge(Problem):
    """The body is too large.

    JSON bodies may have 1 MiB. Record a large plan in parts, or link to evidence instead of pasting it.
    """

    status = 413


class UnsupportedMediaType(Problem):
    """The body is not JSON.

    Send `Content-Type: application/json`.
    """

    status = 415


class Invalid(Problem):
    """Something in the request is wrong.

    `errors` names each place by JSON pointer. Nothing was recorded.
    """

    status = 422


class TooMany(Problem):
    """Too many requests.

    Wait as long as `Retry-After` says. `RateLimit` and `RateLimit-Policy` on every answer show the quota;
    answers 304 are free, so poll with `If-None-Match`.
    """

    status = 429


class InternalError(Problem):
    """Something broke on our side.

    Nothing was recorded. The request id finds the cause in the server's log.
    """

    status = 500


class Unavailable(Problem):
    """The database does not answer.

    Nothing is known to be recorded: send the same request again, with the same `Idempotency-Key`.
    """

    status = 503
