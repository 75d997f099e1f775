"""Whom a letter names as the one who acts, and which member that is. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.letters.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Known:
    """A member whom a letter may name."""

    name: str
    email: str


@dataclass(slots=True)
class Owner:
    """Who acts, by a passage: an e-mail address and where it is said, and the names that are nobody's here."""

    email: str | None = None
    place: tuple[int, int] | None = None
    names: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


_WORD = r"[A-Z](?:[^\W\d_]|[\u2019'-](?=[^\W\d_])){1,40}(?![\w-])"
_NAME = rf"{_WORD}(?:[ \t]+(?:[A-Z]\.|(?:de|van|von|der|da|al|el|bin)\b|{_WORD})){{0,3}}"
_LABEL = (
    r"(?i:owner|responsible(?:[ \t]+(?:person|party))?|accountable|assign(?:ed[ \t]+to|ee)|person[ \t]+in[ \t]+charge|"
    r"lead|handled[ \t]+by|led[ \t]+by)"
)
_AND = rf"(?:[ \t]+(?:and|&)[ \t]+{_NAME})?"
_PLACES = (
    Pattern(rf"\b{_LABEL}[ \t]*(?:[:=\u2013-][ \t]*|[ \t]is[ \t]+|[ \t])(?P<name>{_NAME})"),
    Pattern(
        rf"\b(?P<name>{_NAME})(?=(?:[ \t]*[,(][^,()\n]{{2,40}}[,)])?{_AND},?"
        r"\s+(?:will|shall|must|has|is\s+(?:going\s+)?to(?!\s+be))\b)"
    ),
    Pattern(rf"\((?P<name>{_NAME})\)"),
)
_IN_CHARGE = Pattern(rf"(?:\(\s*|\b{_LABEL}\W{{1,3}}|\b(?i:by)\s+|^\W*)$")
_EMAIL = Pattern(r"[^\s@<>()\[\],;:\"]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# "On Friday Ada Okafor will": what has a capital for another reason is no name, nor the beginning of one.
_NOBODY = Pattern(
    r"(?:(?:"
    r"we|i|our|the|this|that|these|all|each|every|any|it|they|he|she|you|please|amazon|team|"
    r"seller|central|support|fba|usps|ups|fedex|dhl|asin|sku|poa|quality|warehouse|customer|staff|"
    r"management|manager|going|moving|after|before|from|in|on|by|as|if|no|yes|root|cause|"
    r"corrective|preventive|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|"
    r"march|april|may|june|july|august|september|october|november|december|done|complete|completed|"
    r"daily|weekly|monthly"
    r")\b[ \t]*)+",
    re.IGNORECASE,
)


class Members:
    """The active members, by what letters call them."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._known = list(known)
        firsts = Counter(_first(one.name) for one in self._known)
        names = Counter(_fold(one.name) for one in self._known)
        self._by_name = {_fold(one.name): one for one in self._known if names[_fold(one.name)] == 1}
        # A first name that two share names neither.
        self._by_name |= {_first(one.name): one for one in self._known if firsts[_first(one.name)] == 1}
        self._by_email = {one.email.lower(): one for one in self._known}

    def owner_of(self, text: str) -> Owner:
        """Return whom a passage makes responsible; nobody, with the names, if it names several or somebody unknown."""
        owner = Owner()
        found: dict[str, tuple[int, int]] = {}
        for one in _EMAIL.finditer(text):
            if _IN_CHARGE.search(text, max(0, one.start() - 30), one.start()):
                self._take(owner, found, self._by_email.get(one[0].lower()), one.span(), one[0])
        for place, pattern in enumerate(_PLACES):
            for one in pattern.finditer(text):
                name = self._name_in(one["name"])
                member = self._by_name.get(_fold(name))
                # Any word has a capital where a sentence begins: one that is nobody's first name is a name below a
                # label only.
                if member or (name and (" " in name or not place)):
                    self._take(owner, found, member, (one.end("name") - len(name), one.end("name")), name)
            if found:
                break
        if len(found) == 1:
            (owner.email, owner.place), *_ = found.items()
        elif found:
            owner.doubts.append("It names several members: who of them is accountable?")
            owner.names += [one.name for one in self._known if one.email in found]
        elif named := [one.name for one in self._known if _mentions(text, one)]:
            owner.names += named
            owner.doubts.append("A member is named, but not said to be the one who acts.")
        return owner

    def _name_in(self, words: str) -> str:
        """Return the name that capitalised words end with; none if they have capitals for other reasons."""
        leading = None if _fold(words) in self._by_name else _NOBODY.match(words)
        return words[leading.end() :] if leading else words

    def _take(
        self, owner: Owner, found: dict[str, tuple[int, int]], member: Known | None, place: tuple[int, int], words: str
    ) -> None:
        if member:
            found.setdefault(member.email, place)
        elif (name := " ".join(words.split())) not in owner.names:
            owner.names.append(name)


def _mentions(text: str, member: Known) -> bool:
    names = f"{re.escape(member.name)}|{re.escape(member.email)}"
    return bool(re.search(rf"(?<!\w)(?:{names})(?!\w)", text, re.IGNORECASE))


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def _first(name: str) -> str:
    return (_fold(name).split() or [""])[0]
