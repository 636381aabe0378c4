"""What Redis can do to us. It holds hints only: if it loses, repeats or mangles them, each reader gets one letter."""

from __future__ import annotations

import signal
import time

import pytest
import redis

from tests.faults.installation import Installation, signup
from tests.faults.promise import assert_promise_kept
from tests.faults.servers import LossyProxy, RedisServer, restartable_redis
from tests.integration.web.conftest import web_services
from tests.parts.shell import Shell
from tests.parts.waiting import wait_for
from tests.parts.web_server import web_server
from worker.errors import QueueUnavailable
from worker.ledger.channels import Lane
from worker.ledger.lifecycle import ReportState
from worker.redis_queues import ANSWER_S, DELIVER_QUEUE, SIGNUPS_QUEUE

pytestmark = pytest.mark.faults


def names(count):
    return [f"reader-{number}" for number in range(count)]


def settled(installation, count):
    installation.settle()
    assert installation.states() == dict.fromkeys(names(count), ReportState.SENT)
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=count)
    assert installation.ses.posts == count


def test_flushall_in_the_middle_of_500(usual_installation):
    installation = usual_installation
    installation.sign_up(*names(500))
    installation.start(threads=4)
    wait_for(lambda: len(installation.ses.accepted) > 100, "the first hundred letters")
    installation.services.core.redis.flushall()
    assert len(installation.ses.accepted) < 500, "the fault came too late to be one"
    settled(installation, 500)


def test_a_message_delivered_again_and_again(sqlite_installation):
    reports = sqlite_installation.sign_up("reader-0")
    sqlite_installation.services.core.queue.wake([reports["reader-0"]] * 50, Lane.SERVER)
    with sqlite_installation.worker_thread(threads=8):
        settled(sqlite_installation, 1)
        wait_for(lambda: sqlite_installation.services.core.queue.depth() == 0, "an empty queue")
    assert sqlite_installation.ses.posts == 1


def test_garbage_and_strangers_on_the_queue(sqlite_installation):
    client = sqlite_installation.services.core.redis
    for queue in (DELIVER_QUEUE, SIGNUPS_QUEUE):
        for number, garbage in enumerate([b"", b"\x00\xff", b"{", b"[]", b'{"actor_name": "deliver"}', b"null"]):
            key = f"garbage-{number}"
            client.hset(f"dramatiq:{queue}.msgs", key, garbage)
            client.rpush(f"dramatiq:{queue}", key)
        client.rpush(f"dramatiq:{queue}", "named-but-absent")
    put = sqlite_installation.services.core.queue._put  # what no producer of ours would put there
    put(DELIVER_QUEUE, "an_actor_of_a_newer_version", 1)
    for argument in ("no id", None, 10**30, -1, {"report_id": 1}):
        put(DELIVER_QUEUE, "deliver", argument)
    with sqlite_installation.worker_thread():
        sqlite_installation.sign_up(*names(3))
        settled(sqlite_installation, 3)


@pytest.fixture
def own_redis():
    with restartable_redis() as server:
        yield server


@pytest.fixture
def fragile(sqlite_ledger_url, own_redis: RedisServer, ses, tmp_path):
    installation = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=own_redis.url, ses=ses)
    yield installation
    installation.close()


def test_shutdown_without_saving(fragile, own_redis):
    fragile.sign_up(*names(10))
    with fragile.worker_thread():
        wait_for(lambda: len(fragile.ses.accepted) > 2, "the first letters")
        own_redis.kill()
        fragile.sign_up("while-away")  # received all the same
        own_redis.start()
        fragile.settle()
    assert set(fragile.states().values()) == {ReportState.SENT}
    assert_promise_kept(fragile.services.core.ledger, fragile.ses.accepted, signups=11)


@pytest.mark.long
def test_an_old_snapshot_restored(fragile, own_redis):
    fragile.sign_up(*names(10))
    own_redis.save()  # every wake is in it
    with fragile.worker_thread():
        settled(fragile, 10)
    own_redis.kill()
    own_redis.start()
    assert fragile.services.core.queue.depth() == 10, "the snapshot brought the old messages back"
    with fragile.worker_thread():
        wait_for(lambda: fragile.services.core.queue.depth() == 0, "the old messages read")
    settled(fragile, 10)


