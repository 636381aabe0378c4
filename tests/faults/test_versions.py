"""Two versions of the worker on one ledger and one Redis, as in the minutes of a rolling upgrade."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import redis
import sqlalchemy as sa

from tests.faults.installation import ROOT, Installation
from tests.faults.next_version import make_next_version, run_command, versions_sent
from tests.faults.promise import assert_promise_kept
from tests.parts.ses_behaviour import ACCEPT_THEN_DROP
from tests.parts.waiting import wait_for
from worker.delivery.disposition import AttemptResult, Sent
from worker.intake.client import enqueue_signup
from worker.ledger.lifecycle import ReportState
from worker.ledger.revision import current_revision, head_revision
from worker.ledger.schema import report, signup
from worker.redis_queues import SIGNUPS_QUEUE

pytestmark = pytest.mark.faults

VERSION_0_1 = Path(__file__).parent / "version_0_1"
"""Its schema of a signup, and messages that its client put on the queue, as they stood in Redis."""
MESSAGES_KEY = f"dramatiq:{SIGNUPS_QUEUE}.msgs"


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A checkout of the next version."""
    return make_next_version(tmp_path / "newer")


@pytest.mark.long
def test_old_and_new_side_by_side(usual_installation: Installation, newer: Path) -> None:
    """The ledger is migrated under running workers, which go on; the new ones join; then the old ones go."""
    installation = usual_installation
    old = installation.start()
    installation.sign_up("before")
    wait_for(lambda: installation.states()["before"] == ReportState.SENT, "the old version at work")
    run_command(installation, newer, "migrate")
    new = installation.start(checkout=newer)
    names = iter(f"beside-{number}" for number in range(1000))

    def both_have_sent() -> bool:
        installation.sign_up(next(names))
        return len(versions_sent(installation)) == 2

    wait_for(both_have_sent, "both versions at work")
    assert old.stop() == 0
    installation.sign_up("after")
    installation.settle()
    assert new.stop() == 0
    assert set(installation.states().values()) == {ReportState.SENT}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted)
    assert len(installation.ses.accepted) == len(installation.states())


@pytest.mark.long
def test_an_old_version_is_not_started_on_a_new_ledger(usual_installation: Installation, newer: Path) -> None:
    installation = usual_installation
    run_command(installation, newer, "migrate")
    assert current_revision(installation.services.core.ledger) == "next"
    refused = run_command(installation, ROOT, "run", check=False)
    assert refused.returncode == 2
    assert f"this version needs {head_revision()}: start the newer version" in refused.stderr


def test_an_outcome_spooled_by_a_newer_version_is_written_back(sqlite_installation: Installation) -> None:
    """Two versions on one machine share the spool; what this one does not know of is passed over."""
    installation = sqlite_installation
    reports = installation.sign_up("reader")
    installation.ses.script.queue.append(ACCEPT_THEN_DROP)
    assert installation.services.deliverer.deliver(reports["reader"]) == "unknown"
    (unknown,) = installation.attempts("reader")
    spooled = AttemptResult(unknown.id, reports["reader"], Sent("of SES")).to_json()
    spool = installation.home / "state" / "spool"
    spool.mkdir(parents=True)
    (spool / f"{unknown.id}.json").write_text(json.dumps({**spooled, "cost_microdollars": 100}))
    assert installation.services.sweeper.sweep().counts["results_written_back"] == 1
    assert installation.states() == {"reader": ReportState.SENT}


def test_what_an_older_version_enqueued_is_received(sqlite_installation: Installation) -> None:
    """Byte for byte as version 0.1 left it in Redis."""
    installation = sqlite_installation
    messages = (VERSION_0_1 / "messages.jsonl").read_bytes().splitlines()
    with redis.Redis.from_url(installation.redis_url) as client:
        for message in messages:
            redis_id = json.loads(message)["options"]["redis_message_id"]
            client.hset(MESSAGES_KEY, redis_id, message)
            client.rpush(f"dramatiq:{SIGNUPS_QUEUE}", redis_id)
    with installation.worker_thread():
        wait_for(lambda: len(installation.states()) == len(messages), "both signups received")
        installation.settle()
    assert installation.states() == {"ada": ReportState.SENT, "Grace.Hopper": ReportState.SENT}
    with installation.services.core.ledger.read() as tx:
        rows = tx.execute(sa.select(signup).order_by(signup.c.signup_id)).all()
        profiles = tx.execute(sa.select(report.c.profile).order_by(report.c.address)).scalars().all()
    assert [(row.signup_id, row.channel, row.source_page) for row in rows] == [
        ("old-1", "queue", None),
        ("old-2", "queue", "/outlook/ml-engineer"),
    ]
    assert [bool(profile and profile["tasks"]) for profile in profiles] == [True, False]
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_an_older_version_receives_what_this_one_enqueues(redis_url: str) -> None:
    """The message's one argument is a signup by version 0.1's own schema, under the names that it knows."""
    schema = jsonschema.Draft202012Validator(json.loads((VERSION_0_1 / "signup.v1.json").read_text(encoding="utf-8")))
    smallest = {"version": 1, "signup_id": "new-1", "email": "ada@example.com", "role": "ml-engineer"}
    profile = {"tasks": [{"task": "meetings", "share": 60}], "skills": ["Python"], "experience_years": 6}
    source = {"page": "/outlook/ml-engineer", "campaign": "autumn", "ip": "203.0.113.7"}
    whole = {**smallest, "signup_id": "new-2", "profile": profile, "source": source}
    for payload in (smallest, {**whole, "consented_at": "2026-11-23T10:00:00Z"}):
        enqueue_signup(payload, redis_url=redis_url)
    old = json.loads((VERSION_0_1 / "messages.jsonl").read_bytes().splitlines()[0])
    with redis.Redis.from_url(redis_url) as client:
        messages = [json.loads(client.hget(MESSAGES_KEY, each)) for each in client.lrange("dramatiq:signups", 0, -1)]
    assert [message["args"][0]["signup_id"] for message in messages] == ["new-1", "new-2"]
    for message in messages:
        assert message.keys() == old.keys()
        assert (message["queue_name"], message["actor_name"], message["kwargs"]) == ("signups", "receive_signup", {})
        assert message["options"].keys() == {"redis_message_id"}
        (argument,) = message["args"]
        schema.validate(argument)
