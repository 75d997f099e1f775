"""The archive of a proof: the bundle, its evidence as files, a report to read, and a program that checks it.

Deterministic: entries in order, of one date, uncompressed. Compressed bytes would depend on the version of zlib.
"""

import zipfile
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import IO, NamedTuple
from uuid import UUID

from sqlmodel import col, select

from app.core import db
from app.core.db import Read, workspace_of
from app.files.rules import MediaType, file_name
from app.files.store import Store
from app.ledger.single import single_file
from app.proofs import report, story
from app.proofs.placeholders import MARK
from app.proofs.story import Evidence, Story
from app.workspaces.models import ApiKey, Member

_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format can say."""
_FILE = 0o100644 << 16

_README = """\
Proof of {reference}

  {proof:<24} the proof: the signed checkpoint, and all events of the plan
  evidence/                what was recorded as evidence; each file is named by its SHA-256. Files were uploaded by
                           people and are not checked for anything that harms: open them with care
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
_LEFT_OUT = """
Evidence that is a file and is not in this archive, by SHA-256 and size. Whoever has it can put it into evidence/ and
have it checked, under a name that begins with the SHA-256:

"""
_MAX_ENCLOSED = 256 * 1024 * 1024
"""Bytes of files that an archive holds; the verifier refuses one that is much larger."""
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


class Enclosed(NamedTuple):
    """A file that comes along."""

    name: str
    key: str
    """Where its bytes are in the store."""


_UNERASED = (
    "SELECT DISTINCT sha256 FROM evidence WHERE workspace_id = %(ws)s AND kind = 'file' AND body <> %(mark)s "
    "AND id = ANY(CAST(%(ids)s AS uuid[]))"
)


def unerased(read: Read, text: bytes) -> set[str]:
    """Return the SHA-256 of the files that a bundle names, except those that were erased."""
    ids = [one["subj"] for one in story.tell(text).events if one["type"] == "evidence.filed"]
    values = {"ws": workspace_of(read), "ids": ids, "mark": MARK}
    return {row.sha256 for row in db.run(read, _UNERASED, values)} if ids else set()


def pack(
    text: bytes, into: IO[bytes], *, reference: str, people: Mapping[str, str], store: Store, files: Collection[str]
) -> None:
    """Write the archive of the bundle *text* into a file that can be written at any place.

    The report shows the names of *people*, by id. Of *files*, by SHA-256, as many come along as there is room for.
    """
    told, name = story.tell(text), f"{reference}.proof.json"
    texts, enclosed = evidence_files(told), _enclosed(told, store, files)
    left_out = "".join(f"  {sha256}  {size:,} bytes\n" for sha256, size in _left_out(told, enclosed))
    readme = _README.format(reference=reference, proof=name) + (_LEFT_OUT + left_out if left_out else "")
    names = [one.name.removeprefix("evidence/") for one in enclosed]
    made: dict[str, bytes | Enclosed] = {
        name: text,
        "README.txt": readme.encode(),
        "policy-example.txt": _POLICY.format(origin=told.checkpoint.origin).encode(),
        "report.html": report.render(told, people=people, enclosed=names).encode(),
        "verify.py": single_file().encode(),
        **texts,
        **{one.name: one for one in enclosed},
    }
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(made.items()):
            entry = zipfile.ZipInfo(path, _DATE)
            # Else it would say on which system it was made.
            entry.create_system, entry.external_attr = 3, _FILE
            blocks: Iterable[bytes] = store.blocks(content.key) if isinstance(content, Enclosed) else (content,)
            with archive.open(entry, "w") as place:
                for block in blocks:
                    place.write(block)


def evidence_files(told: Story) -> dict[str, bytes]:
    """Return the evidence whose words are there, by file name. Words that are not those of the event are left out."""
    bodies = {one.sha256: one.body.encode() for one in _pieces(told) if one.body is not None}
    return {f"evidence/{name}.txt": body for name, body in bodies.items() if sha256(body).hexdigest() == name}


def _enclosed(told: Story, store: Store, files: Collection[str]) -> list[Enclosed]:
    """Return the files that come along: in the order in which they were recorded, as long as there is room."""
    found, room = dict[str, Enclosed](), _MAX_ENCLOSED
    for one in _pieces(told):
        if (
            one.size is None
            or one.media_type is None
            or one.sha256 not in files
            or one.sha256 in found
            or one.size > room
        ):
            continue
        key = f"{told.events[0]['ws']}/{one.sha256}"
        if store.size(key) == one.size:
            called = file_name(one.sha256, one.sha256, MediaType(one.media_type))
            found[one.sha256] = Enclosed(f"evidence/{called}", key)
            room -= one.size
    return list(found.values())


def _left_out(told: Story, enclosed: Collection[Enclosed]) -> list[tuple[str, int]]:
    there = {one.key.rpartition("/")[2] for one in enclosed}
    return sorted({(one.sha256, one.size) for one in _pieces(told) if one.size and one.sha256 not in there})


def _pieces(told: Story) -> list[Evidence]:
    """Return all evidence, oldest first."""
    pieces = [*told.evidence, *(one for of in told.promises for one in of.evidence)]
    return sorted(pieces, key=lambda one: one.seq)
