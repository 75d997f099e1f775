"""A workspace as DESIGN.md tells of it: plain data and plain rules, written without a look at `app/`.

The nouns are in modules of their own: `plans`, `promises`, `evidence`, `changes`, `notices`. Whoever does something
names the act's subject as people do (`POA-1.2`) or, where the server makes up an id, by a handle that the machine made
up.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SCOPES = {
    "viewer": {"read"},
    "contributor": {"read", "write"},
    "approver": {"read", "write", "approve"},
    "admin": {"read", "write", "approve", "admin"},
}
ROLES = {"ada": "admin", "bo": "approver", "chidi": "contributor", "vera": "viewer"}
ROOT = "root"
"""The workspace's first key: it may do everything, is nobody's, owns nothing, and is no second pair of eyes."""

STATUS = {"unauthorized": 401, "scope-missing": 403, "member-needed": 403, "commitment-not-found": 404, "invalid": 422}
STATUS |= dict.fromkeys(("not-later", "nothing-amended", "performed-in-the-future"), 422)


class Refused(Exception):
    """It is not done, for one of these reasons: where several hold, any may be given."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.answers = {(STATUS.get(one, 409), f"/problems/{one}") for one in reasons}


def refuse(**reasons: Any) -> None:
    """Refuse if any of the reasons holds; `not_later` stands for `not-later`."""
    if held := [name.replace("_", "-") for name, holds in reasons.items() if holds]:
        raise Refused(*held)


@dataclass
class Piece:
    """A piece of evidence."""

    is_superseded: bool = False


@dataclass
class World:
    """All that is known."""

    now: datetime
    recorded: datetime
    """The ledger's time: that of its last event, which is never before the one before it."""
    four_eyes: bool = True
    evidence_required: bool = True
    active: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(ROLES, True))
    plans: dict[int, Any] = field(default_factory=dict)
    promises: dict[str, Any] = field(default_factory=dict)
    """Commitments, by reference."""
    series: dict[str, Any] = field(default_factory=dict)
    """What recurs, by reference."""
    requests: dict[str, Any] = field(default_factory=dict)
    """Extensions and waivers, by handle."""
    amendments: dict[str, Any] = field(default_factory=dict)
    pieces: dict[str, Any] = field(default_factory=dict)
    """Evidence, by handle: what came along with a completion has none."""
    notices: dict[str, Any] = field(default_factory=dict)
    opened_until: datetime = datetime(1, 1, 1, tzinfo=UTC)
    """Until when who looks opens nothing further of what recurs."""
    is_sealed: bool = False
    told: set[tuple[str, str, datetime]] = field(default_factory=set)
    """What was announced: the moment, of which commitment, at which due."""

    def allow(self, who: str, scope: str) -> None:
        """Refuse who has left, or may not do that at all."""
        if who == ROOT:
            return
        if not self.active[who]:
            raise Refused("unauthorized")
        refuse(scope_missing=scope not in SCOPES[ROLES[who]])

    def note(self) -> None:
        """Something was written: the ledger's time goes on, or stands still if the clock was put back."""
        self.recorded, self.is_sealed = max(self.recorded, self.now), False

    def seal(self) -> None:
        """What was written is sealed by one more event; nothing is, if it was sealed before."""
        if not self.is_sealed:
            self.note()
            self.is_sealed = True

    def set_rules(self, who: str, *, four_eyes: bool, evidence_required: bool) -> None:
        self.allow(who, "admin")
        self.four_eyes, self.evidence_required = four_eyes, evidence_required
        self.note()

    def seconds(self, who: str, others: set[str], refusal: str) -> dict[str, bool]:
        """Return why *who* may not decide about what the others asked for or did: they are one of them, or nobody."""
        return {refusal: self.four_eyes and who in others, "member_needed": self.four_eyes and who == ROOT}
