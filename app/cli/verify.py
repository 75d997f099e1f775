"""`followthrough verify`: check a proof. No database, no network, and nothing is written."""

from pathlib import Path
from typing import Annotated

import typer

from app.ledger import reader
from app.ledger.reader import Question


def verify(
    bundle: Annotated[Path, typer.Argument(help="The proof: *.proof.json, or the *.zip with its evidence.")],
    policy: Annotated[Path | None, typer.Option(help="Whom you trust (c2sp.org/tlog-policy).")] = None,
    vkey: Annotated[list[str] | None, typer.Option(help="The log's verifier key, in place of a policy.")] = None,
    require: Annotated[str, typer.Option(help="P0 to P5: the level below which the exit code is 3.")] = "P2",
    tsa_root: Annotated[
        list[Path] | None, typer.Option(help="Certificate (PEM) of a timestamping authority that you trust.")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Check a proof. Exit code 0: verified, 1: invalid, 2: could not be tried, 3: valid, but below --require."""
    question = Question(bundle, policy, vkey or (), require, tsa_root or (), json)
    raise typer.Exit(reader.answer(question))
