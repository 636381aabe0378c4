"""Redis and PostgreSQL as managed services offer them: over TLS, with a user of the worker's own.

TLS is a front of the tests before real servers, whose builds have none: to a client there is no difference.
"""

import contextlib
import json
import logging
from pathlib import Path

import pytest
import redis

from tests.faults.installation import Installation
from tests.faults.promise import assert_promise_kept
from tests.parts.tls_front import TlsFront, certificate
from worker.ledger.lifecycle import ReportState
from worker.operations.checks.redis_access import RULE

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "p@ss:w/rd"
ENCODED = "p%40ss%3Aw%2Frd"


def findings(worker, check, *, expect=0, **environment):
    rows = json.loads(worker("doctor", "--json", expect=expect, WORKER_MAILER="outbox", **environment))
    return {
        verdict: " | ".join(row["finding"] for row in rows if row["check"] == check and row["verdict"] == verdict)
        for verdict in ("ok", "look", "wrong")
    }


def sends_two_letters(installation):
    try:
        installation.sign_up("first", "second")
        with installation.worker_thread():
            installation.settle()
        assert set(installation.states().values()) == {ReportState.SENT}
        assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)
    finally:
        installation.close()


@pytest.fixture(autouse=True)
def _no_word_of_the_front(monkeypatch):
    """asyncio's remarks on how a client of the front hung up would be among the output of the command."""
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)


@pytest.fixture
def redis_front(redis_url, tmp_path):
    with TlsFront(Path(redis_url.removeprefix("unix://")), tmp_path) as front:
        yield front


@pytest.fixture
def acl_user(redis_url):
    """A user of Redis with these rules; gone at the end."""
    with redis.Redis.from_url(redis_url) as client:

        def make(rules):
            client.execute_command("ACL", "SETUSER", "worker", "reset", "on", f">{PASSWORD}", *rules.split())

        yield make
        client.acl_deluser("worker")


def redis_address(front, *, user=f"worker:{ENCODED}", authority=None, host="127.0.0.1", scheme="rediss"):
    options = "" if scheme == "redis" else f"?ssl_ca_certs={authority or front.authority}"
    return f"{scheme}://{user}@{host}:{front.port}/0{options}"


def test_a_worker_with_tls_and_only_the_documented_rule_sends(
    redis_front, acl_user, worker, sqlite_ledger_url, ses, tmp_path
):
    acl_user(RULE)
    url = redis_address(redis_front)
    found = findings(worker, "redis", REDIS_URL=url)
    assert found["wrong"] == ""
    assert "answers (TLS)" in found["ok"]
    assert "may not" not in found["look"]
    installation = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=url, ses=ses)
    sends_two_letters(installation)


def test_the_documented_rule_is_the_one_that_was_tried():
    assert f" {RULE}\n" in (ROOT / "docs" / "managed-services.md").read_text()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("~* &* +@all -@dangerous", "this user may not KEYS on dramatiq:*, INFO"),
        ("~dramatiq:* &* +@all", "this user may not GET on installation:*, SET on installation:*"),
        (f"{RULE} -@scripting", "this user may not EVAL, SCRIPT LOAD, EVALSHA"),
        (f"{RULE} -multi", "this user may not MULTI"),
    ],
)
def test_what_the_user_may_not_do_is_named_with_the_rule(worker, redis_front, acl_user, rules, said):
    acl_user(rules)
    wrong = findings(worker, "redis", expect=1, REDIS_URL=redis_address(redis_front))["wrong"]
    assert said in wrong
    assert f"give it the rule `{RULE}`" in wrong


def test_a_user_that_cannot_rewrite_files_is_worth_a_look(worker, redis_front, acl_user):
    acl_user(f"{RULE} -bgrewriteaof -bgsave -config")
    found = findings(worker, "redis", REDIS_URL=redis_address(redis_front))
    assert found["wrong"] == ""
    assert "this user may not CONFIG GET, BGREWRITEAOF, BGSAVE" in found["look"]


def test_looking_changes_nothing_in_redis(worker, redis_url):
    findings(worker, "redis")
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys("*none*") == []


