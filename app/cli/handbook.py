"""Pages of documentation that are made from the code: `followthrough docs docs` writes them, tests compare them."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import typer
from pydantic_core import PydanticUndefined
from typer.main import get_command

from app.core.config import PREFIX, Settings

_SETTINGS = f"""
# Settings

From the environment, or from a file `.env` in the folder where Followthrough starts; the environment wins.

Each can come from a file, as secrets do in containers: with `{PREFIX}DATABASE_URL_FILE=/run/secrets/url`, the value
is what that file holds, without the line end. The variable itself wins over the file.
"""


def settings_page() -> str:
    """Return docs/settings.md."""
    parts = [_SETTINGS.strip()]
    for name, field in Settings.model_fields.items():
        variable = f"{PREFIX}{name.upper()}"
        default = "unset" if field.default in (None, PydanticUndefined) else f"`{field.default}`"
        parts.append(f"## `{variable}`\n\n{field.description}\n\nDefault: {default}. From a file: `{variable}_FILE`.")
    return "\n\n".join(parts) + "\n"


def cli_page(app: typer.Typer) -> str:
    """Return docs/cli.md: every command with its options, as `--help` says them."""
    root = get_command(app)
    context = typer.Context(root, info_name="followthrough")
    parts = ["# The command line", "Made from `followthrough --help`. Errors are one line, and the exit code is 1."]
    return "\n\n".join([*parts, *_commands(root, context, "followthrough")]) + "\n"


def _commands(command: Any, context: Any, name: str) -> Iterator[str]:
    if children := getattr(command, "commands", None):
        for child in children.values():
            if not child.hidden:
                yield from _commands(child, context, f"{name} {child.name}")
        return
    usage = " ".join(piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]")
    yield f"## `{name}{f' {usage}' if usage else ''}`"
    yield " ".join(cleandoc(command.help or "").split())
    if records := [_record(one, context) for one in command.params if one.name != "help"]:
        yield "\n".join(records)


def _record(parameter: Any, context: Any) -> str:
    name, words = parameter.get_help_record(context)
    return f"- `{name}` {' '.join(words.split())}".rstrip()
