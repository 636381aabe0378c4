"""deploy/systemd: true to what the worker needs. systemd-analyze reads the units in scripts/check-deploy."""

import re
from pathlib import Path

import pytest
from typer.main import get_group

from worker.cli.main import app
from worker.cli.worker_processes import DRAIN_MS
from worker.setting_files import SUFFIX
from worker.settings import setting_names
from worker.web.server import DRAIN_S

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
UNITS = ["exposure-report-worker", "exposure-report-serve", "exposure-report-migrate", "exposure-report-canary"]


def read(unit):
    """Every directive and its values."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / f"{unit}.service").read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_there_is_a_unit_for_each_process():
    assert {path.stem for path in FOLDER.glob("*.service")} == set(UNITS)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_runs_a_command_with_settings_that_exist(unit):
    directives = read(unit)
    [command] = directives["ExecStart"]
    assert command.split()[1] in get_group(app).commands
    environment = dict(each.split("=", 1) for each in directives["Environment"])
    assert {name.removesuffix(SUFFIX) for name in environment} <= setting_names().keys()
    loaded = {each.partition(":")[0] for each in directives["LoadCredential"]}
    assert {value for name, value in environment.items() if name.endswith(SUFFIX)} == {f"%d/{name}" for name in loaded}
    assert directives["EnvironmentFile"] == ["/etc/exposure-report/settings.env"]


def test_a_timer_starts_a_canary_which_ends_before_the_next():
    assert {path.stem for path in FOLDER.glob("*.timer")} <= set(UNITS)
    assert "OnCalendar=*:0/5" in (FOLDER / "exposure-report-canary.timer").read_text().splitlines()
    canary = read("exposure-report-canary")
    assert float(canary["ExecStart"][0].split()[-1]) < float(canary["TimeoutStartSec"][0]) < 300


def test_the_settings_file_names_settings_that_exist():
    lines = (FOLDER / "settings.env").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines if not line.startswith("#")} <= setting_names().keys()


def test_a_stopping_process_gets_one_signal_and_time_to_finish():
    worker, serve = read("exposure-report-worker"), read("exposure-report-serve")
    for unit in (worker, serve):
        assert (unit["KillMode"], unit["KillSignal"]) == (["mixed"], ["SIGTERM"])
        assert unit["RestartPreventExitStatus"] == ["2"]
    assert int(worker["TimeoutStopSec"][0]) > DRAIN_MS / 1000
    assert int(serve["TimeoutStopSec"][0]) > DRAIN_S


def test_the_spool_is_a_directory_that_the_unit_may_write():
    for unit in UNITS:
        directives = read(unit)
        assert directives["StateDirectory"] == ["exposure-report"]
        assert "WORKER_STATE_DIR=%S/exposure-report" in directives["Environment"]


def test_no_secret_is_in_a_unit_or_in_the_settings_file():
    text = "".join(path.read_text() for path in FOLDER.iterdir())
    assert not re.search(
        r"^(Environment=)?(WORKER_(SECRET|IDENTITY)_KEY|\w+_TOKENS?|AWS_SECRET\w+)=", text, re.MULTILINE
    )
