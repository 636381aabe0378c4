"""`worker run` answers whether its processes live and consume; they give heartbeats, and a sweep pings."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.parts.ping_server import ping_server
from worker.cli.run_health import health_shown
from worker.errors import ConfigurationError
from worker.ledger.heartbeats import processes
from worker.ledger.store import open_ledger
from worker.local.alive_marks import alive, mark_alive

CHECKOUT = str(Path(__file__).parents[3])
PATIENCE_S = 120


def answer_of(listen, path="/healthz"):
    try:
        with urllib.request.urlopen(f"http://{listen}{path}", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def free_address():
    """Below the ports that the system gives out by itself, so that nobody else gets it meanwhile."""
    for port in range(20_000 + os.getpid() % 9_000, 32_000):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return f"127.0.0.1:{port}"
    raise AssertionError("no port is free")


def until(reached, what):
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)


def test_the_port_says_what_is_wrong():
    problems = [None, "0 of 1 worker processes live"]
    listen = free_address()
    with health_shown(listen, lambda: problems.pop(0)):
        assert answer_of(listen) == (200, {"status": "ok"})
        status, body = answer_of(listen)
        assert status == 503
        assert json.loads(body) == {"status": "wrong", "why": "0 of 1 worker processes live"}
        assert answer_of(listen, "/metrics")[0] == 404


def test_a_port_that_is_taken_is_a_setting_that_is_wrong():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match="WORKER_RUN_HEALTH_LISTEN"), health_shown(listen, lambda: None):
            pass


def test_a_process_without_a_mark_of_late_does_not_count(tmp_path):
    assert alive(tmp_path) == 0
    mark_alive(tmp_path)
    assert alive(tmp_path) == 1
    (mark,) = tmp_path.iterdir()
    long_ago = time.monotonic() - 61
    os.utime(mark, (long_ago, long_ago))
    assert alive(tmp_path) == 0
    mark_alive(tmp_path)
    assert alive(tmp_path) == 1


def test_a_worker_says_that_it_lives_to_whoever_asks_and_that_it_stops(sqlite_ledger_url, redis_url, tmp_path):
    listen = free_address()
    given = {name: value for name, value in os.environ.items() if not name.startswith(("WORKER_", "AWS_"))}
    environment = {
        **given, "PYTHONPATH": CHECKOUT, "DATABASE_URL": sqlite_ledger_url, "REDIS_URL": redis_url,
        "WORKER_RUN_HEALTH_LISTEN": listen, "WORKER_SWEEP_INTERVAL_S": "1",
    }  # fmt: skip
    ledger = open_ledger(sqlite_ledger_url)
    command = [sys.executable, "-c", "from worker.cli.main import run; run(['run'])"]
    log = tmp_path / "log"
    with ping_server() as outside, log.open("wb") as stderr:
        environment["WORKER_HEARTBEAT_URL"] = outside.url
        worker = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=stderr)
        try:
            until(lambda: _healthy(listen), log.read_text)
            assert outside.next() == ("/ping/abc", {"must_act": False, "findings": []})
            until(lambda: seen(ledger), log.read_text)
        finally:
            for number in (signal.SIGHUP, signal.SIGTERM):  # its terminal is closed, and then it is asked as well
                worker.send_signal(number)
            assert worker.wait(PATIENCE_S) == 0, log.read_text()
    (process,) = seen(ledger)
    assert process.kind == "run"
    assert process.stopped_at is not None
    assert process.condition.disk_size_bytes
    ledger.close()


# In a process of its own: the signal goes to a thread that is not the main one, as the system may decide.
SIGNALLED_ELSEWHERE = """
import signal, subprocess, sys, threading, time
from worker.cli.run import _wait_for
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
def signalled():
    time.sleep(1)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(600)
threading.Thread(target=signalled, daemon=True).start()
sys.exit(0 if _wait_for(child) == -signal.SIGTERM else 1)
"""


def test_a_signal_that_another_thread_is_given_stops_the_worker_too():
    environment = {**os.environ, "PYTHONPATH": CHECKOUT}
    with subprocess.Popen(
        [sys.executable, "-c", SIGNALLED_ELSEWHERE], env=environment, start_new_session=True
    ) as worker:
        try:
            assert worker.wait(PATIENCE_S) == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)


def _healthy(listen):
    try:
        return answer_of(listen)[0] == 200
    except OSError:
        return False


def seen(ledger):
    with ledger.read() as tx:
        return processes(tx)
