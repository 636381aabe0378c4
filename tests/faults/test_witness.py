"""The ledger loses its last commits, unseen: the second witness sees it, and nobody gets two letters."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation, address
from tests.faults.promise import assert_promise_kept
from tests.faults.servers import restartable_redis
from tests.parts.backups import Backup, PostgresBackup, SqliteBackup
from tests.parts.ses_events import event
from worker.delivery.disposition import AttemptResult, Sent
from worker.delivery.spool import Spool
from worker.errors import CommitsLost, LostClaim
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger import lost_attempts, lost_commits, pauses
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.schema import attempt, report
from worker.operations import restore
from worker.operations.pause import Resumed, resume

pytestmark = pytest.mark.faults


@pytest.fixture
def snapshot(installation: Installation, request: pytest.FixtureRequest) -> Backup:
    ledger = installation.services.core.ledger
    if ledger.engine.dialect.name == "sqlite":
        return SqliteBackup(ledger, installation.home)
    return PostgresBackup(ledger, request.getfixturevalue("postgres"))


def deliver(installation, *reports):
    return [str(installation.services.deliverer.deliver(report_id)) for report_id in reports]


def holder(installation):
    with installation.services.core.ledger.read() as tx:
        pause = pauses.current_pause(tx)
    return None if pause is None else pause.holder


def test_the_ledger_loses_its_last_seconds(installation, snapshot):
    """Inside one beat, so that the epochs say nothing: a snapshot, three letters, the snapshot put back."""
    reports = list(installation.sign_up("a", "b", "c", "d").values())
    snapshot.make()
    assert deliver(installation, *reports[:3]) == ["sent"] * 3
    snapshot.restore()
    assert installation.services.restore_watch.notice_restore() is False
    assert deliver(installation, *reports) == ["unknown", "paused", "paused", "paused"]
    assert holder(installation) == pauses.RESTORE
    assert installation.services.sweeper.sweep().counts["commits_lost"] == 2
    assert installation.states() == {"a": "unknown", "b": "unknown", "c": "unknown", "d": "ready"}
    assert installation.services.sweeper.sweep().counts["commits_lost"] == 0
    feedback = FeedbackRecorder(installation.services.core.ledger)
    for message in installation.ses.accepted:  # the attempts are known by their own ids, so events settle them
        feedback.take(event("Send", attempt=message.attempt, message=message.ses_message_id))
    assert installation.states() == {"a": "sent", "b": "sent", "c": "sent", "d": "ready"}
    restore.declare(installation.services.core.ledger, actor="ops", reason="failover")
    assert isinstance(resume(installation.services.core.ledger, actor="ops"), Resumed)
    assert installation.services.sweeper.sweep().counts["commits_lost"] == 0
    assert holder(installation) is None
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=4)


def test_nobody_gets_two_letters_though_an_operator_resumes_at_once(installation, snapshot):
    reports = list(installation.sign_up("a", "b").values())
    snapshot.make()
    assert deliver(installation, *reports) == ["sent"] * 2
    snapshot.restore()
    for report_id in reports:
        assert deliver(installation, report_id) == ["unknown"]
        with installation.services.core.ledger.write() as tx:
            pauses.resume(tx)
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_a_restore_declared_first_takes_the_true_ids_without_a_second_alarm(installation, snapshot):
    reports = list(installation.sign_up("a", "b").values())
    snapshot.make()
    assert deliver(installation, *reports) == ["sent"] * 2
    snapshot.restore()
    restore.declare(installation.services.core.ledger, actor="ops", reason="failover")
    resume(installation.services.core.ledger, actor="ops")
    installation.services.sweeper.sweep()
    assert holder(installation) is None
    accepted = {message.destination: message.attempt for message in installation.ses.accepted}
    assert {name: installation.attempts(name)[-1].id for name in "ab"} == {n: accepted[address(n)] for n in "ab"}


def test_the_signup_is_lost_too_and_comes_again(installation, snapshot):
    """The ledger knows nothing of the person any more; the mark is kept until the person is back."""
    installation.sign_up("other")
    snapshot.make()
    assert deliver(installation, *installation.sign_up("reader").values()) == ["sent"]
    snapshot.restore()
    installation.services.sweeper.sweep()
    assert holder(installation) == pauses.RESTORE
    with installation.services.core.ledger.write() as tx:
        pauses.resume(tx)
    installation.services.sweeper.sweep()
    assert holder(installation) is None, "one alarm for one loss"
    assert deliver(installation, *installation.sign_up("reader").values()) == ["unknown"]
    assert len(installation.ses.accepted) == 1


def test_a_lost_signup_is_remembered_though_redis_is_flushed_before_it_comes_again(installation, snapshot):
    installation.sign_up("other")
    snapshot.make()
    assert deliver(installation, *installation.sign_up("reader").values()) == ["sent"]
    snapshot.restore()
    installation.services.sweeper.sweep()
    installation.services.core.redis.flushall()
    with installation.services.core.ledger.write() as tx:
        pauses.resume(tx)
    assert deliver(installation, *installation.sign_up("reader").values()) == ["unknown"]
    assert [message.attempt for message in installation.ses.accepted] == [installation.attempts("reader")[-1].id]
    with installation.services.core.ledger.write() as tx:
        assert lost_attempts.remembered(tx, installation.report("reader").recipient_key) is None, "it is taken up"


def test_a_lost_attempt_that_two_processes_find_at_once_is_taken_up_once(installation, snapshot):
    """The second has looked before the first wrote it; meanwhile SES's late refusal made the report ready again."""
    reports = installation.sign_up("reader")
    snapshot.make()
    assert deliver(installation, *reports.values()) == ["sent"]
    snapshot.restore()
    ledger, witness = installation.services.core.ledger, installation.services.core.witness
    ((_, marks),) = list(witness.recent(since=0))
    ((recipient_key, attempt_id),) = witness.unknown_to_ledger(marks).items()
    with ledger.write() as tx:
        assert lost_commits.take_up(tx, recipient_key, attempt_id)
    with ledger.write() as tx:
        tx.execute(sa.update(attempt).values(state=AttemptState.REFUSED))
        tx.execute(sa.update(report).values(state=ReportState.READY))
    with ledger.write() as tx:
        assert lost_commits.take_up(tx, recipient_key, attempt_id)
    assert installation.states() == {"reader": "ready"}
    assert [each.id for each in installation.attempts("reader")] == [attempt_id]


