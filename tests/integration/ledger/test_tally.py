"""The counts that are kept with the writes are what a full count finds, after each kind of write."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.parts.clock import let_time_pass
from tests.parts.reports import (
    FAILED,
    REFUSED,
    SENT,
    UNKNOWN,
    attempted,
    claim,
    intend,
    key_of,
    owe,
    quarantine,
    refuse,
)  # fmt: skip
from worker.delivery.disposition import Disposition
from worker.ledger import attempts, erasure, reports, signups, suppressions, tally
from worker.ledger.channels import Lane
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.recount import Difference, differences, recount
from worker.ledger.schema import attempt, report, signup, suppression
from worker.ledger.status import conservation, count_ledger
from worker.ledger.store import open_ledger
from worker.ledger.tally_folding import fold_all
from worker.ledger.tally_schema import tally as tally_table
from worker.ledger.tally_schema import tally_change


def states(ledger):
    with ledger.read() as tx:
        return {str(state): count for state, count in conservation(tx).states.items() if count}


def update(table, row, **values):
    def change(ledger):
        with ledger.write() as tx:
            tx.execute(sa.update(table).where(table.c.id == row).values(values))

    return change


def delivered(ledger):
    attempted(ledger, 1, SENT)
    update(report, 1, feedback="delivered", feedback_rank=3)(ledger)


def bounced(ledger):
    attempted(ledger, 1, SENT)
    update(report, 1, feedback="bounced", feedback_detail="Permanent/NoEmail")(ledger)


def erased(ledger):
    attempted(ledger, 1, SENT)
    with ledger.write() as tx:
        erasure.forget_reports(tx, key_of("ada@example.com"))
        erasure.forget_signups(tx, key_of("ada@example.com"))


def erased_refusal(ledger):
    refuse(ledger, "lion@example.com", outcome=Outcome.UNKNOWN_ROLE, reason="no_such_role", role="Lion Tamer")
    with ledger.write() as tx:
        erasure.forget_signups(tx, key_of("lion@example.com"))


def readmitted(ledger):
    row = refuse(ledger, "eve@example.com")
    with ledger.write() as tx:
        signups.settle_outcome(tx, row, Outcome.ADMITTED, None)
        new = signups.NewReport(
            key_of("eve@example.com"), "t" * 22, "eve@example.com", "x", None, {}, None, lane=Lane.BROWSER
        )
        signups.insert_report(tx, new, signup_row=row)


def cancelled(ledger):
    with ledger.write() as tx:
        assert reports.cancel(tx, 1, reason="unsubscribed")


def replayed(ledger):
    attempted(ledger, 1, FAILED)
    with ledger.write() as tx:
        assert reports.replay(tx, 1)


def came_back(ledger):
    bounced(ledger)
    with ledger.write() as tx:
        tx.execute(sa.update(report).values(state="returned"))
        tx.execute(sa.update(attempt).values(state="returned"))


def assumed_unsent(ledger):
    attempt_id = attempted(ledger, 1, UNKNOWN)
    with ledger.write() as tx:
        assert attempts.assume_unsent(tx, attempt_id)


def suppressed(ledger):
    with ledger.write() as tx:
        for name in ("one", "two"):
            suppressions.suppress(tx, name, reason="unsubscribed", actor="reader")
        tx.execute(sa.delete(suppression).where(suppression.c.recipient_key == "two"))


def deleted(ledger):
    row = refuse(ledger, "gone@example.com")
    with ledger.write() as tx:
        tx.execute(sa.delete(signup).where(signup.c.id == row))


WRITES = {
    "admitted": (lambda _: None, {"ready": 1}),
    "claimed": (lambda ledger: claim(ledger, 1), {"claimed": 1}),
    "sending": (lambda ledger: intend(ledger, 1), {"sending": 1}),
    "sent": (lambda ledger: attempted(ledger, 1, SENT), {"sent": 1}),
    "unknown": (lambda ledger: attempted(ledger, 1, UNKNOWN), {"unknown": 1}),
    "failed": (lambda ledger: attempted(ledger, 1, FAILED), {"failed": 1}),
    "refused": (lambda ledger: attempted(ledger, 1, REFUSED), {"ready": 1}),
    "quarantined": (lambda ledger: quarantine(ledger, 1), {"quarantined": 1}),
    "cancelled": (cancelled, {"cancelled": 1}),
    "delivered": (delivered, {"sent": 1}),
    "bounced": (bounced, {"sent": 1}),
    "came back": (came_back, {"returned": 1}),
    "replayed": (replayed, {"ready": 1}),
    "assumed unsent": (assumed_unsent, {"ready": 1}),
    "erased": (erased, {"sent": 1}),
    "erased refusal": (erased_refusal, {"ready": 1}),
    "readmitted": (readmitted, {"ready": 2}),
    "suppressed": (suppressed, {"ready": 1}),
    "deleted": (deleted, {"ready": 1}),
    "another campaign": (update(signup, 1, campaign="spring", domain="example.org"), {"ready": 1}),
}


@pytest.mark.parametrize(("write", "expected"), WRITES.values(), ids=WRITES)
def test_each_kind_of_write_moves_the_counts(ledger, write, expected):
    owe(ledger)
    fold_all(ledger)
    write(ledger)
    assert states(ledger) == expected
    fold_all(ledger, batch=2)
    assert states(ledger) == expected
    assert list(differences(ledger)) == []


def test_the_day_of_a_signup_moves_with_its_letter(ledger):
    attempted(ledger, owe(ledger), SENT)
    let_time_pass(ledger, 3 * 86_400)
    assert list(differences(ledger)) == []


def test_what_is_rolled_back_is_not_counted(ledger):
    owe(ledger)

    def fail(tx):
        tx.execute(sa.update(report).values(state="failed"))
        tx.execute(sa.update(signup).values(outcome="invalid"))
        tx.execute(sa.update(report).values(state="no such state"))

    with pytest.raises(sa.exc.IntegrityError), ledger.write() as tx:
        fail(tx)
    assert states(ledger) == {"ready": 1}
    assert list(differences(ledger)) == []


def test_a_folded_change_is_gone_and_an_empty_group_too(ledger):
    refuse(ledger, "lion@example.com", outcome=Outcome.UNKNOWN_ROLE, reason="no_such_role", role="Lion Tamer")
    fold_all(ledger)
    titles = sa.select(tally_table.c.name, tally_table.c.detail).where(tally_table.c.grouped_by == "title")
    with ledger.write() as tx:
        assert tx.execute(titles).all() == [("lion tamer", "no_such_role")]
        assert tx.execute(sa.select(sa.func.count()).select_from(tally_change)).scalar_one() == 0
        erasure.forget_signups(tx, key_of("lion@example.com"))
    fold_all(ledger)
    with ledger.read() as tx:
        assert tx.execute(titles).all() == [("", "no_such_role")]


def test_other_counts_of_the_status(ledger):
    attempted(ledger, owe(ledger), SENT)
    attempted(ledger, owe(ledger, "eve@example.com"), UNKNOWN)
    intend(ledger, owe(ledger, "bob@example.com"))
    update(report, 1, feedback="complained")(ledger)
    suppressed(ledger)
    with ledger.read() as tx:
        counts = count_ledger(tx)
    assert counts.attempts == {"accepted": 1, "unknown": 1, "intent": 1}
    assert (counts.sent_by_mailer, counts.feedback, counts.suppressions) == ({"ses": 1}, {"complained": 1}, 1)


def test_a_count_that_was_tampered_with_is_found_and_mended(ledger):
    attempted(ledger, owe(ledger), SENT)
    refuse(ledger, "eve@example.com")
    fold_all(ledger)
    with ledger.write() as tx:
        tx.execute(sa.update(tally_table).where(tally_table.c.grouped_by == "page").values(state_sent=7))
        tx.execute(sa.update(tally_table).where(tally_table.c.grouped_by == "all").values(outcome_admitted=9))
        tx.execute(sa.delete(tally_table).where(tally_table.c.grouped_by == "role"))
    found = list(differences(ledger))
    assert Difference(None, "all", "outcome_admitted", 9, 1) in found
    assert {each.grouped_by for each in found} == {"all", "page", "role"}
    owe(ledger, "bob@example.com")  # not folded yet
    assert recount(ledger) == 1
    assert list(differences(ledger)) == []
    assert states(ledger) == {"sent": 1, "ready": 1}
    assert recount(ledger) == 0


def test_a_write_without_its_trigger_is_found(ledger):
    with ledger.write() as tx:
        table = " ON report" if tx.dialect.name == "postgresql" else ""
        tx.exec_driver_sql(f"DROP TRIGGER tally_report_update{table}")
    attempted(ledger, owe(ledger), FAILED)
    assert {each.counter for each in differences(ledger)} == {"state_waiting", "state_failed"}


@pytest.mark.parametrize("writers", [4])
def test_writers_and_folders_at_once(ledger_url, writers):
    """Everything is counted once, in whatever order transactions commit."""
    done = threading.Event()

    def write(number):
        own = open_ledger(ledger_url)
        chance = random.Random(number)
        for each in range(25):
            report_id = owe(own, f"reader-{number}-{each}@example.com")
            endings: tuple[Disposition, ...] = (SENT, UNKNOWN, FAILED)
            attempted(own, report_id, chance.choice(endings))
        own.close()

    def fold():
        own = open_ledger(ledger_url)
        folded = 0
        while not done.is_set():
            folded += fold_all(own, batch=7)
        folded += fold_all(own)
        own.close()
        return folded

    with ThreadPoolExecutor(writers + 2) as pool:
        folders = [pool.submit(fold) for _ in range(2)]
        try:
            for written in [pool.submit(write, number) for number in range(writers)]:
                written.result()
        finally:
            done.set()
        assert sum(each.result() for each in folders) > writers * 25
    ledger = open_ledger(ledger_url)
    assert list(differences(ledger)) == []
    with ledger.read() as tx:
        sums = conservation(tx)
        assert sums.holds
        assert sums.signups == writers * 25
        assert sums.states[ReportState.READY] == 0
        assert tx.execute(sa.select(sa.func.count()).select_from(tally_change)).scalar_one() == 0
        by_state: dict[str, int] = dict(
            tx.execute(sa.select(report.c.state, sa.func.count()).group_by(report.c.state)).all()
        )
    assert {str(state): count for state, count in sums.states.items() if count} == by_state
    ledger.close()


def test_changes_count_before_they_are_folded(ledger):
    owe(ledger)
    with ledger.read() as tx:
        before = tally.read(tx, tally.GroupedBy.PAGE, ("received_on", "name"), ("outcome_admitted", "state_waiting"))
    fold_all(ledger)
    with ledger.read() as tx:
        after = tally.read(tx, tally.GroupedBy.PAGE, ("received_on", "name"), ("outcome_admitted", "state_waiting"))
    assert [tuple(row) for row in before] == [tuple(row) for row in after]
    assert [tuple(row)[1:] for row in after] == [("/outlook/x", 1, 1)]
