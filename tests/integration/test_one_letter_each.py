"""The main job, from the queue to SES: one letter per admitted signup, and exactly the one `worker preview` shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.faults.installation import ROOT, Installation, signup
from tests.faults.promise import assert_promise_kept
from tests.parts.waiting import wait_for

PROFILE = {
    "tasks": [{"task": "write-production-code", "share": 40}, {"task": "Train and evaluate ML models", "share": 10}],
    "skills": ["Python", "PyTorch"],
    "experience_years": 6,
}
SIGNUPS = [
    signup("ada", profile=PROFILE),
    signup("grace", role="Software Engineer"),
    signup("ada-again", email="Ada@Example.com"),
    signup("unknown", role="Wizard of the northern marches"),
    signup("broken", email="no address"),
    signup("disposable", email="someone@mailinator.com"),
]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def installation(request, redis_url, ses, tmp_path):
    url = request.getfixturevalue("sqlite_ledger_url" if request.param == "sqlite" else "postgres_ledger_url")
    one = Installation(tmp_path, database_url=url, redis_url=redis_url, ses=ses)
    yield one
    one.close()


def test_worker_run_sends_what_preview_shows(installation, tmp_path):
    """`worker run` itself, as an operator starts it."""
    environment = {**os.environ, **installation.environment, "PYTHONPATH": str(ROOT)}
    environment["REDIS_URL"] = installation.redis_url
    command = [sys.executable, "-c", "from worker.cli.main import run; run()"]
    with (tmp_path / "run.log").open("wb") as log:
        worker = subprocess.Popen([*command, "run"], env=environment, cwd=tmp_path, stderr=log, stdout=log)
    try:
        for number, one in enumerate(SIGNUPS, 1):
            installation.services.core.queue.enqueue_signup(one)
            wait_for(lambda: _received(installation) == number, "received", describe=(tmp_path / "run.log").read_text)  # noqa: B023
        installation.settle()
    finally:
        worker.terminate()
        assert worker.wait(30) == 0, (tmp_path / "run.log").read_text()

    accepted = installation.ses.accepted
    assert sorted(one.destination for one in accepted) == ["ada@example.com", "grace@example.com"]
    assert_promise_kept(installation.services.core.ledger, accepted, signups=len(SIGNUPS))
    (ada,) = [one for one in accepted if one.destination == "ada@example.com"]
    assert [one.id for one in installation.attempts("ada")] == [ada.attempt]

    (tmp_path / "me.json").write_text(json.dumps(PROFILE))
    preview = ["preview", "ml-engineer", "--profile", "me.json", "--out", "shown", "--email", "ada@example.com"]
    subprocess.run([*command, *preview], env=environment, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert ada.raw is not None
    assert _timeless(ada.raw) == _timeless((tmp_path / "shown" / "letter.eml").read_bytes())


def _received(installation: Installation) -> int:
    with installation.services.core.ledger.read() as tx:
        return tx.exec_driver_sql("SELECT count(*) FROM signup").scalar_one()


def _timeless(letter: bytes) -> bytes:
    """Without what no two letters share: date, message id, the report's link token, and the boundary made from all."""
    assert re.search(rb"^Date: ", letter, re.MULTILINE)
    boundary = re.search(rb'boundary="([^"]+)"', letter)
    assert boundary is not None
    letter = letter.replace(boundary[1], b"boundary").replace(b"=\r\n", b"").replace(b"\r\n ", b" ")
    letter = re.sub(rb"/(unsubscribe|report)/[\w-]{22}", rb"/\1/token", letter)
    letter = re.sub(rb"^Date: [^\r]*\r\n", b"", letter, flags=re.MULTILINE)
    return re.sub(rb"^Message-ID:\s[^\r]*\r\n", b"", letter, flags=re.MULTILINE | re.IGNORECASE)
