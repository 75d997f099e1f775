"""Where digests go: to a mail server, or through Apprise, which runs in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from pathlib import Path
from typing import Any

from app.digests import mail
from app.digests.letter import Letter
from app.digests.mail import Server

PATIENCE = 30
"""Seconds for Apprise to deliver a message, and to understand a URL."""

_COURIER = Path(__file__).with_name("courier.py")


class Refused(Exception):
    """It was surely not taken."""


class Unreachable(Refused):
    """The mail server cannot be reached, so it would take nobody else's either."""


class Lost(Exception):
    """Nobody knows whether it was taken."""


@dataclass(frozen=True, slots=True)
class Post:
    """How this server sends."""

    server: Server | None = None
    """None: no mail is sent."""
    public_url: str | None = None
    """Where people reach this server, for links."""
    private: bool = False
    """Whether Apprise may connect to private addresses."""


class NotUnderstood(Exception):
    """Apprise cannot send to such a URL, or may not; the text says why, without the URL."""


def understood(url: str, *, private: bool) -> str:
    """Return which service the Apprise *url* is for. Raises NotUnderstood. Takes about half a second."""
    answer = _ask({"url": url, "private": private})
    if answer is None or "service" not in answer:
        raise NotUnderstood((answer or {}).get("fault", "Apprise did not answer."))
    service: str = answer["service"]
    return service


def by_mail(post: Post, letter: Letter, *, handing: Callable[[], None]) -> None:
    """Send *letter*, and call *handing* when it is about to leave. Raises Refused, Unreachable or Lost."""
    if post.server is None:
        raise Refused("no mail server is set")
    try:
        message = letter.message(post.server.sender)
    except (ValueError, MessageError):
        raise Refused("mail cannot have this address") from None
    try:
        mail.send(post.server, message, handing=handing)
    except mail.NotReached as error:
        raise Unreachable(str(error)) from error
    except mail.NotTaken as error:
        raise Refused(str(error)) from error
    except mail.Unknown as error:
        raise Lost(str(error)) from error


def by_apprise(post: Post, letter: Letter, url: str, *, handing: Callable[[], None]) -> None:
    """Send *letter* through Apprise. Raises Lost if it says no or nothing: it does not tell which of the two it was."""
    handing()
    answer = _ask({"url": url, "private": post.private, "title": letter.subject, "body": letter.text})
    if answer is None or not answer.get("sent"):
        raise Lost("Apprise did not say that it was delivered")


def _ask(request: dict[str, Any]) -> dict[str, Any] | None:
    """Run the courier; None if it fails or takes too long. What it prints about secrets goes nowhere."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the URL goes in by its standard input
            [sys.executable, "-I", "-B", str(_COURIER)],
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            cwd="/",
            env={},
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return None
    return answer
