"""A ledger with another identity key, another mailer or another Redis: refused before a letter leaves."""

from __future__ import annotations

import json
import time

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation, address, signup
from tests.faults.promise import assert_promise_kept
from tests.parts.redis_server import redis_server
from tests.parts.shell import Shell
from worker.cli.commands import COMMANDS, load_command
from worker.errors import WrongInstallation
from worker.ledger.channels import Channel
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import audit, report, suppression
from worker.maintenance.installation_watch import InstallationWatch
from worker.operations.installation import require_ours

pytestmark = pytest.mark.faults

OTHER_KEY = {"WORKER_IDENTITY_KEY": "another identity key of the fault tests, 32 or more"}
OUTBOX = {"WORKER_MAILER": "outbox"}
BECAUSE = ("--actor", "ops", "--reason", "test")


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """Runs a command with an installation's settings, but for some; returns what it prints."""
    shell = Shell(tmp_path, monkeypatch)

    def run(installation: Installation, *words: str, expect: int = 0, **settings: str) -> str:
        environment = {**installation.environment, "REDIS_URL": installation.redis_url, "COLUMNS": "400", **settings}
        return shell(*words, expect=expect, stdin=json.dumps(signup("queued")), **environment)

    return run


def send(installation: Installation, *names: str) -> None:
    require_ours(installation.services.core.ledger, installation.services.core.settings, sends=True)
    for report_id in installation.sign_up(*names).values():
        assert installation.services.deliverer.deliver(report_id) == ReportState.SENT


REFUSED = {
    "run": (), "serve": ("--port", "0"), "enqueue": ("-",), "sweep": (), "resume": ("--actor", "ops"),
    "suppress": (address("reader"), *BECAUSE), "unsuppress": (address("reader"), "--only-here"),
    "erase": (address("reader"), "--yes", *BECAUSE), "replay": ("--yes", *BECAUSE), "readmit": ("--yes", *BECAUSE),
    "resolve": ("1", "--sent", *BECAUSE), "restore-check": (), "recount": (), "canary": ("--url", "http://127.0.0.1:9"),
    "installation adopt-redis": (), "user add": ("maria", "--password-stdin"), "user list": (),
    "user remove": ("maria",),
}  # fmt: skip
WARNED = {"log": (), "show": ("1",), "pause": BECAUSE}
NAMED = {"status", "doctor", "installation show"}  # as findings of theirs
WITHOUT_PEOPLE = {"demo", "read", "preview", "roles", "templates check", "migrate"}  # the demo has a ledger of its own


def commands() -> set[str]:
    """Every command, with its subcommand where it has some."""
    found = {name: getattr(load_command(name), "commands", None) for name in COMMANDS}
    return {f"{name} {sub}".strip() for name, subs in found.items() for sub in (subs or [""])}


def test_every_command_is_known_to_refuse_another_key_or_to_warn():
    assert commands() == {*REFUSED, *WARNED, *NAMED, *WITHOUT_PEOPLE}


@pytest.mark.parametrize("words", [(*name.split(), *rest) for name, rest in REFUSED.items()], ids=" ".join)
def test_another_identity_key_is_refused_by_every_command_that_writes(sqlite_installation, worker, words):
    installation = sqlite_installation
    send(installation, "reader")
    refused = worker(installation, *words, expect=2, WORKER_API_TOKENS=f"canary={'t' * 40}", **OTHER_KEY)
    assert "WORKER_IDENTITY_KEY: this ledger was made under another key" in refused
    assert "set the key it was made under" in refused
    with installation.services.core.ledger.read() as tx:
        assert tx.execute(sa.select(report.c.address)).scalars().all() == [address("reader")]
        assert tx.execute(sa.select(suppression)).all() == []


@pytest.mark.parametrize("words", [(name, *rest) for name, rest in WARNED.items()], ids=" ".join)
def test_a_command_that_only_reads_or_stops_warns_about_another_key_and_goes_on(sqlite_installation, worker, words):
    send(sqlite_installation, "reader")
    printed = worker(sqlite_installation, *words, **OTHER_KEY)
    assert printed.startswith("warning: WORKER_IDENTITY_KEY")
    assert len(printed.splitlines()) > 1


def test_status_names_another_key_as_its_finding(sqlite_installation, worker):
    send(sqlite_installation, "reader")
    printed = worker(sqlite_installation, "status", expect=1, **OTHER_KEY)
    assert "These settings do not belong to this ledger." in printed
    assert "WORKER_IDENTITY_KEY: this ledger was made under another key" in printed


def test_doctor_names_another_key_and_another_mailer(sqlite_installation, worker):
    send(sqlite_installation, "reader")
    for settings, setting in ((OTHER_KEY, "WORKER_IDENTITY_KEY"), (OUTBOX, "WORKER_MAILER")):
        findings = worker(sqlite_installation, "doctor", expect=1, **settings)
        assert f"wrong  ledger     {setting}: this ledger" in findings