def test_a_flushed_redis_loses_the_witness_and_nothing_else(installation):
    reports = list(installation.sign_up("a", "b", "c").values())
    assert deliver(installation, reports[0]) == ["sent"]
    assert installation.services.core.witness.size() == 1
    installation.services.core.redis.flushall()
    assert deliver(installation, *reports) == ["not_due", "sent", "sent"]
    installation.services.sweeper.sweep()
    assert holder(installation) is None
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=3)


def test_old_marks_are_forgotten_but_none_that_the_ledger_does_not_know(installation):
    deliver(installation, *installation.sign_up("reader").values())
    client, witness = installation.services.core.redis, installation.services.core.witness
    (known,) = client.hgetall("witness:attempts")
    client.hset("witness:attempts", "lost", "an attempt of nobody")
    client.zadd("witness:times", {known: 1, "lost": 1})
    assert witness.trim() == 1
    assert client.hgetall("witness:attempts") == {b"lost": b"an attempt of nobody"}
    assert client.zrange("witness:times", 0, -1) == [b"lost"]


class _RedisDies:
    """A mailer that kills Redis when its request is ready."""

    def __init__(self, mailer, server):
        self.name, self._mailer, self._server = mailer.name, mailer, server

    def send(self, outgoing, before_post):
        def die_first(signed_at):
            self._server.kill()
            before_post(signed_at)

        return self._mailer.send(outgoing, die_first)


