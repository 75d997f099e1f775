"""What a reader of proofs types, and what they are told: files in, sentences and an exit code out.

Both `followthrough verify` and the single file `verify.py` are this. Nothing is written but the answer.
"""

import argparse
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from app.ledger.bundle import MAX_BYTES
from app.ledger.chain import ChainInvalid, read_certificates
from app.ledger.note import NoteInvalid
from app.ledger.policy import Policy, PolicyInvalid, of_key, parse_policy
from app.ledger.verdicts import tell
from app.ledger.verify import LEVELS, Report, verify_bundle

USAGE = 2
_SUFFIX = ".proof.json"
_MAX_FILES = 10_000
_TIMES = 6
"""How much larger than a bundle an archive may be: the same words again as files, and four times as much of others."""
_BLOCK = 64 * 1024
_COMPRESSED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ZIP_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)

_MEANING = {
    "P2": "This proves what the server recorded, and that this is all of it. It does not prove when, other than by the "
    "server's clock.",
    "P3": "This proves what the server recorded, that this is all of it, and that it was there at the outside time.",
    "P4": "This proves what the server recorded, that this is all of it, and that your witnesses saw the same history.",
}
_LIMITS = (
    "It does not prove that somebody did in the world what the record says, nor who typed it: nobody signs in person "
    "yet (P5)."
)


class CannotTry(Exception):
    """A file or a key of the reader's is missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be verified, and against what."""

    bundle: Path
    policy: Path | None = None
    vkeys: Sequence[str] = ()
    require: str = "P2"
    tsa_roots: Sequence[Path] = ()
    as_json: bool = False


def answer(question: Question) -> int:
    """Verify, print what came of it, and return the exit code: 0 verified, 1 invalid, 2 usage, 3 below the level."""
    # Whatever the console cannot show is no reason to stop.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        policy = _policy(question)
        roots = [_root(path) for path in question.tsa_roots]
        with opened(question.bundle) as (stream, hashed):
            report = verify_bundle(stream, policy, question.require, hashed=hashed, tsa_roots=roots)
    except CannotTry as refusal:
        sys.stderr.write(f"verify: {refusal}.\n")
        return USAGE
    sys.stdout.write(f"{to_json(report) if question.as_json else to_text(report)}\n")
    return report.exit_code


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], Mapping[str, tuple[str, int]]]]:
    """Open the bundle in a file; if it is an archive, hash the evidence beside it: SHA-256 (hex) and size by name.

    What is broken inside of the file is no reason to refuse it here: it comes as it is, to be found invalid. An error
    of the disk, now or later, is.
    """
    try:
        with path.open("rb") as file, ExitStack() as inside:
            # What comes through a pipe is kept, as it is read more than once.
            stream = file if file.seekable() else io.BytesIO(file.read(MAX_BYTES * 2 + 1))
            is_archive = stream.read(2) == b"PK"
            stream.seek(0)
            yield _unpacked(stream, inside) if is_archive else (stream, {})
    except OSError as error:
        raise CannotTry(f"{path} cannot be read: {error.strerror or error}") from error


def to_text(report: Report) -> str:
    """Return the report for people: a sentence for each claim."""
    lines = [f"{'ok  ' if one.ok else 'FAIL'}  {one.name:<14}  {one.sentence}" for one in report.checks]
    if not report.valid:
        return "\n".join([*lines, "", "INVALID. Nothing in this file is proven."])
    lines += ["", f"Plan POA-{report.number} ({report.plan}) is {report.state}."]
    lines += [one.sentence for one in report.notices] + [one.sentence for one in report.attempts]
    lines += [*tell(report.verdicts), *report.changes]
    lines += [f"By the same person who asked for it or did it: {one}." for one in report.self_decided]
    if report.erased or report.left_out:
        lines.append(f"Texts that are not shown: {report.erased} erased, {report.left_out} left out or erased unsaid.")
    assert report.level is not None
    lines += ["", f"VALID, level {report.level}. {_MEANING[report.level]}", _LIMITS]
    if report.exit_code:
        lines.append(f"That is below {report.required}, which you asked for.")
    return "\n".join(lines)


def to_json(report: Report) -> str:
    """Return the report for programs: its fields, and the exit code."""
    told = asdict(report) | {"exit_code": report.exit_code}
    told.pop("reached")
    return json.dumps(told, default=_plain, indent=2, sort_keys=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a program of its own."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Check a proof, without a network.")
    parser.add_argument("bundle", type=Path, help="the proof: *.proof.json, or the *.zip with its evidence")
    parser.add_argument("--policy", type=Path, help="whom you trust (c2sp.org/tlog-policy)")
    parser.add_argument("--vkey", action="append", default=[], help="the log's verifier key, in place of a policy")
    parser.add_argument("--require", default="P2", choices=LEVELS, help="the level below which the exit code is 3")
    parser.add_argument("--tsa-root", type=Path, action="append", default=[], help="certificate of an authority (PEM)")
    parser.add_argument("--json", action="store_true", help="answer for programs")
    given = parser.parse_args(arguments)
    question = Question(given.bundle, given.policy, given.vkey, given.require, given.tsa_root, given.json)
    return answer(question)


def _policy(question: Question) -> Policy:
    if question.require not in LEVELS:
        raise CannotTry(f"a level is one of {', '.join(LEVELS)}")
    if (question.policy is None) == (not question.vkeys):
        raise CannotTry("name whom you trust: --policy FILE, or --vkey KEY")
    try:
        if question.policy is None:
            return Policy(tuple(log for key in question.vkeys for log in of_key(key).logs))
        return parse_policy(question.policy.read_bytes())
    except OSError as error:
        raise CannotTry(f"{question.policy} cannot be read: {error.strerror}") from error
    except (PolicyInvalid, NoteInvalid) as error:
        raise CannotTry(f"the policy is not one: {error}") from error


def _root(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        read_certificates(data)
    except OSError as error:
        raise CannotTry(f"{path} cannot be read: {error.strerror}") from error
    except ChainInvalid as error:
        raise CannotTry(f"{path}: {error}") from error
    return data


def _unpacked(stream: IO[bytes], inside: ExitStack) -> tuple[IO[bytes], Mapping[str, tuple[str, int]]]:
    try:
        archive = inside.enter_context(zipfile.ZipFile(stream))
        entries = archive.infolist()
        wanted = [one for one in entries if one.filename.startswith("evidence/") and not one.is_dir()]
        bundles = [one for one in entries if one.filename.endswith(_SUFFIX)]
        if len(bundles) != 1 or len(entries) > _MAX_FILES or len({one.filename for one in entries}) != len(entries):
            raise ValueError("an archive holds one proof, and each file once")
        if any(one.compress_type not in _COMPRESSED for one in (*wanted, *bundles)):
            raise ValueError("an archive is compressed as all can read it")
        # The sizes are the archive's claims; reading stops at them, and then the checksum is compared.
        if sum(one.file_size for one in (*wanted, *bundles)) > MAX_BYTES * _TIMES:
            raise ValueError("an archive that large is not one of ours")
        hashed = {one.filename.removeprefix("evidence/"): _hash(archive, one) for one in wanted}
        return inside.enter_context(archive.open(bundles[0])), hashed
    except (*_ZIP_BROKEN, OSError):
        stream.seek(0)
        return stream, {}


def _hash(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[str, int]:
    hashed, size = sha256(), 0
    with archive.open(entry) as file:
        while block := file.read(_BLOCK):
            hashed.update(block)
            size += len(block)
    return hashed.hexdigest(), size


def _plain(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
