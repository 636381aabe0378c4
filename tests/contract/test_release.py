"""scripts/version and scripts/release, in a repository made for the test."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    "pyproject.toml", "docker-compose.yml", "deploy/kubernetes/canary.yaml", "deploy/kubernetes/migrate.yaml",
    "deploy/kubernetes/serve.yaml",
    "deploy/kubernetes/worker.yaml", "scripts/version", "scripts/release",
]  # fmt: skip
CHANGELOG = "# Changelog\n\n## {heading}\n\n- The first thing.\n\n## 0.0.1 - 2026-01-01\n\n- Older.\n"
NOBODY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
}


class Checkout:
    def __init__(self, home):
        self.home = home

    def run(self, *command, expect=0):
        done = subprocess.run(
            command, cwd=self.home, env={**os.environ, **NOBODY}, capture_output=True, text=True, check=False
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    def commit(self, heading):
        (self.home / "CHANGELOG.md").write_text(CHANGELOG.format(heading=heading))
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "Release")

    @property
    def tags(self):
        return self.run("git", "tag").split()


@pytest.fixture
def checkout(tmp_path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    made = Checkout(tmp_path)
    made.run("git", "init", "--quiet", "--initial-branch", "main")
    made.run("scripts/version", "9.8.7")
    return made


def test_a_release_is_tagged_with_its_section_of_the_changelog(checkout):
    checkout.commit("9.8.7 - 2026-12-01")
    assert "Nothing was changed" in checkout.run("scripts/release")
    assert checkout.tags == []
    checkout.run("scripts/release", "--tag")
    assert checkout.tags == ["v9.8.7"]
    message = checkout.run("git", "tag", "--list", "--format=%(contents)", "v9.8.7")
    assert "The first thing." in message
    assert "Older." not in message
    assert "v9.8.7 exists" in checkout.run("scripts/release", "--tag", expect=1)


@pytest.mark.parametrize("heading", ["9.8.7 - unreleased", "9.8.6 - 2026-12-01"])
def test_a_changelog_that_is_not_ready_is_refused(checkout, heading):
    checkout.commit(heading)
    assert "must begin with '## 9.8.7 - YYYY-MM-DD'" in checkout.run("scripts/release", "--tag", expect=1)
    assert checkout.tags == []


def test_uncommitted_changes_and_another_branch_are_refused(checkout):
    checkout.commit("9.8.7 - 2026-12-01")
    (checkout.home / "new").touch()
    assert "has changes" in checkout.run("scripts/release", "--tag", expect=1)
    (checkout.home / "new").unlink()
    checkout.run("git", "switch", "--quiet", "--create", "side")
    assert "not the branch main" in checkout.run("scripts/release", "--tag", expect=1)


def test_the_version_is_set_in_both_places(checkout):
    assert checkout.run("scripts/version") == "9.8.7\n"
    assert 'version = "9.8.7"' in (checkout.home / "pyproject.toml").read_text()
    assert "exposure-report-worker:9.8.7" in (checkout.home / "docker-compose.yml").read_text()
    checkout.run("scripts/version", "next", expect=1)


def test_this_checkout_has_one_version():
    subprocess.run([ROOT / "scripts" / "version"], check=True, capture_output=True)
