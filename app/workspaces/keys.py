"""API keys: `ft_` and 64 characters that hold the workspace's id (16 bytes) and a secret (32 bytes), base64url.

The id says where to look, so a key needs no index across workspaces; only the SHA-256 of the whole text is stored.
A secret of 256 random bits needs no slow hash (OWASP ASVS 5.0, 6.5.2).
"""

import base64
import re
import secrets
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

_KEY = re.compile(r"ft_[A-Za-z0-9_-]{64}", re.ASCII)


class Credential(NamedTuple):
    """What a presented key claims: a workspace, and a hash to find there."""

    workspace_id: UUID
    hash: bytes


def mint(workspace_id: UUID) -> str:
    """Return a new key for the workspace."""
    return "ft_" + base64.urlsafe_b64encode(workspace_id.bytes + secrets.token_bytes(32)).decode()


def parse(text: str) -> Credential | None:
    """Return what the key *text* claims, or None if it is no key."""
    if not _KEY.fullmatch(text):
        return None
    return Credential(UUID(bytes=base64.urlsafe_b64decode(text[3:25] + "==")[:16]), sha256(text.encode()).digest())
