"""The ledger's tables. Events are never changed: the application role may not, and triggers stop everyone else."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.table import Row, instant


class LedgerHead(Row, table=True):
    """The ledger's size and frontier. Whoever appends holds this row until commit, so numbers have no gaps."""

    __tablename__ = "ledger_head"

    size: int = Field(0, sa_type=sa.BigInteger)
    frontier: bytes = b""
    """Roots of the perfect subtrees, largest first, 32 bytes each."""
    last_at: datetime | None = instant(nullable=True, default=None)
    epoch: int = 1
    """One more after each restore from a backup; names the log that signs."""
    sealed: int = Field(0, sa_type=sa.BigInteger)
    """The size when the last heads leaf was appended, itself counted; 0: never yet."""


class LedgerPlan(Row, table=True):
    """The end of one plan's chain of events."""

    __tablename__ = "ledger_plan"

    __table_args__ = (sa.UniqueConstraint("workspace_id", "number"),)

    plan_id: UUID = Field(primary_key=True)
    number: int
    """The plan's, from 1; its entry is leaf `number - 1` of the heads tree."""
    events: int = 0
    last_leaf: bytes | None = None


class LedgerEvent(Row, table=True):
    """One event. `body` is the truth and what is hashed; `subject` and `plan_id` are copies, for the indexes."""

    __tablename__ = "ledger_event"
    __table_args__ = (
        sa.Index(None, "workspace_id", "subject", "seq"),
        sa.Index(None, "workspace_id", "plan_id", "seq"),
        sa.CheckConstraint("octet_length(leaf) = 32", name="leaf_size"),
        sa.CheckConstraint("octet_length(body) <= 65535", name="body_size"),
    )

    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    body: bytes
    leaf: bytes
    subject: UUID
    plan_id: UUID | None = None


class Disclosure(Row, table=True):
    """What a person wrote, apart from the events, so that it can be erased. The event holds its digest."""

    __tablename__ = "disclosure"

    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    digest: str = Field(primary_key=True)
    disclosure: str


class SealedCheckpoint(Row, table=True):
    """A signed head of the tree. Like events, it is written once."""

    __tablename__ = "checkpoint"
    __table_args__ = (sa.CheckConstraint("octet_length(root) = 32", name="root_size"),)

    epoch: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=sa.BigInteger)
    root: bytes
    note: str
    """Signed by the log alone; cosignatures come later and lie apart."""
    sealed_at: datetime = instant(nullable=False)


class HeadsNode(Row, table=True):
    """A node of the tree over the plans' last events, as of the checkpoint of *size* and until a later row."""

    __tablename__ = "heads_node"
    __table_args__ = (sa.CheckConstraint("octet_length(hash) = 32", name="hash_size"),)

    level: int = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=sa.BigInteger)
    size: int = Field(primary_key=True, sa_type=sa.BigInteger)
    hash: bytes


class Tile(Row, table=True):
    """Up to 256 neighbouring hashes of the tree (c2sp.org/tlog-tiles), at most as many as are below a checkpoint."""

    __table_args__ = (sa.CheckConstraint("octet_length(hashes) BETWEEN 32 AND 8192", name="hashes_size"),)

    level: int = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=sa.BigInteger)
    hashes: bytes


class Cosignature(Row, table=True):
    """The line by which a witness vouches for a checkpoint (c2sp.org/tlog-cosignature)."""

    epoch: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=sa.BigInteger)
    key: str = Field(primary_key=True)
    """Name of the witness's key."""
    line: str
    added_at: datetime = instant(nullable=False)


class TimestampToken(Row, table=True):
    """What a time stamping authority answered about a checkpoint (RFC 3161), as DER."""

    __tablename__ = "timestamp_token"

    epoch: int = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=sa.BigInteger)
    tsa: str = Field(primary_key=True)
    token: bytes
    added_at: datetime = instant(nullable=False)
