"""Who else saw the checkpoint, and when: timestamping authorities (RFC 3161) and witnesses (tlog-cosignature)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from app.ledger import note
from app.ledger.note import Checkpoint, Note, NoteInvalid, VerifierKey
from app.ledger.policy import NONE, Policy
from app.ledger.timestamp import TimestampInvalid, check_timestamp


def stamped(
    tokens: Sequence[bytes], checkpoint: Checkpoint, signed: Note, policy: Policy, roots: Sequence[bytes]
) -> datetime | None:
    """Return the earliest time that an authority trusted by the reader stamped on the note as the log signed it."""
    names = [one.key for one in policy.logs if one.key.name == checkpoint.origin]
    own = [one for one in signed.signatures if any(key.claims(one) for key in names)]
    imprints = [sha256(note.format_note(Note(signed.text, (one,))).encode()).digest() for one in own]
    found = []
    for token in tokens if roots else ():
        for imprint in imprints:
            try:
                found.append(check_timestamp(token, imprint=imprint, roots=roots))
            except TimestampInvalid:
                continue
    return min(found, default=None)


def stamps(tokens: Sequence[bytes], stamped: datetime | None, roots: Sequence[bytes]) -> str:
    if stamped:
        return f"A timestamping authority that you trust saw the checkpoint at {stamped:%Y-%m-%d %H:%M:%S} UTC."
    if tokens and not roots:
        return f"{len(tokens)} timestamps were not checked: name whom you trust with --tsa-root."
    if tokens:
        return "No timestamp is by an authority that you trust, and of this checkpoint."
    return "No timestamp: all times are by the server's clock."


def cosigned(signed: Note, policy: Policy) -> datetime | None:
    """Return when the quorum was complete, by the clocks of the witnesses; None if it is not, or none is asked for."""
    if policy.quorum == NONE:
        return None
    made: list[tuple[int, VerifierKey]] = []
    for witness in policy.witnesses:
        made += [(note.cosigned_at(one), witness.key) for one in signed.signatures if witness.key.claims(one)]
    made.sort(key=lambda one: one[0])
    for count in range(1, len(made) + 1):
        if policy.is_met({key for _, key in made[:count]}):
            try:
                return datetime.fromtimestamp(made[count - 1][0], UTC)
            except (OverflowError, ValueError, OSError) as error:
                raise NoteInvalid("a witness cosigned at a time beyond the calendar") from error
    return None


def witnessed(policy: Policy, cosigned: datetime | None) -> str:
    if cosigned:
        return f"The witnesses that your policy asks for had cosigned it at {cosigned:%Y-%m-%d %H:%M:%S} UTC."
    if policy.quorum == NONE:
        return "Your policy asks for no witness, so none vouches that others were shown the same history."
    return "Fewer witnesses have cosigned than your policy asks for."
