"""The files that commands make: for this user alone, whatever the umask says."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SIGNUP = {"version": 1, "signup_id": "one", "email": "ada@example.com", "role": "ml-engineer"}


def test_every_file_is_for_this_user_alone(tmp_path):
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("WORKER_", "REDIS_"))},
        "DATABASE_URL": f"sqlite:///{tmp_path}/var/ledger.db",
        "WORKER_STATE_DIR": str(tmp_path / "var"),
        "USER": "ops",
    }

    def worker(*arguments):
        command = [sys.executable, "-c", "from worker.cli.main import run; run()", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environ, umask=0o000, input=json.dumps(SIGNUP), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    worker("migrate")
    worker("suppress", "bob@example.com", "--reason", "asked")
    worker("enqueue", "-")
    found = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "var").rglob("*")}
    assert {"ledger.db", "identity.key"} <= {path.name for path in found}
    assert any(path.suffix == ".aof" for path in found)
    assert {path: oct(mode) for path, mode in found.items() if mode & 0o077} == {}
