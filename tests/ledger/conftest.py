"""A signer of the test's own."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from app.core import db
from app.ledger import checkpoint, signer
from app.ledger.models import SealedCheckpoint
from app.ledger.signer import Keyring
from tests.conftest import NOW, Tenant

Seal = Callable[[], SealedCheckpoint]
Bodies = Callable[[], list[bytes]]


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return signer.opened(tmp_path / "signer", "log.example")


@pytest.fixture
def engine(app: FastAPI) -> sa.Engine:
    engine: sa.Engine = app.state.engine
    return engine


@pytest.fixture
def workspace(tenant: Tenant) -> UUID:
    return UUID(tenant.workspace_id)


@pytest.fixture
def seal(engine: sa.Engine, workspace: UUID, ring: Keyring) -> Seal:
    """Seal what was written; there must be something."""

    def seal() -> SealedCheckpoint:
        made = checkpoint.seal(engine, workspace, ring, at=NOW)
        assert made is not None
        return made

    return seal


@pytest.fixture
def bodies(engine: sa.Engine, workspace: UUID) -> Bodies:
    """Return the bytes of all events."""

    def bodies() -> list[bytes]:
        with db.reading(engine, workspace) as read:
            return list(read.scalars(sa.text("SELECT body FROM ledger_event ORDER BY seq")))

    return bodies
