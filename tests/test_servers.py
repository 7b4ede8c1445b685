"""The servers that tests and measurements start, from one module."""

import ast
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings
from redis import Redis

from scripts import processes, servers

ROOT = settings.BASE_DIR
PLACE = "scripts/servers.py"
PROGRAMS = {"initdb", "pg_ctl", "mariadb-install-db", "redis-server", "mvn"}


def words(path):
    """Return the texts in a module that are commands or parts of them."""
    return {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}


def test_one_module_starts_servers():
    modules = [path for folder in ("bench", "scripts", "tests") for path in (ROOT / folder).rglob("*.py")]
    starting = {str(path.relative_to(ROOT)) for path in modules if PROGRAMS & words(path)}
    assert starting - {str(Path(__file__).relative_to(ROOT))} == {PLACE}


@pytest.fixture
def folder():
    """Return a folder that every user can reach."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.programs
@pytest.mark.redis
def test_server_can_be_killed_and_started_again(folder):
    with servers.redis(folder) as server:
        Redis.from_url(server.url).ping()
        server.stop(signal.SIGKILL)
        assert not server.is_ready()
        server.start()
        server.wait()
        Redis.from_url(server.url).ping()
    assert not processes.is_listening(server.port)


@pytest.mark.programs
@pytest.mark.mariadb
def test_mariadb_is_stopped_after_its_block(folder):
    with servers.mariadb(folder) as server:
        assert server.is_ready()
    assert not processes.is_listening(server.port)


@pytest.mark.programs
def test_process_that_ends_at_once_is_reported_with_its_output(tmp_path):
    broken = processes.Process("broken", ["sh", "-c", "echo no such thing; exit 1"], tmp_path, processes.free_port())
    with pytest.raises(SystemExit, match=r"broken did not start:\nno such thing"), broken:
        pass
