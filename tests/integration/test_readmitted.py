"""A refusal taken back, from the form over the ledger to SES: one letter each, by the command and by the page."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.faults.promise import assert_promise_kept
from tests.parts.shell import Shell
from tests.parts.web_server import Site, web_server
from tests.ses_server import SesServer
from worker.assets import data_dir
from worker.boot import core
from worker.boot.web import boot_web
from worker.ledger.outcomes import Outcome
from worker.ledger.status import conservation
from worker.ledger.users import UserRole
from worker.settings import load_settings

ROLE = "Zorbing Quux Wrangler"
BECAUSE = ("--yes", "--reason", "the role was added", "--actor", "ops")
SETTINGS = {
    "WORKER_SOURCE_LIMIT_PER_HOUR": "2", "WORKER_FORM_MIN_FILL_S": "0", "WORKER_CLAIM_LEASE_S": "120",
    "WORKER_SES_READ_TIMEOUT_S": "60",
}  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def installation(
    request: pytest.FixtureRequest, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    url = request.getfixturevalue(f"{request.param}_ledger_url")
    with SesServer(log=tmp_path / "ses.jsonl") as ses:
        made = Installation(tmp_path, database_url=url, redis_url=redis_url, ses=ses, settings=SETTINGS)
        for name, value in {**made.environment, "REDIS_URL": redis_url, "COLUMNS": "200", "NO_COLOR": "1"}.items():
            monkeypatch.setenv(name, value)
        yield made
        made.close()


@pytest.fixture
def add_the_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Adds the role to the catalogue of whatever starts after it, as a release does."""

    def add() -> None:
        grown = tmp_path / "grown"
        shutil.copytree(data_dir(), grown)
        role = grown / "roles" / "ml-engineer.toml"
        role.write_text(role.read_text().replace("aliases = [", f'aliases = ["{ROLE}", ', 1))
        monkeypatch.setattr(core, "data_dir", lambda: grown)
        core.read_catalogue.cache_clear()

    yield add
    core.read_catalogue.cache_clear()


def by_command(worker: Shell, _installation: Installation, outcome: str) -> None:
    assert "can be admitted now" in worker("readmit", "--outcome", outcome)
    assert "2 admitted" in worker("readmit", "--outcome", outcome, *BECAUSE)
    assert "there is nothing to take back" in worker("readmit", "--outcome", outcome, *BECAUSE)


def by_page(_worker: Shell, installation: Installation, outcome: str) -> None:
    with serving(installation) as site:
        operator = site.logged_in(UserRole.OPERATOR)
        page = f"/log/refusals?outcome={outcome}"
        rows = [part.partition('"')[0] for part in operator.get(page).text.split('name="signup" value="')[1:]]
        assert len(rows) == 2
        for admitted in (2, 0):
            operator.post("/log/refusals/readmit", page=page, signup=rows, reason="the role was added")
            assert f"{admitted} signups admitted" in operator.get(page).text


def serving(installation: Installation):
    return web_server(boot_web(load_settings(installation.environment), installation.redis_url))


def assert_sums_hold(installation: Installation) -> Counter[Outcome]:
    with installation.services.core.ledger.read() as tx:
        sums = conservation(tx)
    assert sums.holds, sums
    return +Counter(sums.outcomes)


def sign_up(site: Site, *names: str, role: str) -> list[str]:
    return [site.browse_up(f"{name}@example.com", role=role).json().get("type", "received") for name in names]


@pytest.mark.parametrize("take_back", [by_command, by_page])
def test_an_unknown_role_that_is_added(installation, tmp_path, monkeypatch, add_the_role, take_back):
    worker = Shell(tmp_path, monkeypatch)
    with installation.worker_thread(), serving(installation) as site:
        sign_up(site, "ada", "bob", role=ROLE)
        assert "still_unknown" in worker("readmit", "--outcome", "unknown_role")
    assert assert_sums_hold(installation) == {"unknown_role": 2}
    add_the_role()
    with installation.worker_thread():
        take_back(worker, installation, "unknown_role")
        installation.settle()
        with serving(installation) as site:
            sign_up(site, "ada", role=ROLE)
        installation.settle()
    assert assert_sums_hold(installation) == {"admitted": 2, "duplicate": 1}
    assert_letters(installation, "ada", "bob")


@pytest.mark.parametrize("take_back", [by_command, by_page])
def test_a_limit(installation, tmp_path, monkeypatch, take_back):
    worker = Shell(tmp_path, monkeypatch)
    with installation.worker_thread(), serving(installation) as site:
        sign_up(site, "ada", "bob", "eva", "kim", role="ML Engineer")
        installation.settle()
        assert assert_sums_hold(installation) == {"admitted": 2, "rate_limited": 2}
        assert len(installation.ses.accepted) == 2
        take_back(worker, installation, "rate_limited")
        installation.settle()
    assert assert_sums_hold(installation) == {"admitted": 4}
    assert_letters(installation, "ada", "bob", "eva", "kim")


def assert_letters(installation: Installation, *names: str) -> None:
    """One whole letter about the role to each of these readers, and no other letter."""
    accepted = installation.ses.accepted
    assert sorted(message.destination for message in accepted) == [f"{name}@example.com" for name in names]
    assert_promise_kept(installation.services.core.ledger, accepted)
    for message in accepted:
        assert message.raw is not None
        letter = message_from_bytes(message.raw, policy=policy.SMTP)
        assert letter["To"] == message.destination
        assert "ML Engineer" in letter["Subject"]
        assert "ML Engineer" in letter.get_body(("plain",)).get_content()
