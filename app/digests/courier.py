"""A program of its own that gives one message to Apprise: `python -I courier.py`, a request on standard input.

In a process of its own because Apprise and what it needs take 20 MB and 0.3 s, which no server should carry that sends
nothing; because it can be ended when it takes too long; and because it follows addresses that members chose: from here
nothing can be reached but the internet, and no file be read but the interpreter's (a service's `?template=` may name
any). It knows nothing of ours, is given no environment, and says nothing but its answer.
"""

import ipaddress
import json
import logging
import mimetypes
import sys
from typing import Any, NoReturn

import apprise

_FILES = (sys.prefix, sys.base_prefix, "/etc/ssl/", "/usr/share/zoneinfo/")
_MAPPED = ipaddress.ip_network("64:ff9b::/96")


def main() -> None:
    """Check the URL of the request, or send its message there; print what came of it."""
    asked = json.load(sys.stdin)
    logging.disable()
    mimetypes.init()
    service = apprise.Apprise.instantiate(asked["url"])
    if not isinstance(service, apprise.NotifyBase):
        _say(fault="Apprise does not understand this URL.")
    if not asked["private"] and (fault := _leads_inside(service)):
        _say(fault=fault)
    sys.addaudithook(_confined(private=asked["private"]))
    if "body" not in asked:
        _say(service=asked["url"].partition("://")[0].lower())
    # One message whatever the service's limit, and once.
    service.overflow_mode = apprise.OverflowMode.TRUNCATE
    service.retry = 0
    _say(sent=bool(service.notify(title=asked["title"], body=asked["body"], body_format=apprise.NotifyFormat.TEXT)))


def _say(**answer: Any) -> NoReturn:
    json.dump(answer, sys.stdout)
    sys.exit()


def _leads_inside(service: Any) -> str | None:
    """Say what is wrong with where the service is, as far as its URL alone tells."""
    if type(service).__name__ in {"NotifySyslog", "NotifyBlink1"}:
        return "This is a service of the machine that the server runs on."
    host = getattr(service, "host", None) or ""
    try:
        inside = not _is_public(host.strip("[]"))
    except ValueError:
        inside = host.rpartition(".")[2].lower() in {"localhost", "local", "internal"}
    return "This is a private address." if inside else None


def _is_public(host: str) -> bool:
    address = ipaddress.ip_address(host.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or address
    return inner.is_global and not inner.is_multicast and not (inner.version == 6 and inner in _MAPPED)


def _confined(*, private: bool) -> Any:
    """Return a hook that refuses what a message needs no more than a stranger's URL should get.

    Addresses are looked at when a connection is made, after every name was resolved and every redirect followed.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        match event, arguments:
            case "open", (str() as path, mode, _) if not str(path).startswith(_FILES) or set(mode or "") & set("wax+"):
                raise PermissionError(path)
            case (("socket.connect" | "socket.sendto" | "socket.sendmsg"), (_, address)) if not private:
                if not isinstance(address, tuple) or not _is_public(address[0]):
                    raise PermissionError(address)
            case (("subprocess.Popen" | "os.system" | "os.exec" | "os.posix_spawn" | "os.fork" | "ctypes.dlopen"), _):
                raise PermissionError(event)

    return hook


if __name__ == "__main__":
    main()
