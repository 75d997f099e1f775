"""What stands where something was erased. The audit knows these, and accepts them only where the ledger says so."""

from uuid import UUID

from app.core.erased import MARK

__all__ = ["MARK", "MARKETPLACE", "NO_PLAN", "email_of", "external_id_of"]
NO_PLAN = b'{"account":null,"commitments":[],"items":[],"root_causes":[],"timezone":"UTC","title":"[erased]"}'
"""In the place of a plan's content: a plan that says nothing, in the same canonical form."""


def email_of(member: UUID) -> str:
    """Return an address that is nobody's (RFC 2606) and nobody else's: addresses are unique in a workspace."""
    return f"erased-{member}@invalid"


def external_id_of(account: UUID) -> str:
    return f"erased-{account}"


MARKETPLACE = "erased"