def test_without_redis_s_answer_nothing_is_posted(sqlite_ledger_url, ses, tmp_path):
    with restartable_redis() as server:
        installation = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=server.url, ses=ses)
        (report_id,) = installation.sign_up("reader").values()
        services = installation.boot(wrap_mailer=lambda mailer: _RedisDies(mailer, server))
        assert services.deliverer.deliver(report_id) == ReportState.READY
        assert ses.posts == 0
        (refused,) = installation.attempts("reader")
        assert (refused.state, refused.error) == (AttemptState.REFUSED, "WitnessUnavailable")
        report = installation.report("reader")
        assert (report.state, report.refusals) == (ReportState.READY, 0)
        assert report.not_before > report.changed_at
        services.core.close()
        server.start()
        with installation.services.core.ledger.write() as tx:
            tx.exec_driver_sql("UPDATE report SET not_before = changed_at")
        assert deliver(installation, report_id) == ["sent"]
        assert_promise_kept(installation.services.core.ledger, ses.accepted, signups=1)
        installation.close()


def test_an_accepted_outcome_of_a_lost_attempt_is_kept_and_recorded_once_it_is_known(installation, snapshot):
    (report_id,) = installation.sign_up("reader").values()
    spool = Spool(installation.home / "state" / "spool")
    snapshot.make()
    assert deliver(installation, report_id) == ["sent"]
    (sent,) = installation.attempts("reader")
    spool.keep(AttemptResult(sent.id, report_id, Sent(sent.ses_message_id)))
    snapshot.restore()
    installation.services.core.redis.flushall()  # so that the spool is the only witness
    assert installation.services.sweeper.sweep().counts["results_written_back"] == 0
    assert holder(installation) == pauses.RESTORE
    (kept,) = (installation.home / "state" / "spool").iterdir()
    assert json.loads(kept.read_text())["attempt_id"] == sent.id
    restore.declare(installation.services.core.ledger, actor="ops", reason="failover")
    resume(installation.services.core.ledger, actor="ops")
    installation.services.sweeper.sweep()
    assert holder(installation) is None, "one alarm for one file"
    with installation.services.core.ledger.write() as tx:  # an event of SES names the attempt
        tx.execute(sa.update(attempt).values(id=sent.id))
    assert installation.services.sweeper.sweep().counts["results_written_back"] == 1
    assert list((installation.home / "state" / "spool").iterdir()) == []
    assert installation.states() == {"reader": "sent"}
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_the_ledger_loses_the_intent_while_ses_answers(installation, snapshot):
    """The process that posted finds its attempt gone: what SES said is proof, and is kept."""
    (report_id,) = installation.sign_up("reader").values()
    snapshot.make()

    class Failover:
        name = "ses"

        def __init__(self, mailer):
            self._mailer = mailer

        def send(self, outgoing, before_post):
            accepted = self._mailer.send(outgoing, before_post)
            snapshot.restore()
            return accepted

    services = installation.boot(wrap_mailer=Failover)
    services.core.ledger.close()
    object.__setattr__(services.deliverer._ledger, "engine", installation.services.core.ledger.engine)
    services.deliverer._recorder._ledger = installation.services.core.ledger
    assert services.deliverer.deliver(report_id) == "spooled"
    for _ in range(2):
        installation.services.sweeper.sweep()
    assert holder(installation) == pauses.RESTORE
    assert installation.states() == {"reader": "sent"}, "the witness names the attempt, and the spool its outcome"
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=1)


def test_an_attempt_that_was_settled_before_its_mark_is_not_posted(installation):
    """Else it would take the mark of the attempt that is posted now, and a loss of that one would go unseen."""
    (report_id,) = installation.sign_up("reader").values()
    assert deliver(installation, report_id) == ["sent"]
    (posted,) = installation.attempts("reader")
    witness, key = installation.services.core.witness, installation.report("reader").recipient_key
    with installation.services.core.ledger.write() as tx:
        values = {**posted._mapping, "id": "frozen", "number": 9, "state": AttemptState.VOIDED}
        tx.execute(sa.insert(attempt).values(values))
    with pytest.raises(LostClaim):
        witness.mark("frozen", key)
    with pytest.raises(CommitsLost, match="never seen"):
        witness.mark("never seen", key)
    assert installation.services.core.redis.hget("witness:attempts", key) == posted.id.encode()
