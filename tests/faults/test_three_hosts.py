"""Three hosts over one PostgreSQL and one Redis: each has its own name, its own process ids and its own state.

The ledger's and SES's own records decide, never a clock of the test. What the hosts reach together is printed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.installation import AS_HOST, ROOT, Installation, WorkerProcess
from tests.faults.next_version import make_next_version, run_command, versions_sent
from tests.faults.promise import assert_promise_kept
from tests.parts.waiting import wait_for
from tests.ses_server import AcceptedMessage, SesServer
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import attempt

HOSTS = ("alpha", "beta", "gamma")
THREADS = 8
RATE_PER_S = 3.0
MARGIN = 0.05
TIMEOUT_S = 300.0
PATIENT = {"WORKER_CLAIM_LEASE_S": "60"}
"""As in production, and unlike other fault tests: a letter waits seconds for its slot."""


def _hosts_can_be_made() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*AS_HOST, "alpha", "true"], check=False, capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.faults,
    pytest.mark.long,
    pytest.mark.skipif(not _hosts_can_be_made(), reason="hosts are namespaces, and only root makes those here"),
]
Build = Callable[..., Installation]


@pytest.fixture
def build(postgres_ledger_url: str, redis_url: str, ses: SesServer, tmp_path: Path) -> Iterator[Build]:
    """Make the installation that all hosts share, with these settings."""
    made: list[Installation] = []

    def build(**settings: str) -> Installation:
        made.append(
            Installation(
                tmp_path, database_url=postgres_ledger_url, redis_url=redis_url, ses=ses, settings=PATIENT | settings
            )
        )
        return made[-1]

    yield build
    for installation in made:
        installation.close()


def test_three_hosts_share_one_pace(build: Build) -> None:
    """Over a backlog they send as many letters as the rate allows, and no more, whoever sends them."""
    installation = build(WORKER_SEND_RATE_PER_S=str(RATE_PER_S))
    installation.sign_up(*_people("backlog", 250))
    _start(installation, *HOSTS)
    all_at_work = len(installation.ses.accepted)
    installation.settle(timeout_s=TIMEOUT_S)
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted)
    letters = installation.ses.accepted[all_at_work:]
    allowed = RATE_PER_S * _lasted_s(letters)
    _report("one pace", letters, installation)
    assert len(letters) - 1 <= allowed * (1 + MARGIN)
    assert len(letters) - 1 >= allowed * (1 - MARGIN)


def test_three_hosts_against_one(build: Build) -> None:
    """How much more three send than one is printed: on one machine they share its cores."""
    installation = build()
    for hosts, group in ((HOSTS[:1], "one"), (HOSTS, "three")):
        started = _start(installation, *hosts)
        before = len(installation.ses.accepted)
        installation.sign_up(*_people(group, 300))
        installation.settle(timeout_s=TIMEOUT_S)
        _report(f"{len(hosts)} at full speed", installation.ses.accepted[before:], installation)
        assert [host.stop() for host in started] == [0] * len(hosts)
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted)
    assert set(installation.states().values()) == {ReportState.SENT}


def test_a_host_is_lost(build: Build) -> None:
    """Its power goes in the middle of the work. What it held is sent by the others, or unknown and sent by nobody.

    The lease of a claim is short, and longer than a letter waits for its slot.
    """
    installation = build(WORKER_CLAIM_LEASE_S="20", WORKER_SEND_RATE_PER_S=str(RATE_PER_S))
    installation.sign_up(*_people("reader", 250))
    lost, *_others = _start(installation, *HOSTS)
    before = len(installation.ses.accepted)
    lost.kill()
    assert not installation.at_rest(), "it goes while there is work"
    installation.settle(timeout_s=TIMEOUT_S)
    states = Counter(installation.states().values())
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted)
    assert states.keys() <= {ReportState.SENT, ReportState.UNKNOWN}
    assert states[ReportState.UNKNOWN] <= THREADS, "no more than what the lost host was sending"
    _report(f"one lost, {states}", installation.ses.accepted[before:], installation)


def test_hosts_are_upgraded_one_after_the_other(build: Build, tmp_path: Path) -> None:
    """The next version migrates the ledger while all three send, and replaces them host by host."""
    installation = build(WORKER_SEND_RATE_PER_S=str(RATE_PER_S))
    newer = make_next_version(tmp_path / "newer")
    installation.sign_up(*_people("reader", 250))
    running = _start(installation, *HOSTS)
    before = len(installation.ses.accepted)
    run_command(installation, newer, "migrate")
    for number, (name, old) in enumerate(zip(HOSTS, running, strict=True)):
        assert old.stop() == 0
        _start(installation, name, checkout=newer, group=f"upgrade-{number}")
    installation.settle(timeout_s=TIMEOUT_S)
    assert len(versions_sent(installation)) == 2
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted)
    assert set(installation.states().values()) == {ReportState.SENT}
    _report("upgraded", installation.ses.accepted[before:], installation)


def _start(installation: Installation, *names: str, checkout: Path = ROOT, group: str = "first") -> list[WorkerProcess]:
    """Start hosts, and see each of them send a letter: of a backlog, or of signups that are made for it."""
    before = _letters_by_host(installation)
    hosts = [installation.start(threads=THREADS, host=name, checkout=checkout) for name in names]
    numbers = iter(range(100_000))

    def all_have_sent() -> bool:
        if installation.at_rest():
            installation.sign_up(*(f"{group}-{len(names)}-{next(numbers)}" for _ in range(len(HOSTS) * THREADS)))
        letters = _letters_by_host(installation)
        return all(letters[name] > before[name] for name in names)

    wait_for(all_have_sent, f"letters of {names}", timeout_s=TIMEOUT_S, describe=installation.described)
    return hosts


def _people(group: str, number: int) -> list[str]:
    return [f"{group}-{each}" for each in range(number)]


def _letters_by_host(installation: Installation) -> Counter[str]:
    """How many attempts each host has made, by its name."""
    with installation.services.core.ledger.read() as tx:
        return Counter(
            process.partition(":")[0] for process in tx.execute(sa.select(attempt.c.sender_process)).scalars()
        )


def _lasted_s(letters: Sequence[AcceptedMessage]) -> float:
    """Seconds from the first acceptance to the last."""
    return letters[-1].at - letters[0].at


def _report(what: str, letters: Sequence[AcceptedMessage], installation: Installation) -> None:
    rate = (len(letters) - 1) / _lasted_s(letters)
    print(  # noqa: T201 - what a reader of a long run wants to know
        f"\n{what}: {len(letters)} letters, {rate:.2f} a second, {dict(_letters_by_host(installation))}"
    )