def test_out_of_memory(fragile):
    client = fragile.services.core.redis
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    fragile.sign_up(*names(3))  # cannot be woken, cannot be counted, is received
    with fragile.worker_thread():
        assert fragile.ses.posts == 0
        client.config_set("maxmemory", 0)
        settled(fragile, 3)


def test_frozen_for_a_while(fragile):
    fragile.sign_up(*names(5))
    with fragile.worker_thread():
        wait_for(lambda: fragile.ses.posts > 0, "the first letter")
        fragile.services.core.redis.client_pause(3000)
        settled(fragile, 5)


def test_a_frozen_redis_keeps_no_website_waiting(sqlite_ledger_url, own_redis: RedisServer, tmp_path):
    """It takes connections and answers nothing. What it would be asked for is not needed to receive a signup."""
    services = web_services(sqlite_ledger_url, own_redis.url, tmp_path)
    with web_server(services) as site:
        own_redis.signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            answers = [site.sign_up(f"reader-{number}@example.com").status_code for number in range(3)]
            took_s = time.monotonic() - began
        finally:
            own_redis.signal(signal.SIGCONT)
    services.core.close()
    assert answers == [202] * 3
    assert took_s < 3 * ANSWER_S, "as long as a worker waits for Redis"


def test_no_rate_no_letter(fragile, own_redis):
    """Fail closed: without Redis to ask for the pace, a report waits; it is not sent, and not counted against."""
    reports = fragile.sign_up("reader-0")
    own_redis.kill()
    assert fragile.services.deliverer.deliver(reports["reader-0"]) == "ready"
    report = fragile.report("reader-0")
    assert (report.state, report.claims, report.attempts) == (ReportState.READY, 0, 0)
    assert fragile.ses.posts == 0


def test_a_failover_leaves_a_read_only_replica(sqlite_ledger_url, own_redis, ses, tmp_path, monkeypatch):
    """The connections stay with the node that was the primary; its name moves to a new one that knows nothing yet."""
    proxy = LossyProxy(own_redis.socket)
    url = f"redis://127.0.0.1:{proxy.port}"
    installation = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=url, ses=ses)
    with restartable_redis() as promoted, installation.worker_thread() as services:
        installation.sign_up("before")
        installation.settle()
        with redis.Redis.from_url(own_redis.url) as client:
            client.replicaof("127.0.0.1", "1")
        (report_id,) = installation.sign_up("while-read-only").values()  # cannot be woken, is received
        assert services.deliverer.deliver(report_id) == ReportState.READY
        shell = Shell(tmp_path, monkeypatch)
        environment = {**installation.environment, "REDIS_URL": url, "COLUMNS": "400"}
        status = shell("status", expect=1, **environment)
        assert "Redis takes no writes: signups by HTTP are received, and nothing is sent." in status
        assert "it is a read-only replica" in status
        assert "Redis takes no writes: it is a read-only replica" in shell("doctor", expect=1, **environment)
        assert ses.posts == 1
        proxy.target = promoted.socket
        installation.settle()
        assert ses.posts == 2
    assert_promise_kept(installation.services.core.ledger, ses.accepted, signups=2)
    installation.close()
    proxy.close()


def test_the_answer_to_an_enqueue_is_lost(sqlite_ledger_url, own_redis, ses, tmp_path):
    """The producer cannot know whether it was enqueued, and says it again: one signup, one letter."""
    proxy = LossyProxy(own_redis.socket)
    through_proxy = f"redis://127.0.0.1:{proxy.port}"
    installation = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=through_proxy, ses=ses)
    proxy.lose_answer_to(b"reader-0@")
    with installation.worker_thread():
        try:
            installation.services.core.queue.enqueue_signup(signup("reader-0"))
        except QueueUnavailable:
            installation.services.core.queue.enqueue_signup(signup("reader-0"))
        wait_for(lambda: installation.ses.posts > 0, "a letter")
        settled(installation, 1)
    assert proxy.lost == 1
    proxy.close()
    installation.close()
