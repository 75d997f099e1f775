"""What the words of a letter are about: something done or promised, which area, which items. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from app.letters.pattern import Pattern
from app.plans.rules import Area


class Tense(Enum):
    DONE = "done"
    PROMISE = "promise"


_PARTICIPLE = (
    r"(?:\w+ed|set|put|built|bought|brought|sent|sold|made|done|taken|given|written|found|held|begun|started|left|kept|"
    r"paid|hired|chosen|shut|cut|withdrawn|been|told|taught|met)"
)
_WILL = Pattern(
    r"(?<!who )(?<!which )(?<!that )\b(?:will|shall|must)\b(?!\s+be\s+(?:happy|glad|pleased))|\w[\u2019']ll\b|"
    r"\b(?:going|plan|plans|intend|intends|commit|committed|need|needs)\s+to\s+\w+|\b(?:am|are|is)\s+to\s+\w+|"
    r"\b(?:by|before|due)\s*:?\s+\d",
    re.IGNORECASE,
)
_HAVE = Pattern(
    r"(?<!who )(?<!which )(?<!that )\b(?:have|has|\w+[\u2019']ve)\s+"
    rf"(?:\w+ly\s+|already\s+|now\s+|also\s+|since\s+|been\s+)*{_PARTICIPLE}\b|"
    rf"(?<!who )(?<!which )(?<!that )\b(?:was|were)\s+(?:\w+ly\s+|already\s+|also\s+|then\s+)*{_PARTICIPLE}\b|"
    rf"\b(?:we|i)\s+(?:\w+ly\s+|already\s+|also\s+|then\s+)*{_PARTICIPLE}\b|\balready\b|"
    r"\b(?:status|done)\s*:\s*(?:done|complete|yes)|"
    r"\bas\s+of\s+(?:today|now)\b|\b(?:is|are|we|i)\s+now\b",
    re.IGNORECASE,
)
_OPENS = Pattern(
    rf"(?:(?:on|as\s+of|since|in)\s[^,]{{3,25}},\s*|(?:immediately|also|then)\s+)?(?:(?:we|i)\s+)?{_PARTICIPLE}\b",
    re.IGNORECASE,
)
_VERB = Pattern(r"\b(?:[a-z]{3,}ed|sent|told|built|bought|gave|made|took|put|set|wrote|found|sold|paid|left|went)\b")
_MERELY = Pattern(
    r"(?:(?:this|it|that)\s+(?:was|is)\s+)?(?:completed?|done|finished)\b(?:\W+\w+){0,5}\W*$", re.IGNORECASE
)
_GOES_ON = Pattern(
    r"(?:and|so|this|that|these|those|it|they|as\s+a\s+result|consequently|therefore|however|because\s+of\s+th)\b",
    re.IGNORECASE,
)
_BECAUSE = Pattern(
    r"\b(?:because|due\s+to|caused\s+by|root\s+cause|result(?:ed|s)?\s+(?:from|of)|reason|mistake|error|failed\s+to|"
    r"did\s+not|didn[\u2019']t|were\s+not|was\s+not|unaware|overlooked|lack\s+of|without\s+(?:knowing|checking))\b",
    re.IGNORECASE,
)
_COURTESY = Pattern(
    r"(?:we|i)\s+(?:(?:sincerely|truly|deeply|kindly|respectfully|hereby)\s+)*(?:hope|trust|look\s+forward|appreciate|"
    r"apologi[sz]e|request|ask|are\s+(?:confident|sorry|committed\s+to\s+(?:providing|our))|am\s+sorry|believe|understand|"
    r"take\b.*\bserious|value|would\s+(?:appreciate|like\s+to)|regret)|please\b|if\s+you\s+(?:have|need)|thank",
    re.IGNORECASE,
)
_AREAS = {
    Area.SUPPLIER: (
        r"supplier|distributor|vendor|manufactur|wholesal|sourc(?:ed|ing)|"
        r"letters?\s+of\s+authori[sz]ation|invoice"
    ),
    Area.INVENTORY: r"inventory|stock|warehouse|receiving|lots?\b|commingl|storage|units?\b|bins?\b|count",
    Area.LISTING: r"listing|detail\s+page|title|description|images?\b|variation|keyword|brand\s+name|catalog",
    Area.PRODUCT: (
        r"product\s+(?:safety|quality|defect)|defect|safety|battery|batteries|overheat|burn|materials?\b|"
        r"design|fault|test\s+report|ingredient"
    ),
    Area.SHIPPING: (
        r"ship(?:ping|ment|ped|s)?\b|carrier|deliver|dispatch|tracking|handling\s+time|transit|courier|"
        r"label|late\b|pack"
    ),
    Area.CUSTOMER_SERVICE: (
        r"customer\s+service|messages?\b|respon[ds]|repl(?:y|ies)|refund|buyers?\b|returns?\b|"
        r"support\s+team"
    ),
    Area.DOCUMENTATION: (
        r"document|certificate|compliance|test\s+report|records?\b|manual|paperwork|instruction|sds\b|"
        r"safety\s+data"
    ),
    Area.ACCOUNT: (
        r"\baccounts?\b|log[\s-]?in|password|access|verification|identity|bank|linked|related\s+account|"
        r"policy|policies"
    ),
}
_AREA = {area: Pattern(rf"\b(?:{words})", re.IGNORECASE) for area, words in _AREAS.items()}

_TELLING = Pattern(
    r"\b(?!(?:which|their|there|these|those|other|before|after|would|could|should|every|amazon)\b)(?:[^\W\d]{5,}|\d{2,})\b",
    re.IGNORECASE,
)


def tense(text: str) -> Tense | None:
    """Say whether words tell of something done or promise something, by what they say first; None if of neither."""
    will, have = _WILL.search(text), _HAVE.search(text)
    if will and (not have or will.start() < have.start()):
        return Tense.PROMISE
    return Tense.DONE if have or _OPENS.match(text) else None


def is_deed(text: str) -> bool:
    """Say whether a sentence tells of a deed, where deeds are told; "Completed on 5 March." tells of the one before."""
    return bool(tense(text) or _VERB.search(text)) and not _MERELY.match(text)


def goes_on(text: str) -> bool:
    """Say whether a paragraph goes on about what the one before tells."""
    return bool(_GOES_ON.match(text))


def is_both(text: str) -> bool:
    return bool(_WILL.search(text) and _HAVE.search(text))


def is_cause(text: str) -> bool:
    return bool(_BECAUSE.search(text))


def is_courtesy(text: str) -> bool:
    return bool(_COURTESY.match(text))


def area_of(text: str) -> Area:
    """Return the area that most words belong to, of several the one that is named first."""
    found = {area: [one.start() for one in pattern.finditer(text)] for area, pattern in _AREA.items()}
    named = {area: places for area, places in found.items() if places}
    return max(named, key=lambda area: (len(named[area]), -named[area][0])) if named else Area.OTHER


def likeness(text: str, cause: str, area: Area) -> int:
    """Return how many words of a text belong to a root cause: to its area, or to its own words."""
    shared = {one.lower() for one in _TELLING.findall(text)} & {one.lower() for one in _TELLING.findall(cause)}
    return len(shared) + (len(_AREA[area].findall(text)) if area in _AREA else 0)


@dataclass(frozen=True, slots=True)
class Item:
    """An item that a letter names, and where."""

    type: str
    ref: str
    start: int
    end: int


_ITEM = Pattern(
    r"(?<![A-Za-z0-9])(?P<asin>B0[0-9A-Z]{8})(?![A-Za-z0-9])|(?<![\d-])(?P<order>\d{3}-\d{7}-\d{7})(?![\d-])|"
    r"\b(?i:ASINs?)\b[\s:#]{1,3}(?P<isbn>\d{9}[\dX])(?![\dA-Za-z])|"
    r"\b(?i:SKUs?)\b\)?(?:\s*(?:[:#]|(?i:numbers?|no\.?))\s*|\s+)(?P<skus>[\w./-]+(?:(?:\s*,\s*|\s+and\s+|\s*&\s*)[\w./-]+)*)"
)
_BLANK = Pattern(rf"{_ITEM.pattern}|\b(?i:case|order|id|invoice|no\.?)\s*(?:id|no\.?|number|#|:)*\s*[\d-]{{5,}}")
_SKU = Pattern(r"(?=[\w./-]*\d)[A-Za-z0-9](?:[A-Za-z0-9_/.-]{1,38}[A-Za-z0-9])(?![\w./-]*[a-z]{4})")


def items(text: str) -> Iterator[Item]:
    """Return the ASINs and orders in a text, and what it calls a SKU."""
    for found in _ITEM.finditer(text):
        if not found["skus"]:
            kind = "order" if found["order"] else "asin"
            name = "order" if found["order"] else "asin" if found["asin"] else "isbn"
            yield Item(kind, found[name], found.start(name), found.end(name))
            continue
        begin = found.start("skus")
        for one in re.finditer(r"[A-Za-z0-9][\w/-]*(?:\.[\w/-]+)*", found["skus"]):
            if not _SKU.fullmatch(one[0]):
                break
            yield Item("sku", one[0], begin + one.start(), begin + one.end())


def without_items(text: str) -> str:
    """Return a text in which the digits of items and cases are blank: none of them is part of a day."""
    return _BLANK.sub(lambda found: "_" * len(found[0]), text)
