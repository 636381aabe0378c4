"""Who acts and why: the options, WORKER_ACTOR, USER, or a terminal that is asked; and plans with nothing to do."""

import os
import pty
import subprocess
import sys

import pytest
import sqlalchemy as sa

from tests.parts.reports import FAILED, attempted, owe
from worker.ledger.schema import audit
from worker.ledger.store import open_ledger
from worker.settings import load_settings


@pytest.fixture
def ledger(worker, monkeypatch):
    monkeypatch.delenv("USER", raising=False)
    worker("migrate")
    opened = open_ledger(load_settings().database_url)
    yield opened
    opened.close()


def actions(ledger):
    with ledger.read() as tx:
        return [(row.actor, row.action, row.reason) for row in tx.execute(sa.select(audit).order_by(audit.c.id))]


def on_terminal(*arguments, answers):
    """What the command prints on a terminal of its own, which types `answers`, a line each; and its exit code."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from worker.cli.main import run; run()", *arguments]
    plain = {**os.environ, "TERM": "dumb"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=plain) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other side is closed: the command has ended
                break
            if not part:
                break
            shown += part
        code = process.wait()
    os.close(ours)
    return shown.decode(), code


def test_a_terminal_is_asked_for_actor_and_reason(ledger):
    shown, code = on_terminal("pause", answers=["ops", "to see"])
    assert code == 0, shown
    assert "Who are you?" in shown
    assert "Why?" in shown
    assert actions(ledger) == [("ops", "pause", "to see")]


def test_the_environment_names_the_actor(worker, ledger, tmp_path):
    (tmp_path / "actor").write_text("cron\n")
    worker("pause", "--reason", "a", USER="ada")
    worker("resume", USER="ada", WORKER_ACTOR="ops")
    worker("pause", "--reason", "b", USER="ada", WORKER_ACTOR_FILE=str(tmp_path / "actor"))
    worker("resume", "--actor", "eva", USER="ada", WORKER_ACTOR="ops")
    assert [actor for actor, _, _ in actions(ledger)] == ["ada", "ops", "cron", "eva"]


def test_a_plan_is_shown_before_anybody_is_asked(ledger):
    failed = owe(ledger)
    attempted(ledger, failed, FAILED)
    shown, code = on_terminal("replay", "--yes", answers=["ops", "the cause is gone"])
    assert code == 0, shown
    assert shown.index("safe") < shown.index("Who are you?")
    assert "1 put back" in shown
    shown, code = on_terminal("replay", "--yes", answers=[])
    assert (code, "Who are you?" in shown) == (0, False)
    assert "nothing to replay" in shown


def test_a_plan_with_nothing_to_do_says_so(worker, ledger, monkeypatch):
    sent = owe(ledger)
    monkeypatch.setenv("WORKER_ACTOR", "ops")
    act = ("--yes", "--reason", "because")
    assert "nothing to replay" in worker("replay", *act)
    assert "Nothing to do: none of these can be replayed safely" in worker("replay", "--id", str(sent), *act, expect=1)
    assert '"put_back": []' in worker("replay", "--json", *act)
    assert "nothing to take back" in worker("readmit", *act)
    worker("sweep")  # Redis carries the ledger's id from now on
    assert "nothing to do: this Redis serves this ledger already" in worker("installation", "adopt-redis")
    assert actions(ledger) == []
