"""The files that commands make: for this user alone, whatever the umask says."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_file_is_for_this_user_alone(tmp_path):
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WORKER_")},
        "DATABASE_URL": f"sqlite:///{tmp_path}/var/ledger.db",
        "WORKER_STATE_DIR": str(tmp_path / "var"),
        "WORKER_OUTBOX_DIR": str(tmp_path / "var/outbox"),
        "USER": "ops",
    }
    command = [sys.executable, "-c", "from worker.cli.main import run; run()", "demo"]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, umask=0o000, timeout=120)
    found = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "var").rglob("*")}
    names = {path.name for path in found}
    assert "identity.key" in names
    assert {".db", ".eml", ".html", ".aof"} <= {path.suffix for path in found}
    assert {path: oct(mode) for path, mode in found.items() if mode & 0o077} == {}
