"""The one reading of a bundle: each event goes through all the checks before the next one is read.

So nothing has to be held of an event but what the later ones are checked against. The checks are reported one after the
other all the same: as if the first of them had seen all events before the second saw any.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from app.ledger import bundle, complete, replay, words
from app.ledger.bundle import Ending, Proved
from app.ledger.complete import Chain, Order
from app.ledger.document import Document
from app.ledger.history import History
from app.ledger.merkle import ProofInvalid
from app.ledger.note import Checkpoint, Note, NoteInvalid
from app.ledger.policy import Policy
from app.ledger.promises import Illegal
from app.ledger.strict import Malformed
from app.ledger.words import NotTheirs

REFUSALS = (Malformed, NoteInvalid, ProofInvalid, NotTheirs, Illegal)

_REPORTED = ("signature", "events", "inclusion", "chain", "disclosures", "replay")
"""The checks in the order of the report. What one takes for granted, those before it have found to be so."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Check = tuple[str, Callable[[Proved], object]]


class Watch:
    """What the checks have to say that go on side by side."""

    def __init__(self) -> None:
        self._refusal: Exception | None = None
        self._passing = len(_REPORTED)
        """How many of the checks go on: those before the one that refused."""

    def attempt(self, name: str, check: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T | None:
        """Go on with a check and return what it returns; None if it refuses, or has, or one before it has."""
        place = _REPORTED.index(name)
        if place >= self._passing:
            return None
        try:
            return check(*given, **named)
        except REFUSALS as error:
            self._passing, self._refusal = place, error
            return None

    def settle(self, name: str) -> None:
        """Raise what the check has refused."""
        if self._refusal is not None and self._passing == _REPORTED.index(name):
            raise self._refusal


@dataclass(slots=True)
class Course:
    """A bundle that was read, and what it came to. What a check has refused is there as far as that check came."""

    opened: tuple[Note, Checkpoint] | None
    """None if the signature was refused."""
    ending: Ending
    events: int
    disclosures_at: int
    """Where the document is to be read again for what is disclosed."""
    chain: Chain
    history: History

    @property
    def signed(self) -> Note:
        assert self.opened
        return self.opened[0]

    @property
    def checkpoint(self) -> Checkpoint:
        assert self.opened
        return self.opened[1]


def take(document: Document, policy: Policy, watch: Watch) -> Course:
    """Read the bundle to its end; Malformed says where it is none. All else that is refused, *watch* keeps."""
    opened = watch.attempt("signature", complete.open_checkpoint, bundle.read_checkpoint(document), policy)
    disclosures_at, chain, history, events = document.place, Chain(), History(), 0
    deque(bundle.read_disclosures(document), maxlen=0)
    in_tree, of_plan = _checks(opened[1], chain, history) if opened else ((), ())
    for one in bundle.read_events(document):
        events += 1
        for name, check in (*in_tree, *of_plan):
            watch.attempt(name, check, one)
    ending = bundle.read_ending(document)
    for name, check in in_tree:
        watch.attempt(name, check, ending.heads)
    watch.attempt("chain", chain.check_plan, ending.plan)
    watch.attempt("replay", replay.end, history)
    return Course(opened, ending, events, disclosures_at, chain, history)


def _checks(checkpoint: Checkpoint, chain: Chain, history: History) -> tuple[tuple[_Check, ...], tuple[_Check, ...]]:
    """Return the checks of every event of the tree, and those of the plan's events."""
    in_tree = (
        ("events", Order(checkpoint).check),
        ("inclusion", lambda one: complete.check_included(one, checkpoint)),
    )
    of_plan = (
        ("chain", chain.follow),
        ("disclosures", lambda one: words.note_digests(history, one.event)),
        ("replay", lambda one: replay.play(history, one.event)),
    )
    return in_tree, of_plan
