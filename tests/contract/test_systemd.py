"""deploy/systemd: true to what the worker needs. systemd-analyze reads the units in scripts/check-deploy."""

import os
import re
import subprocess
import tempfile
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


RUNS_AS_UNITS_DO = FOLDER / "exposure-report"
"""Runs a command by hand."""


def test_a_command_by_hand_gets_every_secret_of_the_units():
    by_hand = dict(re.findall(r"^secret (\w+) ([\w-]+)$", RUNS_AS_UNITS_DO.read_text(), re.MULTILINE))
    environments = [dict(each.split("=", 1) for each in read(unit)["Environment"]) for unit in UNITS]
    of_units = {name: value for each in environments for name, value in each.items() if name.endswith(SUFFIX)}
    assert of_units == {f"{name}{SUFFIX}": f"%d/{file}" for name, file in by_hand.items()}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the secrets and become another user")
def test_a_command_by_hand_runs_as_the_units_do():
    """The same script, with another home for its files and with a user that every machine has."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)  # a test's own directory is closed to other users
        settings, state, worker = home / "etc", home / "state", home / "worker"
        (settings / "secrets").mkdir(parents=True)
        (settings / "settings.env").write_text((FOLDER / "settings.env").read_text())
        (settings / "secrets" / "identity-key").write_text("a key with spaces\n")
        worker.write_text('#!/bin/sh\nid -un\npwd\nprintf "%s\\n" "$@"\nenv\n')
        worker.chmod(0o755)
        script = RUNS_AS_UNITS_DO.read_text()
        for there, here in (
            ("/etc/exposure-report", settings), ("/var/lib/exposure-report", state), ("/opt/worker/bin/worker", worker),
            ("reuid exposure-report", "reuid nobody"),
            ("owner exposure-report", "owner nobody"), ("regid exposure-report", "regid nogroup"),
            ("group exposure-report", "group nogroup"),
        ):  # fmt: skip
            script = script.replace(there, str(here))
        done = subprocess.run(
            ["sh", "-c", script, "exposure-report", "show", "ada lovelace@example.com"],
            env={"PATH": os.environ["PATH"], "SUDO_USER": "maria"}, check=True, capture_output=True, text=True,
        )  # fmt: skip
    user, folder, *said = done.stdout.splitlines()
    assert (user, folder) == ("nobody", str(state))
    assert said[:2] == ["show", "ada lovelace@example.com"]
    assert {
        f"WORKER_STATE_DIR={state}",
        "WORKER_IDENTITY_KEY=a key with spaces",
        "WORKER_FROM=AI Exposure Report <reports@reports.example.com>",
        "WORKER_ACTOR=maria",
    } <= set(said)
