"""How much two complaints are alike, and in which words. Pure: texts in, ranking out.

Characters compared as they stand find every two English texts half alike. So words are compared: the score is the share
of words that both have, and rare words weigh more. Each score comes with the words that it is made of.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from math import log
from typing import NamedTuple

from rapidfuzz import fuzz, process

READ = 4000
"""Characters of a text that are compared: a letter says at its beginning what it is about."""

_WORD = re.compile(r"\w\w+")
_SAME_WORD = 85
"""From which ratio on two words without their endings are one word, misspelt: "counterfeit" and "counterfiet"."""
_ENDING = re.compile(r"(?<=...)(ing|ed|es|s)$")
_BEGINNING = 3

# What holds sentences together, and the mark in the place of words that were erased.
_SAYING_NOTHING = frozenset({
    "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been",
    "before", "being", "but", "by", "can", "could", "did", "do", "does", "doing", "down", "for", "from", "had",
    "has", "have", "he", "her", "his", "how", "if", "in", "into", "is", "it", "its", "just", "me", "more", "my",
    "no", "not", "now", "of", "off", "on", "only", "or", "other", "our", "out", "over", "own", "please", "she",
    "should", "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "too", "under", "until", "up", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "why", "will", "with", "would", "you", "your",
    "erased",
})  # fmt: skip


class Match(NamedTuple):
    """How much one of the candidates is like the subject."""

    place: int
    """Where it is among the candidates, from 0."""
    score: int
    """0: no word in common, to 100: the same words."""
    words: list[str]
    """What both have, as the subject writes it; what fewest others have comes first."""


def rank(subject: str, candidates: Sequence[str], *, without: str) -> list[Match]:
    """Return those of the candidates that have a word in common with the subject, most alike first.

    *without* is what all of them are about anyway: its words say nothing. Of two that are equally alike, the earlier
    in the list comes first.
    """
    nothing = _SAYING_NOTHING | _words(without)
    mine = _words(subject) - nothing
    theirs = [_words(one) - nothing for one in candidates]
    found = Counter(chain.from_iterable(theirs))
    same = _same(mine, found)
    known = frozenset(same)
    shared = [frozenset(map(same.__getitem__, words & known)) for words in theirs]
    having = Counter(chain.from_iterable(shared))
    weights = {word: _weight(having[word], len(theirs)) for word in mine}
    theirs_weigh = {word: _weight(count, len(theirs)) for word, count in found.items()}
    theirs_weigh |= {word: weights[one] for word, one in same.items()}
    telling = sorted(mine, key=lambda word: (having[word], -len(word), word))
    place_of = {word: place for place, word in enumerate(telling)}.__getitem__
    all_mine = sum(weights.values())
    matches = []
    for place, both in enumerate(shared):
        if both:
            all_theirs = sum(map(theirs_weigh.__getitem__, theirs[place]))
            score = round(200 * sum(map(weights.__getitem__, both)) / (all_mine + all_theirs))
            matches.append(Match(place, score, sorted(both, key=place_of)))
    return sorted(matches, key=lambda match: -match.score)


def _weight(having: int, of: int) -> float:
    """Return how telling a word is that so many texts have: the fewer, the more."""
    return log(1 + (of + 1) / (having + 1))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text[:READ].casefold()))


def _same(mine: Collection[str], theirs: Collection[str]) -> dict[str, str]:
    """Return, for each of their words that is one of mine, perhaps in another form or misspelt, that one."""
    beginnings = defaultdict(list)
    for word in theirs:
        beginnings[word[:_BEGINNING]].append(word)
    found: dict[str, str] = {}
    for word in sorted(mine):
        found |= {other: word for other in _forms(word, beginnings[word[:_BEGINNING]]) if other not in mine}
    return found | {word: word for word in mine if word in theirs}


def _forms(word: str, others: Sequence[str]) -> Iterator[str]:
    # A number with another digit is another number.
    if len(word) > _BEGINNING and word.isalpha():
        for other, _, _ in process.extract(
            _stem(word), others, scorer=fuzz.ratio, processor=_stem, score_cutoff=_SAME_WORD, limit=None
        ):
            if other.isalpha():
                yield other


def _stem(word: str) -> str:
    return _ENDING.sub("", word)
