"""Tables of what was promised: series, commitments, how they stood over time, evidence."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.commitments.rules import EvidenceKind, Kind, State, Verdict
from app.core.table import Row, instant, within, words


def areas() -> Any:
    """A column for where the root causes lie, each area once, in order: a copy from the plan, to count by."""
    return Field(default_factory=list, sa_type=ARRAY(sa.String), sa_column_kwargs={"server_default": "{}"})


class Series(Row, table=True):
    """A promise that is kept again and again. Each time is a commitment of its own."""

    __table_args__ = (
        within("plan_id", of="plan"),
        within("owner_id", of="member"),
        within("amendment_id", of="amendment"),
        words("kind", *Kind),
        sa.CheckConstraint("(amendment_id IS NULL) = (clause IS NULL)", name="clause_of_an_amendment"),
        sa.UniqueConstraint("workspace_id", "plan_id", "number"),
    )

    id: UUID = Field(primary_key=True)
    plan_id: UUID
    plan_number: int
    number: int
    text: str
    kind: str
    owner_id: UUID
    timezone: str
    rule: str
    """RFC 5545, in local days of the zone."""
    starts_on: date
    starts_at: datetime | None = instant(nullable=True, default=None)
    """The first deadline, where it is an instant: later ones are at the same local time."""
    opened: int
    """How many occurrences have been opened."""
    root_causes: list[str] = Field(sa_type=ARRAY(sa.String))
    areas: list[str] = areas()
    except_on: list[date] = Field(
        default_factory=list, sa_type=ARRAY(sa.Date), sa_column_kwargs={"server_default": "{}"}
    )
    """Days that the rule names and that are left out (EXDATE)."""
    ended_on: date | None = None
    """The day from which on it was ended by an amendment."""
    amendment_id: UUID | None = None
    clause: int | None = None

    def facts(self) -> dict[str, object]:
        return {
            "number": self.number,
            "kind": self.kind,
            "owner": self.owner_id,
            "rule": self.rule,
            "starts_on": self.starts_on,
            "starts_at": self.starts_at,
            "opened": self.opened,
        }


_STILL_OPEN = sa.text("state IN ('open', 'in_progress')")


class Commitment(Row, table=True):
    """One promise of an approved plan, or one occurrence of a recurring one, as it stands now."""

    __table_args__ = (
        within("plan_id", of="plan"),
        within("owner_id", of="member"),
        within("series_id", of="series"),
        within("amendment_id", of="amendment"),
        words("state", *State),
        words("kind", *Kind),
        sa.CheckConstraint("(series_id IS NULL) = (occurrence IS NULL)", name="occurrence_of_a_series"),
        sa.CheckConstraint("(amendment_id IS NULL) = (clause IS NULL)", name="clause_of_an_amendment"),
        sa.CheckConstraint("(done_at IS NOT NULL) = (state IN ('done', 'verified'))", name="done_iff_recorded"),
        sa.CheckConstraint("(days_late IS NOT NULL) = (done_at IS NOT NULL)", name="lateness_iff_done"),
        # Names it as people do (POA-7.3.4). NULLS NOT DISTINCT: a promise that does not recur is there once, too.
        sa.Index(
            "uq_commitment_reference",
            *("workspace_id", "plan_number", "number", "occurrence"),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        # The one index behind every answer to "what is overdue?".
        sa.Index("ix_commitment_open_due", "workspace_id", "due_at", "id", postgresql_where=_STILL_OPEN),
        sa.Index("ix_commitment_owner", "workspace_id", "owner_id", "due_at", "id", postgresql_where=_STILL_OPEN),
        sa.Index("ix_commitment_due", "workspace_id", "due_at", "id"),
        sa.Index(
            "ix_commitment_unverified", "workspace_id", "done_at", "id", postgresql_where=sa.text("state = 'done'")
        ),
        sa.Index("ix_commitment_series", "workspace_id", "series_id"),
        # Few: what is open and was extended. The report changes when their original dues pass, too.
        sa.Index(
            "ix_commitment_extended",
            *("workspace_id", "original_due_at"),
            postgresql_where=sa.text("extensions > 0 AND state IN ('open', 'in_progress')"),
        ),
    )

    id: UUID = Field(primary_key=True)
    plan_id: UUID
    plan_number: int
    number: int
    """Its place in the plan, from 1: the clause `/commitments/{number - 1}` of the approved text."""
    amendment_id: UUID | None = None
    """What added it, if the text approved first did not."""
    clause: int | None = None
    """Its place in the amendment's text, from 0."""
    occurrence: int | None = None
    series_id: UUID | None = None
    text: str
    kind: str
    root_causes: list[str] = Field(sa_type=ARRAY(sa.String))
    areas: list[str] = areas()
    owner_id: UUID
    state: str = State.OPEN.value
    timezone: str
    due_on: date
    """The local day it is due on; of a deadline that is an instant, the local day of that."""
    due_at: datetime = instant()
    """The first instant at which it is overdue if still open."""
    original_due_on: date
    original_due_at: datetime = instant()
    started_at: datetime | None = instant(nullable=True, default=None)
    performed_on: date | None = None
    """What a person says. Lateness is judged by `done_at`, when it was recorded."""
    done_at: datetime | None = instant(nullable=True, default=None)
    done_by: UUID | None = None
    days_late: int | None = None
    days_late_vs_original: int | None = None
    requests: int = Field(0, sa_column_kwargs={"server_default": "0"})
    """How many extensions and waivers were ever asked for: most have none, and nobody need look for them."""
    extensions: int = Field(0, sa_column_kwargs={"server_default": "0"})
    """How many extensions were granted."""
    version: int = 1
    """Counts its changes; the newest span has the same."""
    created_at: datetime = instant()

    @property
    def reference(self) -> str:
        reference = f"POA-{self.plan_number}.{self.number}"
        return reference if self.occurrence is None else f"{reference}.{self.occurrence}"

    def facts(self) -> dict[str, object]:
        return facts_of(self.model_dump())


