"""The embedded Redis under another directory for temporary files: never a second server on the same files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile

import pytest
import redis

from tests.faults.installation import signup
from tests.parts.waiting import wait_for
from worker.errors import ConfigurationError
from worker.ledger.migrate import migrate
from worker.ledger.store import open_ledger
from worker.local import redis as local_redis
from worker.local.redis import embedded_redis
from worker.local.redis_place import home_of, known_socket, living_process
from worker.redis_queues import SIGNUPS_QUEUE, depth

pytestmark = pytest.mark.faults


@pytest.fixture
def state(tmp_path):
    """A state folder whose server is gone at the end."""
    yield tmp_path / "state"
    process = living_process(home_of(tmp_path / "state"))
    if process is not None:
        os.kill(process, signal.SIGKILL)


def test_a_command_with_another_tmpdir_finds_the_server_that_runs(state, tmp_path):
    """What it enqueues is on the queue that the worker reads."""
    (tmp_path / "private").mkdir()
    url = f"sqlite:///{tmp_path}/ledger.db"
    ledger = open_ledger(url)
    migrate(ledger)
    ledger.close()
    with embedded_redis(state) as running:
        process = living_process(home_of(state))
        environment = {**os.environ, "DATABASE_URL": url, "WORKER_STATE_DIR": str(state), "REDIS_URL": "embedded"}
        subprocess.run(
            [sys.executable, "-c", "from worker.cli.main import run; run()", "enqueue", "-"],
            env={**environment, "TMPDIR": str(tmp_path / "private")}, input=json.dumps(signup("reader")), text=True,
            check=True, capture_output=True,
        )  # fmt: skip
        with redis.Redis.from_url(running) as client:
            assert depth(client, SIGNUPS_QUEUE) == 1
        assert living_process(home_of(state)) == process
    assert living_process(home_of(state)) is None, "the last user stops it"


def test_a_living_server_that_cannot_be_reached_is_named_and_left_alone(state, monkeypatch):
    """A cleaner of /tmp removed its socket, or the socket is in a service's private /tmp."""
    monkeypatch.setattr(local_redis, "START_TIMEOUT_S", 0.3)
    with embedded_redis(state):
        process = living_process(home_of(state))
        socket = known_socket(home_of(state))
        assert socket is not None
        socket.unlink()
        with pytest.raises(ConfigurationError, match=f"process {process}.* lives"), embedded_redis(state):
            pass
        assert living_process(home_of(state)) == process


def test_after_a_crash_the_next_user_starts_it_again(state):
    with embedded_redis(state) as before:
        process = living_process(home_of(state))
        assert process is not None
        os.kill(process, signal.SIGKILL)
        wait_for(lambda: living_process(home_of(state)) is None, "its end")
        with embedded_redis(state) as after, redis.Redis.from_url(after) as client:
            assert client.ping()
            assert after == before
            assert living_process(home_of(state)) not in {None, process}


def test_a_damaged_place_is_made_anew(state):
    home = home_of(state)
    home.mkdir(parents=True)
    (home / "socket").write_bytes(b"\xff\xfe")
    (home / "redis.pid").write_text("no number")
    with embedded_redis(state) as url, redis.Redis.from_url(url) as client:
        assert client.ping()
    assert tempfile.gettempdir() in url
