"""The verifier as one file, `verify.py`: the very modules that are used here, one after the other.

Each keeps its names to itself, so what is read there is what runs here, letter for letter.
"""

from functools import cache
from importlib.resources import files

MODULES = (
    *("merkle", "note", "der", "chain", "timestamp", "policy", "strict", "shapes", "document", "bundle"),
    *(
        "lateness",
        "promises",
        "attempts",
        "changes",
        "history",
        "replay",
        "words",
        "clauses",
        "verdicts",
        "complete",
        "course",
        "outside",
        "verify",
        "reader",
    ),
)
"""In an order in which each needs only those before it."""

_HEAD = '''\
#!/usr/bin/env python3
"""Checks a proof of Followthrough. Needs Python 3.11 and `pip install cryptography`; no network, no account.

    python verify.py PLAN.proof.json --policy policy.txt

It is made of the modules that the server itself is tested with, each below as it is there. Read them in this order:
{names}.
"""

import sys
from types import ModuleType


def _module(name: str, source: str = "") -> None:
    made = sys.modules[name] = ModuleType(name)
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, made)
    exec(compile(source, f"verify.py: {{name}}", "exec"), made.__dict__)


_module("app")
_module("app.ledger")
'''
_TAIL = """
if __name__ == "__main__":
    sys.exit(sys.modules["app.ledger.reader"].main())
"""


@cache
def single_file() -> str:
    """Return the text of `verify.py`; the same for the same version of this code."""
    folder = files("app.ledger")
    parts = [_HEAD.format(names=", ".join(MODULES))]
    for name in MODULES:
        source = folder.joinpath(f"{name}.py").read_text(encoding="utf-8")
        parts.append(f"\n_module(\n    \"app.ledger.{name}\",\n    r'''{source}''',\n)\n")
    return "".join([*parts, _TAIL])