def facts_of(values: dict[str, Any]) -> dict[str, object]:
    """Return a commitment's facts, as its events have them, from its columns."""
    renamed = {"series": values["series_id"], "owner": values["owner_id"]}
    return renamed | {name: values[name] for name in _FACTS}


_FACTS = (
    "number",
    "occurrence",
    "kind",
    "state",
    "timezone",
    "due_on",
    "due_at",
    "original_due_on",
    "original_due_at",
    "started_at",
    "done_at",
    "done_by",
    "performed_on",
    "days_late",
    "days_late_vs_original",
)


@dataclass(frozen=True, slots=True)
class Detailed:
    """A commitment with what its answer shows beside it."""

    commitment: Commitment
    plan_title: str
    owner_name: str
    owner_email: str
    evidence: int
    """How many pieces there are that are not superseded."""
    judged: int
    """How many there were, superseded ones counted, when somebody looked at them last; 0: nobody did."""


class CommitmentSpan(Row, table=True):
    """How a commitment stood from one change to the next: what `as_of` asks."""

    __tablename__ = "commitment_span"
    __table_args__ = (
        within("commitment_id", of="commitment"),
        sa.Index("ix_commitment_span_ended", "workspace_id", "until", "due_at"),
        sa.Index(
            "ix_commitment_span_current",
            *("workspace_id", "due_at", "commitment_id"),
            postgresql_where=sa.text("until IS NULL AND state IN ('open', 'in_progress')"),
        ),
    )

    commitment_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    since: datetime = instant()
    until: datetime | None = instant(nullable=True, default=None)
    """None: it still stands so."""
    state: str
    owner_id: UUID
    due_on: date
    due_at: datetime = instant()


class Verification(Row, table=True):
    """That somebody else looked at the evidence of what was done, and what they found."""

    __table_args__ = (within("commitment_id", of="commitment"), words("outcome", *Verdict))

    commitment_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    outcome: str
    reason: str | None = None
    evidence: int = 0
    """How many pieces of evidence there were, superseded ones counted: what is added later was not judged."""
    by: UUID
    at: datetime = instant()


class Evidence(Row, table=True):
    """What shows that an action was taken. Never changed, never deleted; a wrong piece is superseded by another."""

    __table_args__ = (
        within("commitment_id", of="commitment"),
        within("plan_id", of="plan"),
        within("superseded_by", of="evidence"),
        words("kind", *EvidenceKind),
        sa.CheckConstraint("(size IS NOT NULL) = (kind = 'file')", name="size_of_a_file"),
        sa.CheckConstraint("(media_type IS NOT NULL) = (kind = 'file')", name="type_of_a_file"),
        sa.CheckConstraint("(superseded_at IS NULL) = (superseded_by IS NULL)", name="superseded_once"),
        sa.CheckConstraint("(plan_id IS NULL) <> (commitment_id IS NULL)", name="of_one"),
        sa.Index(None, "workspace_id", "commitment_id"),
        sa.Index(None, "workspace_id", "plan_id"),
    )

    id: UUID = Field(primary_key=True)
    commitment_id: UUID | None = None
    plan_id: UUID | None = None
    """Of what goes to the authority with the plan itself, such as invoices; else it belongs to a commitment."""
    kind: str
    body: str
    """The note's text, or the address of the link or of the file."""
    title: str | None = None
    """Of a link; a file's name."""
    sha256: str
    """Of `body`, UTF-8, in hex; of a file, of its bytes."""
    size: int | None = Field(None, sa_type=sa.BigInteger)
    """Bytes of a file, and what it is: kept here, as the file itself can be erased."""
    media_type: str | None = None
    document_on: date | None = None
    items: list[str] | None = Field(None, sa_type=ARRAY(sa.String))
    """What it covers, as `type:ref`; None: not said."""
    added_by: UUID
    added_at: datetime = instant()
    superseded_by: UUID | None = None
    """The piece that took its place."""
    superseded_at: datetime | None = instant(nullable=True, default=None)
    supersession_reason: str | None = None

    def facts(self) -> dict[str, object]:
        file = {} if self.size is None else {"size": self.size, "media_type": self.media_type}
        return file | {
            "commitment": self.commitment_id,
            "kind": self.kind,
            "sha256": self.sha256,
            "document_on": self.document_on,
            "added_by": self.added_by,
        }


class Announcement(Row, table=True):
    """That the ledger was told that a commitment is due soon or overdue: once for each of its dues."""

    __table_args__ = (within("commitment_id", of="commitment"), words("kind", "due_soon", "overdue"))

    commitment_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    due_at: datetime = instant(primary_key=True)
    at: datetime = instant(nullable=False)
