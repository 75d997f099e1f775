"""The archive of a proof: the bundle, its evidence as files, a report to read, and a program that checks it.

Deterministic: entries in order, of one date, uncompressed. Compressed bytes would depend on the version of zlib.
"""

import io
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select

from app.core.db import Read, workspace_of
from app.ledger.single import single_file
from app.proofs import report, story
from app.proofs.story import Story
from app.workspaces.models import ApiKey, Member

_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format can say."""
_FILE = 0o100644 << 16

_README = """\
Proof of {reference}

  {proof:<24} the proof: the signed checkpoint, and all events of the plan
  evidence/                what was recorded as evidence; each file is named by its SHA-256
  report.html              the same to read. It is not signed: the proof is what counts
  verify.py                checks it; one file of plain Python, to be read by who does not want to trust it
  policy-example.txt       what the policy looks like that the checker needs

How to check it, on a computer of your own:

  1. Ask who gave you this for the public key of their log, by another way than this archive: from their web page, a
     contract, by telephone. A key that came with a proof proves nothing.
  2. Write that key into a file policy.txt, as policy-example.txt shows.
  3. pip install cryptography
     python verify.py {proof} --policy policy.txt

verify.py came in this archive, too. Who made it could have made it lie: compare it with the one that is published with
Followthrough, or use that one (followthrough verify).

Then:

  exit code 0   verified           1   invalid; the output says what does not fit
            2   could not run      3   valid, but below the level asked for (--require P2)
"""
_POLICY = """\
# An example. The log's key is not here on purpose: a key that comes with the proof proves nothing.
# Ask for it by another way, and put it in the place of the one below, without the "#".
#
# This proof says that it comes from the log
#     {origin}
#
# log {origin}+<key id>+<key>
quorum none
"""


def people(read: Read, text: bytes) -> dict[str, str]:
    """Return the names of the members and API keys that a bundle mentions, by id. They are not part of the proof."""
    ids = {UUID(one) for one in mentioned(story.tell(text))}
    workspace = workspace_of(read)
    members = select(Member.id, Member.name).where(Member.workspace_id == workspace, col(Member.id).in_(ids))
    keys = select(ApiKey.id, ApiKey.name).where(ApiKey.workspace_id == workspace, col(ApiKey.id).in_(ids))
    named = {str(key): f"{name} (API key)" for key, name in read.exec(keys)}
    return named | {str(member): name for member, name in read.exec(members)}


def mentioned(told: Story) -> set[str]:
    """Return the ids of all who own, did or recorded something."""
    owners = {person for one in told.promises for person in (one.facts["owner"], one.facts["done_by"]) if person}
    return owners | {one["actor"] for one in told.events}


def pack(text: bytes, *, reference: str, people: Mapping[str, str]) -> bytes:
    """Return the archive of the bundle *text*. The report shows the names of *people*, by id."""
    told, name = story.tell(text), f"{reference}.proof.json"
    files = {
        name: text,
        "README.txt": _README.format(reference=reference, proof=name).encode(),
        "policy-example.txt": _POLICY.format(origin=told.checkpoint.origin).encode(),
        "report.html": report.render(told, people=people).encode(),
        "verify.py": single_file().encode(),
        **evidence_files(told),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _DATE)
            # Else it would say on which system it was made.
            entry.create_system, entry.external_attr = 3, _FILE
            archive.writestr(entry, content)
    return buffer.getvalue()


def evidence_files(told: Story) -> dict[str, bytes]:
    """Return the evidence whose words are there, by file name. Words that are not those of the event are left out."""
    pieces = [*told.evidence, *(one for of in told.promises for one in of.evidence)]
    bodies = {one.sha256: one.body.encode() for one in pieces if one.body is not None}
    return {f"evidence/{name}.txt": body for name, body in bodies.items() if sha256(body).hexdigest() == name}
