"""Which form of an answer a client likes best (RFC 9110, section 12.5.1)."""

import re
from functools import lru_cache

_WEIGHT = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)


@lru_cache(maxsize=256)
def preferred(accept: str, *offered: str) -> str | None:
    """Return which of the *offered* media types an `Accept` header likes best: the first of equals, None if none."""
    weights = dict(_weighted(one) for one in accept.split(","))

    def weight(kind: str) -> float:
        family = f"{kind.split('/', maxsplit=1)[0]}/*"
        return next((weights[name] for name in (kind, family, "*/*") if name in weights), 0.0)

    best = max(offered, key=weight)
    return best if weight(best) > 0 else None


def _weighted(media_range: str) -> tuple[str, float]:
    kind, *parameters = (one.strip().lower() for one in media_range.split(";"))
    given = next((found[1] for one in parameters if (found := _WEIGHT.fullmatch(one))), "1")
    return kind or "*/*", float(given)