def test_nobody_gets_a_second_letter_because_the_key_changed(installation):
    """The suppressed and the served sign up again under another key; the worker that would write to them is refused."""
    send(installation, "reader")
    other = Installation(
        installation.home / "other", database_url=installation.environment["DATABASE_URL"],
        redis_url=installation.redis_url, ses=installation.ses, settings=OTHER_KEY,
    )  # fmt: skip
    stopped: list[bool] = []
    ledger, settings = other.services.core.ledger, other.services.core.settings
    watch = InstallationWatch([lambda: require_ours(ledger, settings, sends=True)], stop=lambda: stopped.append(True))
    with pytest.raises(Exception, match="made under another key"):
        watch.check()
    assert stopped == [True]
    other.close()
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_an_outbox_worker_on_an_ses_ledger_writes_no_letter(installation, worker):
    """It started before the first letter left through SES, so no check at a start could refuse it."""
    outbox = Installation(
        installation.home / "outbox-host", database_url=installation.environment["DATABASE_URL"],
        redis_url=installation.redis_url, ses=installation.ses,
        settings={**OUTBOX, "WORKER_OUTBOX_DIR": str(installation.home / "outbox")},
    )  # fmt: skip
    require_ours(outbox.services.core.ledger, outbox.services.core.settings, sends=True)
    send(installation, "first")
    second = installation.sign_up("second")["second"]
    assert outbox.services.deliverer.deliver(second) == ReportState.READY
    assert list((installation.home / "outbox").glob("*.eml")) == []
    assert "WORKER_MAILER: this ledger's letters are sent by ses" in worker(outbox, "run", expect=2)
    outbox.close()
    with installation.services.core.ledger.write() as tx:
        tx.exec_driver_sql("UPDATE report SET not_before = changed_at")
    assert installation.services.deliverer.deliver(second) == ReportState.SENT
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_a_letter_that_went_to_a_file_is_called_that_and_can_be_replayed(installation, worker):
    outbox = Installation(
        installation.home / "outbox-host", database_url=installation.environment["DATABASE_URL"],
        redis_url=installation.redis_url, ses=installation.ses,
        settings={**OUTBOX, "WORKER_OUTBOX_DIR": str(installation.home / "outbox")},
    )  # fmt: skip
    report_id = outbox.services.core.receiver.receive(signup("reader"), channel=Channel.SERVER).report_id
    assert report_id is not None
    assert outbox.services.deliverer.deliver(report_id) == ReportState.SENT
    outbox.close()
    send(installation, "other")
    status = worker(installation, "status", expect=1)  # no worker lives
    assert "letters: 1 by outbox, 1 by ses" in status
    assert "1 letters were written to files" in status
    plan = worker(installation, "replay", "--outbox")
    assert "nobody received it" in plan
    assert "1 can be replayed safely" in plan
    assert "nobody received it" in worker(installation, "replay", "--id", str(report_id))
    assert worker(installation, "replay", "--outbox", "--yes", *BECAUSE)
    assert installation.services.deliverer.deliver(report_id) == ReportState.SENT
    assert worker(installation, "replay", "--outbox").startswith("No stopped or returned report matches")
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


@pytest.fixture
def second(installation, request):
    """Another ledger with the same key beside the same Redis: a forgotten DATABASE_URL, or a new empty database."""
    kind = installation.services.core.ledger.engine.dialect.name
    fixture = "sqlite_ledger_url" if kind == "postgresql" else "postgres_ledger_url"
    other = Installation(
        installation.home / "second", database_url=request.getfixturevalue(fixture), redis_url=installation.redis_url,
        ses=installation.ses,
    )  # fmt: skip
    yield other
    other.close()


def start(installation):
    """What each process does at its start."""
    services = installation.services
    services.installation_watch.check()


@pytest.mark.parametrize("words", [("run",), ("serve", "--port", "0"), ("enqueue", "-"), ("sweep",)])
def test_a_second_ledger_on_one_redis_is_refused(installation, second, worker, words):
    start(installation)
    refused = worker(second, *words, expect=2)
    assert "REDIS_URL: this Redis serves another ledger" in refused
    assert "worker installation show" in refused
    assert "this Redis serves another ledger" in worker(second, "doctor", expect=1)


def test_nobody_gets_two_letters_from_two_ledgers(installation, second):
    """The second runs already when Redis is given to the first: what it claims is not posted, what is queued waits."""
    (report_id,) = second.sign_up("reader").values()
    start(installation)
    send(installation, "reader")
    assert second.services.deliverer.deliver(report_id) == ReportState.READY
    assert second.attempts("reader")[0].error == "WrongInstallation"
    installation.services.core.queue.enqueue_signup(signup("other"))
    with second.worker_thread(second.boot()):
        time.sleep(1)  # in which it would receive the signup
    with second.services.core.ledger.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(report)).scalar_one() == 1
    assert installation.services.core.redis.llen("dramatiq:signups") == 1
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_a_redis_is_taken_over_once_its_ledger_is_gone(installation, second, worker):
    start(installation)
    send(installation, "reader")
    installation.services.core.queue.enqueue_signup(signup("waiting"))
    shown = worker(second, "installation", "show", expect=1)
    assert "1 signup not received yet" in shown
    assert "serves ledger" in shown
    refused = worker(second, "installation", "adopt-redis", "--yes", *BECAUSE, expect=2)
    assert "seen there within 5 minutes" in refused
    client = installation.services.core.redis
    (heartbeat,) = client.keys("ledger:*:heartbeat")
    client.set(heartbeat, client.time()[0] - 301)
    plan = worker(second, "installation", "adopt-redis")
    assert "1 signup not received yet" in plan
    assert "1 letter of the last 48 hours" in plan
    assert "serves this ledger" in worker(second, "installation", "adopt-redis", "--yes", *BECAUSE)
    with second.services.core.ledger.read() as tx:
        action = tx.execute(sa.select(audit)).one()
    assert (action.action, action.actor, action.reason) == ("adopt_redis", "ops", "test")
    start(second)
    assert worker(second, "installation", "show").count("serves this ledger") == 1
    with pytest.raises(WrongInstallation):
        start(installation)


def test_a_redis_cluster_is_refused_in_words(sqlite_ledger_url, ses, worker, tmp_path):
    with redis_server(["--cluster-enabled", "yes"]) as url:
        installation = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=url, ses=ses)
        for words, status in ((("doctor",), 1), (("run",), 2), (("serve", "--port", "0"), 2), (("enqueue", "-"), 2)):
            assert "this Redis runs in cluster mode" in worker(installation, *words, expect=status)
        installation.close()
