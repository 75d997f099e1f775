"""The server keeps its contract, whatever is sent: every check of Schemathesis, stateless and along the links.

scripts/contract.sh does the same at length. What each request has to fulfil is in schemathesis.toml.
"""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

from tests.contract.conftest import Server

ROOT = Path(__file__).parents[2]
QUICK = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


def _schema() -> BaseSchema:
    # pytest wants to know the operations before there is a server, and the configuration a key.
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FOLLOWTHROUGH_KEY", "to come")
        config = SchemathesisConfig.from_path(ROOT / "schemathesis.toml")
    return schemathesis.openapi.from_path(ROOT / "openapi" / "openapi.json", config=config)


SCHEMA = _schema()


@pytest.fixture(scope="session")
def contract(server: Server) -> BaseSchema:
    """The committed document, which now speaks to that server."""
    SCHEMA.config.update(base_url=server.address)
    _as_holder_of(server.key())
    return SCHEMA


def _as_holder_of(key: str) -> None:
    SCHEMA.config.auth.openapi.schemes["ApiKey"].bearer = key
    SCHEMA.security._auth_provider_cache.clear()  # it holds the key before


@pytest.mark.slow
@SCHEMA.parametrize()
@QUICK
def test_every_operation_keeps_the_contract(case: schemathesis.Case, contract: BaseSchema) -> None:
    case.call_and_validate(base_url=contract.get_base_url())


@pytest.mark.slow
def test_the_links_from_one_operation_to_the_next_keep_it_too(contract: BaseSchema, server: Server) -> None:
    class Machine(contract.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            # Each example begins in the same state, else Hypothesis finds the answers inconsistent.
            _as_holder_of(server.key())

    Machine.run(settings=settings(QUICK, max_examples=12, stateful_step_count=6))
