"""Each safety setting, removed in a copy of the tree: a named test must fail, or the setting is only decoration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREE = ("worker", "tests", "data", "templates", "pyproject.toml")
TESTS_FAILED = 1  # pytest's exit status for just that: not for a test that cannot even start


@dataclass(frozen=True, slots=True)
class Mutation:
    """`before` becomes `after` everywhere in `file`; then `test` must fail."""

    file: str
    before: str
    after: str
    test: str


MUTATIONS = {
    "botocore retries as it likes": Mutation(
        "worker/mailers/ses.py",
        'retries={"total_max_attempts": 1, "mode": "standard"},',
        "",
        "tests/contract/test_ses_errors.py::test_accepted",
    ),
    "boot does not look at the client's retries": Mutation(
        "worker/mailers/ses.py",
        "if attempts != 1:",
        "if False:",
        "tests/contract/test_ses_errors.py::test_a_client_that_retries_by_itself_is_refused",
    ),
    "a second POST of one call is let through": Mutation(
        "worker/mailers/calls.py",
        "before_post, self._before_post = self._before_post, None",
        "before_post = self._before_post",
        "tests/contract/test_ses_errors.py::test_a_second_post_would_be_stopped",
    ),
    "sent before the intent": Mutation(
        "worker/mailers/ses.py",
        "call.before_send(_signing_time(request))",
        "threading.Timer(0.2, call.before_send, [_signing_time(request)]).start()",
        "tests/contract/test_ses_errors.py::test_nothing_is_posted_without_an_intent",
    ),
    "the index is dropped": Mutation(
        "worker/ledger/migrations/versions/0001_the_ledger.py",
        '"one_live_attempt", "attempt", ["report_id"], live, unique=True',
        '"one_live_attempt", "attempt", ["report_id"], live, unique=False',
        "tests/faults/test_guards.py::test_a_report_put_back_by_hand_is_not_posted_again[sqlite]",
    ),
    "an unknown send is tried again": Mutation(
        "worker/delivery/disposition.py",
        "return AwaitProof(code, text)",
        "return Retry(code, text, 0.0, counts=True)",
        "tests/faults/test_ses.py::test_an_ambiguous_send_is_never_repeated[accept-then-drop]",
    ),
    "a 5xx counts as refused": Mutation(
        "worker/mailers/ses_errors.py",
        "if status >= 500 or status < 400:",
        "if status < 400:",
        "tests/contract/test_ses_errors.py::test_every_answer_has_one_meaning_and_one_post",
    ),
    "an expired intent is made ready": Mutation(
        "worker/ledger/attempts.py",
        "expired(Transition.MARK_UNKNOWN, limit,",
        "expired(Transition.REFUSE, limit,",
        "tests/integration/maintenance/test_sweep.py::test_an_expired_intent_is_unknown_and_not_woken[sqlite]",
    ),
    "without a pace, sending runs free": Mutation(
        "worker/delivery/deliver.py",
        "delay = NO_PACE_DELAY_S",
        "delay = None",
        "tests/faults/test_redis.py::test_no_rate_no_letter",
    ),
    "an outcome the ledger does not take is dropped": Mutation(
        "worker/delivery/recording.py",
        "self._spool.keep(result)",
        "pass",
        "tests/faults/test_ledger.py::test_the_ledger_is_away_when_ses_has_accepted",
    ),
    "the key is not compared": Mutation(
        "worker/ledger/installation.py",
        "pinned.key_fingerprint not in {None, fingerprint}",
        "pinned.key_fingerprint not in {None, fingerprint, pinned.key_fingerprint}",
        "tests/faults/test_installation.py::test_doctor_names_another_key_and_another_mailer",
    ),
    "any mailer may intend": Mutation(
        "worker/ledger/installation.py",
        "installation.c.mailer != mailer)",
        "installation.c.mailer != installation.c.mailer)",
        "tests/faults/test_installation.py::test_an_outbox_worker_on_an_ses_ledger_writes_no_letter[sqlite]",
    ),
    "no witness is asked": Mutation(
        "worker/delivery/deliver.py",
        "self._witness.mark(attempt_id, claim.recipient_key)",
        "pass",
        "tests/faults/test_witness.py::test_nobody_gets_two_letters_though_an_operator_resumes_at_once[sqlite]",
    ),
    "a lost attempt that the ledger remembers is passed over": Mutation(
        "worker/ledger/attempts.py",
        "fits, lost_attempts.none_remembered())",
        "fits)",
        "tests/faults/test_witness.py"
        "::test_a_lost_signup_is_remembered_though_redis_is_flushed_before_it_comes_again[sqlite]",
    ),
    "a mark of a lost attempt is passed over": Mutation(
        "worker/delivery/witness.py",
        "raise CommitsLost(each)",
        "pass",
        "tests/faults/test_witness.py::test_the_ledger_loses_its_last_seconds[sqlite]",
    ),
    "SES's yes to a lost attempt is deleted": Mutation(
        "worker/maintenance/spooled_results.py",
        "if is_proof_of_loss(tx, result):",
        "if False:",
        "tests/faults/test_witness.py"
        "::test_an_accepted_outcome_of_a_lost_attempt_is_kept_and_recorded_once_it_is_known[sqlite]",
    ),
    "any ledger may use a Redis": Mutation(
        "worker/redis_owner.py",
        "if owner != ledger_id:",
        "if False:",
        "tests/faults/test_installation.py::test_nobody_gets_two_letters_from_two_ledgers[sqlite]",
    ),
    "a signup is acknowledged before its commit": Mutation(
        "worker/broker.py",
        "return ours and not self.broker.is_received(",
        "return False and not self.broker.is_received(",
        "tests/faults/test_queue.py::test_a_signup_that_fails_in_an_unforeseen_way_stays_on_the_queue",
    ),
    "events are deleted before they are committed": Mutation(
        "worker/feedback/sqs.py",
        "                if self._take(message):\n                    done.append(message)",
        "                done.append(message)\n                if self._take(message):\n                    pass",
        "tests/integration/feedback/test_sqs.py::test_an_event_is_never_deleted_before_it_is_committed",
    ),
    "SQLite does not wait for the disk": Mutation(
        "worker/ledger/sqlite_engine.py",
        "synchronous=FULL",
        "synchronous=OFF",
        "tests/integration/ledger/test_store.py::test_a_commit_waits_for_the_disk[sqlite]",
    ),
    "PostgreSQL does not wait for the disk": Mutation(
        "worker/ledger/postgresql_engine.py",
        "SET LOCAL synchronous_commit = on; ",
        "",
        "tests/integration/ledger/test_store.py::test_a_commit_waits_for_the_disk[postgresql]",
    ),
    "the ledger's calls have no deadline": Mutation(
        "worker/ledger/postgresql_engine.py",
        "timeout=max(0.0, min(patience.left_s, timeout or patience.left_s))",
        "timeout=40",
        "tests/faults/test_away.py::test_postgresql_frozen",
    ),
    "connections stay with a server that was demoted": Mutation(
        "worker/ledger/postgresql_engine.py",
        "context.is_disconnect = True",
        "pass",
        "tests/faults/test_away.py::test_connections_leave_a_server_that_was_demoted",
    ),
    "connections stay with a Redis that has become a replica": Mutation(
        "worker/redis_queues.py",
        "class Replica(redis.ConnectionError):",
        "class Replica(redis.ResponseError):",
        "tests/faults/test_redis.py::test_a_failover_leaves_a_read_only_replica",
    ),
    "a defect after SES's yes is not spooled": Mutation(
        "worker/delivery/recording.py",
        "            except Exception as error:",
        "            except ZeroDivisionError as error:",
        "tests/faults/test_away.py::test_a_defect_in_the_record_loses_no_answer_of_ses",
    ),
    "a second signal to stop is passed on": Mutation(
        "worker/actors.py",
        "if not stopping:",
        "if True:",
        "tests/faults/test_processes.py::test_stopped_again_and_again_during_a_post",
    ),
    "connections to SES live for ever": Mutation(
        "worker/mailers/ses_connections.py",
        "if self._clock() - self._since > LIFE_S:",
        "if False:",
        "tests/faults/test_ses.py::test_a_network_that_forgets_idle_connections",
    ),
    "a late answer is thrown away": Mutation(
        "worker/delivery/deliver.py",
        "error.answer is not None:",
        "error.answer is None:",
        "tests/faults/test_ses.py::test_an_answer_after_the_deadline_is_recorded[yes]",
    ),
    "any TLS error counts as never connected": Mutation(
        "worker/mailers/ses_errors.py",
        "frame.f_code is ssl.SSLSocket.do_handshake.__code__",
        "isinstance(cause, ssl.SSLError)",
        "tests/contract/test_ses_tls.py::test_tls_that_breaks_in_the_middle_of_a_post_is_unknown",
    ),
    "a handshake that fails counts as posted": Mutation(
        "worker/mailers/ses_errors.py",
        "or _handshake_failed(error):",
        "or False:",
        "tests/contract/test_ses_tls.py::test_a_certificate_of_somebody_else_is_not_accepted",
    ),
    "the pause is not checked at the intent": Mutation(
        "worker/ledger/attempts.py",
        "pauses.unpaused(), fits, ",
        "fits, ",
        "tests/faults/test_guards.py::test_a_pause_between_the_claim_and_the_intent_keeps_the_letter[sqlite]",
    ),
    "a signup is given up after three tries": Mutation(
        "worker/actors.py",
        "        while True:\n            try:\n                services.installation_watch",
        "        for _ in range(3):\n            try:\n                services.installation_watch",
        "tests/faults/test_queue.py::test_ledger_and_redis_are_away_together",
    ),
    "what a dead worker had taken is left with it": Mutation(
        "worker/maintenance/unacknowledged.py",
        "count = self._of_dead_workers() + self._of_this_worker()",
        "count = self._of_this_worker()",
        "tests/faults/test_queue.py::test_a_worker_is_killed_with_signups_that_it_had_fetched",
    ),
    "what Redis gave and nobody got is left": Mutation(
        "worker/maintenance/unacknowledged.py",
        "count = self._of_dead_workers() + self._of_this_worker()",
        "count = self._of_dead_workers()",
        "tests/faults/test_queue.py::test_the_answer_to_a_fetch_is_lost",
    ),
    "a cluster is taken for a Redis": Mutation(
        "worker/redis_owner.py",
        'if cluster.get("cluster_enabled"):',
        "if False:",
        "tests/faults/test_installation.py::test_a_redis_cluster_is_refused_in_words",
    ),
    "statements are prepared in a pooler's sessions": Mutation(
        "worker/ledger/postgresql_engine.py",
        '"prepare_threshold": None,',
        '"prepare_threshold": 2,',
        "tests/faults/test_pooler.py::test_no_statement_is_prepared_in_a_session_that_a_pooler_gives_away",
    ),
    "an out-of-office reply returns a letter": Mutation(
        "worker/feedback/meanings.py",
        "_DOUBTFUL_BOUNCE = Meaning(FeedbackKind.BOUNCED, FeedbackRank.DOUBTFUL)",
        "_DOUBTFUL_BOUNCE = Meaning(FeedbackKind.BOUNCED, FeedbackRank.ARRIVAL)",
        "tests/integration/maintenance/test_returned_letters.py",
    ),
    "a late delivery of a returned letter is ignored": Mutation(
        "worker/ledger/attempts.py",
        ".values(state=AttemptState.ACCEPTED)\n            report_id",
        ".values(state=AttemptState.RETURNED)\n            report_id",
        "tests/integration/maintenance/test_returned_letters.py",
    ),
    "sending goes on at full speed while SES is in trouble": Mutation(
        "worker/delivery/deliver.py",
        "case SlowDown() | AwaitProof():",
        "case AwaitProof():\n                    pass\n                case SlowDown():",
        "tests/faults/test_ses.py::test_an_outage_of_ses_slows_sending_down",
    ),
    "an identity provider's answer counts against the letter": Mutation(
        "worker/mailers/ses_errors.py",
        "if error.operation_name not in _SES_OPERATIONS:",
        "if False:",
        "tests/faults/test_credentials.py::test_an_identity_provider_that_is_away",
    ),
    "the unique key of a person is dropped": Mutation(
        "worker/ledger/migrations/versions/0001_the_ledger.py",
        'sa.UniqueConstraint("recipient_key", "generation"',
        'sa.UniqueConstraint("recipient_key", "generation", "id"',
        "tests/faults/test_processes.py::test_the_same_person_signs_up_many_times_at_once[sqlite]",
    ),
}


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mutation_fails_a_test(name, tmp_path):
    mutation = MUTATIONS[name]
    _copy_tree(tmp_path)
    file = tmp_path / mutation.file
    text = file.read_text(encoding="utf-8")
    assert mutation.before in text, "the code has changed: so must this mutation"
    file.write_text(text.replace(mutation.before, mutation.after), encoding="utf-8")
    run = _run(tmp_path, mutation.test)
    assert run.returncode == TESTS_FAILED, run.stdout[-3000:]


def test_every_mutation_still_has_something_to_change():
    for name, mutation in MUTATIONS.items():
        assert mutation.before in (ROOT / mutation.file).read_text(encoding="utf-8"), name


def _copy_tree(target: Path) -> None:
    for part in TREE:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / part)


def _run(tree: Path, test: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=300, check=False)
