"""Who may do what: roles of people, scopes of keys."""

from enum import StrEnum
from functools import cache

from app.core.problems import Conflict, Forbidden, Invalid


class Scope(StrEnum):
    """What an API key may be used for."""

    READ = "read"
    """See everything in the workspace."""
    WRITE = "write"
    """Draft and submit plans, work on commitments."""
    APPROVE = "approve"
    """Record decisions."""
    ADMIN = "admin"
    """Members, accounts, keys, settings."""


class Role(StrEnum):
    """What a member may do at most, with any key."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    APPROVER = "approver"
    ADMIN = "admin"


SCOPES_OF: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.CONTRIBUTOR: frozenset({Scope.READ, Scope.WRITE}),
    Role.APPROVER: frozenset({Scope.READ, Scope.WRITE, Scope.APPROVE}),
    Role.ADMIN: frozenset(Scope),
}


class ScopeMissing(Forbidden):
    """The key lacks the scope for this.

    A key's power is what its scopes name, and never more than the role of its member. Use another key, or ask an
    admin of the workspace for one.
    """


class MemberExists(Conflict):
    """A member with this address exists.

    E-mail addresses name members in plans, so each belongs to one member, in any spelling of upper and lower case.
    """


class AccountExists(Conflict):
    """This marketplace account is recorded already."""


class KeyIsRevoked(Conflict):
    """This key is revoked already."""


class KeyTooPowerful(Invalid):
    """The key would be able to do more than its member, or more than the key that makes it."""


class LastAdmin(Conflict):
    """Someone must remain who can administer the workspace.

    Make another member admin first, or create a service key with the scope `admin`.
    """


@cache
def powers(scopes: frozenset[str], role: str | None) -> frozenset[Scope]:
    """Return what a key with *scopes* can do for a member with *role*; a service key has no member."""
    own = frozenset(Scope(scope) for scope in scopes)
    return own if role is None else own & SCOPES_OF[Role(role)]


def demand(scope: Scope, *, of: frozenset[Scope]) -> None:
    """Refuse unless *scope* is among the powers."""
    if scope not in of:
        raise ScopeMissing(f"This needs a key with the scope `{scope}`.")
