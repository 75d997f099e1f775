"""The floors: the same bytes from memory through plain FastAPI, and the same statements through pgbench.

python benchmarks/floors.py PORT FILE serves the bytes of the file.
"""

import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import uvicorn
from fastapi import FastAPI, Response

_SIMPLE = re.compile(r"LOG:  statement: (.*)")
_EXECUTED = re.compile(r"LOG:  execute [^:]+: (.*)")
_PARAMETERS = re.compile(r"DETAIL:  [Pp]arameters: (.*)")
_VALUE = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_VARIABLE = re.compile(r":\w")
_CASTS = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "uuid"),
    (re.compile(r"\\x[0-9a-f]*"), "bytea"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+\d\d"), "timestamptz"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "date"),
)


def create_floor(body: bytes) -> FastAPI:
    app = FastAPI()

    @app.get("/page")
    async def page() -> Response:
        return Response(body, media_type="application/json")

    @app.get("/unchanged")
    async def unchanged() -> Response:
        return Response(status_code=304)

    return app


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the server got it, and the values that came with it, as text."""

    sql: str
    values: tuple[str | None, ...] = ()


def sent_by(request: Callable[[], object], url: str, log: Path) -> list[Statement]:
    """Return what the server that writes this *log* is sent while *request* runs, by everybody."""
    _log_statements(url, "all")
    start = log.stat().st_size
    request()
    time.sleep(0.2)  # a poll's COMMIT lingers, to go out with the next BEGIN
    with log.open() as lines:
        lines.seek(start)
        written = lines.read()
    _log_statements(url, "none")
    statements: list[Statement] = []
    for line in written.replace("\n\t", " ").splitlines():  # a statement goes on behind a tab
        if found := _SIMPLE.search(line):
            statements += (Statement(one.strip()) for one in found[1].split(";") if one.strip())
        elif found := _EXECUTED.search(line):
            statements.append(Statement(found[1]))
        elif found := _PARAMETERS.search(line):
            statements[-1] = Statement(statements[-1].sql, tuple(map(_text, _VALUE.findall(found[1]))))
    return [one for one in statements if "pg_reload_conf" not in one.sql and "ALTER SYSTEM" not in one.sql]


def as_script(
    statements: list[Statement], varying: Mapping[str, str], after: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """Return a pgbench script that sends these statements, and the variables that it needs.

    A value that is a key of *varying* becomes that SQL; all others are sent as they were. *after* has commands to
    add behind the statements that contain a text. Statements without values go in one round trip, as they came.
    """
    lines: list[str] = []
    together: list[str] = []
    variables: dict[str, str] = {}
    for number, statement in enumerate(statements):
        sql = _LITERAL.sub(_without_colons, statement.sql)
        if statement.values:
            lines += _pipelined(together)
            together = []
            for index, value in reversed([*enumerate(statement.values, 1)]):
                sql = sql.replace(f"${index}", _expression(f"s{number}p{index}", value, varying, variables))
            ends = [command for text, command in after.items() if text in statement.sql]
            lines.append(f"{sql} {ends[0]}" if ends else f"{sql};")
        else:
            together.append(f"{sql};")
    return "\n".join([*lines, *_pipelined(together)]) + "\n", variables


def _pipelined(statements: list[str]) -> list[str]:
    return ["\\startpipeline", *statements, "\\endpipeline"] if len(statements) > 1 else statements


def _without_colons(literal: re.Match[str]) -> str:
    """Keep pgbench from seeing a variable in 'HH24:MI'."""
    text = literal[0]
    return "E" + text.replace("\\", "\\\\").replace(":", r"\x3a") if _VARIABLE.search(text) else text


def _expression(name: str, value: str | None, varying: Mapping[str, str], variables: dict[str, str]) -> str:
    if value is None:
        return "NULL"
    if value in varying:
        return varying[value]
    listed = value.removeprefix("{").removesuffix("}").split(",")
    if value.startswith("{") and all(one in varying for one in listed):
        return f"ARRAY[{', '.join(varying[one] for one in listed)}]"
    variables[name] = value
    cast = next((f"::{kind}" for pattern, kind in _CASTS if pattern.fullmatch(value)), "")
    return f":{name}{cast}"


def _text(found: tuple[str, str]) -> str | None:
    return None if found[1] == "NULL" else found[1][1:-1].replace("''", "'")


def _log_statements(url: str, which: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.2)  # until every backend has heard of it


if __name__ == "__main__":
    app = create_floor(Path(sys.argv[2]).read_bytes())
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning")
