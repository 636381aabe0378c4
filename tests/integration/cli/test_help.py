"""`worker --help` and each command's own help."""

import tomllib
from pathlib import Path

import pytest

from worker.cli.commands import COMMANDS, load_command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_and_the_command_have_the_same_help(name):
    assert COMMANDS[name] == load_command(name).help.splitlines()[0]


def test_every_command_is_listed_and_has_an_example(worker):
    listed = worker("--help")
    for name in COMMANDS:
        assert f" {name} " in listed
        assert name in {"user", "templates", "installation"} or "Example:" in worker(name, "--help")
    for name in ("add", "list", "remove"):
        assert "Example:" in worker("user", name, "--help")


@pytest.mark.parametrize("name", ["pause", "resume", "replay", "resolve", "suppress", "erase", "restore-check"])
def test_a_command_that_changes_something_asks_who_and_why(worker, name):
    shown = worker(name, "--help")
    assert "--actor" in shown
    assert "--reason" in shown


def test_the_version_is_the_project_s(worker):
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert worker("--version").strip() == project["version"]


def test_an_unknown_command_is_a_usage_error_that_suggests_one(worker):
    assert "status" in worker("statsu", expect=2)
