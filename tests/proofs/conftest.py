"""A log that signs, for tests of what it proves."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.ledger import checkpoint, signer
from app.ledger.models import SealedCheckpoint
from app.ledger.signer import Keyring
from tests.conftest import Clock, Tenant

Seal = Callable[[], SealedCheckpoint]


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return signer.opened(tmp_path / "signer", "log.example")


@pytest.fixture
def seal(app: FastAPI, tenant: Tenant, ring: Keyring, clock: Clock) -> Seal:
    """Seal what was written in the test's workspace since the last time."""

    def seal() -> SealedCheckpoint:
        made = checkpoint.seal(app.state.engine, UUID(tenant.workspace_id), ring, at=clock())
        assert made is not None
        return made

    return seal
