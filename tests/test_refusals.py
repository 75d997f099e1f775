"""Every refusal that the problems page names is expected by a test."""

import re
from pathlib import Path

from app.core.problems import Problem
from app.main import create_app

assert create_app  # every module that declares a problem is imported now

NEVER_RAISED = {
    "forbidden": "a kind: keys that may not do something are told `scope-missing`",
}
TESTS = "\n".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py") if path != Path(__file__))


def test_each_problem_is_expected_by_a_test_or_is_never_raised() -> None:
    named = set(re.findall(r'"(?:/problems/)?([a-z]+(?:-[a-z]+)*)"', TESTS))

    assert Problem.registry.keys() - named == NEVER_RAISED.keys()
