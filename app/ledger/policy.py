"""Whom a verifier trusts: logs, witnesses, and how many of these must have cosigned (c2sp.org/tlog-policy).

    log example.com/w/7+c5ff1f2e+AQ...
    witness ada example.com/ada+f2e4c3b1+BA... https://ada.example.com
    witness bo example.com/bo+0c1d2e3f+BA...
    group both all ada bo
    quorum both

It says nothing about what is proved, only who may say so. It comes from the reader, never with a proof.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.ledger import note
from app.ledger.note import NoteInvalid, VerifierKey

MAX_LINES = 1000
MAX_BYTES = 1_000_000
NONE = "none"

_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


class PolicyInvalid(Exception):
    """The policy is not one, or names what it does not define."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log whose checkpoints are accepted; the name of its key is its origin."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who vouches that a log only grows. Its name is the policy's, its key may be called otherwise."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these, witnesses or other groups, are enough."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy says. Groups only name what was defined before them."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    @property
    def keys(self) -> list[VerifierKey]:
        return [one.key for one in self.logs] + [one.key for one in self.witnesses]

    def is_met(self, cosigned: Collection[VerifierKey]) -> bool:
        """Say whether the witnesses with these keys make the quorum."""
        met = {one.name for one in self.witnesses if one.key in cosigned} | {NONE}
        for group in self.groups:
            if len(met.intersection(group.members)) >= group.threshold:
                met.add(group.name)
        return self.quorum in met


def of_key(vkey: str) -> Policy:
    """Return the policy that trusts one log and asks for no witness."""
    return parse_policy(f"log {vkey}\nquorum none\n")


def format_policy(policy: Policy) -> str:
    """Return the policy as a file; parsing it gives *policy* again."""
    lines = [
        *(_line("log", note.format_vkey(one.key), one.url) for one in policy.logs),
        *(_line("witness", one.name, note.format_vkey(one.key), one.url) for one in policy.witnesses),
        *(_line("group", one.name, str(one.threshold), *one.members) for one in policy.groups),
        _line("quorum", policy.quorum),
    ]
    return "".join(f"{line}\n" for line in lines)


def parse_policy(text: str | bytes) -> Policy:
    """Return what a policy file says; refuse what the specification does not allow, naming the line."""
    reader = _Reader()
    for number, words in _lines(text):
        try:
            reader.read(words)
        except (PolicyInvalid, NoteInvalid) as error:
            raise PolicyInvalid(f"line {number}: {error}") from error
    if reader.quorum is None:
        raise PolicyInvalid("there is no line that says `quorum`")
    return Policy(tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorum)


def _lines(text: str | bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each line that has some, with its number; section "Structure"."""
    try:
        raw = text if isinstance(text, bytes) else text.encode()
        if len(raw) > MAX_BYTES or raw.count(b"\n") > MAX_LINES:
            raise PolicyInvalid(f"a policy has at most {MAX_LINES} lines")
        if _NOT_TEXT.search(raw):
            raise PolicyInvalid("a policy holds no control characters but tab and newline")
        decoded = raw.decode()
    except UnicodeError as error:
        raise PolicyInvalid("a policy is UTF-8") from error
    for number, line in enumerate(decoded.split("\n"), 1):
        stripped = line.strip(" \t")
        if stripped and not stripped.startswith("#"):
            yield number, _BLANKS.split(stripped)


class _Reader:
    """A policy as far as it was read."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                key = self._key(vkey, note.ED25519, self.logs)
                self.logs.append(Log(key, *url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._check_new(name)
                key = self._key(vkey, note.COSIGNATURE, self.witnesses)
                self.witnesses.append(Witness(name, key, *url))
            case ["group", name, threshold, *members] if members:
                self._check_new(name)
                self.groups.append(Group(name, self._threshold(threshold, members), tuple(members)))
            case ["quorum", name]:
                if self.quorum is not None:
                    raise PolicyInvalid("the quorum is there twice")
                if name != NONE and name not in self._defined():
                    raise PolicyInvalid(f"`{name}` is not defined before")
                self.quorum = name
            case _:
                raise PolicyInvalid("a line is `log`, `witness`, `group` or `quorum`, with what belongs to it")

    def _defined(self) -> set[str]:
        return {one.name for one in self.witnesses} | {one.name for one in self.groups}

    def _check_new(self, name: str) -> None:
        if name == NONE or name in self._defined():
            raise PolicyInvalid(f"the name `{name}` is taken")

    def _key(self, vkey: str, kind: int, known: list[Log] | list[Witness]) -> VerifierKey:
        key = note.parse_vkey(vkey)
        if key.kind != kind:
            raise PolicyInvalid(f"the key is of type {key.kind}, where {kind} is needed")
        # Two names of one key would count as two witnesses. A log's epochs share its key and differ in name.
        if any(one.key == key or (kind == note.COSIGNATURE and one.key.public == key.public) for one in known):
            raise PolicyInvalid("the key is there twice")
        return key

    def _threshold(self, text: str, members: list[str]) -> int:
        unknown = [one for one in members if one not in self._defined()]
        if unknown:
            raise PolicyInvalid(f"`{unknown[0]}` is not defined before")
        # "Each defined name can be listed as a group member at most once": in this group and in all others.
        used = [one for group in self.groups for one in group.members] + members
        if len(set(used)) != len(used):
            raise PolicyInvalid("a member is in two groups, or twice in one")
        if text in {"any", "all"}:
            return 1 if text == "any" else len(members)
        if not _COUNT.fullmatch(text) or int(text) > len(members):
            raise PolicyInvalid("a group needs `any`, `all` or a number of its members")
        return int(text)


def _line(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None)