def test_why_redis_does_not_answer_is_named(worker, redis_front, acl_user, redis_url, tmp_path):
    acl_user(RULE)
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other")
    cases = {
        redis_address(redis_front, user="worker:wrong"): "it does not know the user 'worker' with this password",
        redis_address(redis_front, user="stranger:x"): "it does not know the user 'stranger' with this password",
        redis_address(
            redis_front, authority=other
        ): "is signed by no authority that this machine trusts: add ?ssl_ca_certs",
        redis_address(redis_front, host="localhost"): "its certificate is for another host name",
        redis_address(redis_front, authority=tmp_path / "none.pem"): "a file that the URL names for TLS is not there",
        "redis://127.0.0.1:1/0": "nothing listens at its host and port",
        redis_address(redis_front, scheme="redis"): "if it speaks TLS, use rediss://",
    }
    for url, said in cases.items():
        found = findings(worker, "redis", expect=1, REDIS_URL=url)["wrong"]
        assert said in found, (url, found)
        assert PASSWORD not in found


def test_tls_to_a_redis_without_is_named(worker, redis_front):
    plain = TlsFront(1, redis_front.authority.parent)  # only its listener, which answers nothing
    with contextlib.closing(plain._listener):
        pass
    wrong = findings(worker, "redis", expect=1, REDIS_URL=f"rediss://127.0.0.1:{plain.port}/0")["wrong"]
    assert "does not answer: ConnectionError" in wrong


@pytest.fixture
def postgres_front(postgres, tmp_path):
    with TlsFront(postgres.socket, tmp_path, asked_first=True) as front:
        yield front


@pytest.fixture
def database(postgres_ledger_url):
    """The name of a migrated database."""
    return postgres_ledger_url.partition("@/")[2].partition("?")[0]


@pytest.fixture
def role(postgres):
    """Makes a role; it and what it may do are gone at the end."""
    made = []

    def make(name, *, password=None):
        secret = f"PASSWORD '{password}'" if password else ""
        postgres.run(f"CREATE ROLE {name} LOGIN {secret}")
        made.append(name)
        return name

    yield make
    for name in made:
        postgres.run(f"DROP ROLE {name}")


def ledger_address(front, database, *, user="postgres", host="127.0.0.1", authority=None, mode="verify-full"):
    root = authority or front.authority
    return f"postgresql://{user}@{host}:{front.port}/{database}?sslmode={mode}&sslrootcert={root}"


def test_a_worker_over_tls_that_verifies_the_server_sends(postgres_front, database, worker, ses, redis_url, tmp_path):
    url = ledger_address(postgres_front, database)
    found = findings(worker, "ledger", DATABASE_URL=url)
    assert found["wrong"] == ""
    assert "over TLS" in found["ok"]
    driver_url = url.replace("postgresql://", "postgresql+psycopg://")
    installation = Installation(tmp_path, database_url=driver_url, redis_url=redis_url, ses=ses)
    sends_two_letters(installation)


def test_why_postgresql_does_not_let_the_worker_in_is_named(worker, postgres_front, database, tmp_path):
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other")
    cases = {
        ledger_address(postgres_front, database, authority=other): "is signed by no authority of sslrootcert",
        ledger_address(postgres_front, database, host="localhost"): "its certificate is for another host name",
        ledger_address(postgres_front, database, authority=tmp_path / "none.pem"): "names a file that is not there",
        ledger_address(postgres_front, database, user="stranger"): "the user does not exist",
        ledger_address(postgres_front, "no_such_database"): "the database does not exist",
        "postgresql://postgres@127.0.0.1:1/ledger": "nothing listens",
    }
    for url, said in cases.items():
        found = findings(worker, "ledger", expect=1, DATABASE_URL=url)["wrong"]
        assert said in found, (url, found)


def test_privileges_that_are_missing_are_named(worker, postgres_front, database, role, postgres):
    user = role("reader_only")
    url = ledger_address(postgres_front, database, user=user)
    assert "let it own the tables" in findings(worker, "ledger", expect=1, DATABASE_URL=url)["wrong"]


def test_a_server_that_only_reads_is_named(worker, postgres_front, database, postgres):
    postgres.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    url = ledger_address(postgres_front, database)
    assert "this server only reads" in findings(worker, "ledger", expect=1, DATABASE_URL=url)["wrong"]
