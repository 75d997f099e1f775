"""Wire shape of a proof bundle. It is made by `bundles.make`; this documents it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.fields import Id, Out, Sequence
from app.proofs.schemas import Base64, Exact

Path = Annotated[list[Base64], Field(max_length=63)]
Note = Annotated[str, StringConstraints(max_length=1_000_000, pattern=r"^[\s\S]*$")]
Entry = Annotated[str, StringConstraints(max_length=200, pattern=r"^\{.*\}$")]
Digest = Annotated[str, StringConstraints(max_length=43, pattern=r"^[A-Za-z0-9_-]{43}$")]
Disclosed = Annotated[str, StringConstraints(max_length=1_500_000, pattern=r"^[A-Za-z0-9_-]+$")]
Token = Annotated[str, StringConstraints(max_length=100_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class ProvedEvent(Out):
    """An event, and that it is in the tree."""

    index: Sequence
    event: Exact = Field(description="The event, byte for byte as it was hashed.")
    proof: Path = Field(description="Hashes from the leaf's neighbour up to below the root (RFC 9162, 2.1.3).")


class ProvedHeads(ProvedEvent):
    """The last event of the checkpoint, which says where the chain of every plan ends."""

    entry: Entry = Field(description="The plan's: how many events it has had, and the leaf hash of the last.")
    entry_index: Sequence
    entry_proof: Path


class Timestamp(Out):
    """When somebody outside saw the checkpoint."""

    type: Literal["rfc3161"]
    tsr: Token = Field(description="The TimeStampResp in DER, base64. Its imprint is of the note as the log signed it.")


class BundleOut(Out):
    """The proof of a plan. One document, canonical JSON (RFC 8785)."""

    format: Literal["followthrough.proof/1"]
    plan: Id
    checkpoint: Note = Field(description="A signed note (c2sp.org/tlog-checkpoint), with all signatures there are.")
    events: Annotated[list[ProvedEvent], Field(max_length=100_000)] = Field(
        description="All events of the plan that the checkpoint covers."
    )
    heads: ProvedHeads
    disclosures: Annotated[dict[Digest, Disclosed], Field(max_length=100_000)] = Field(
        description="What people wrote, by digest. What was erased or redacted is absent."
    )
    timestamps: Annotated[list[Timestamp], Field(max_length=100)]
