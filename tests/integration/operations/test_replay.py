"""Replay: what the plan says of each report, and that only safe reports are put back, each with an audit row."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from tests.parts.reports import FAILED, SENT, UNKNOWN, attempted, claim, intend, key_of, owe, quarantine
from worker.ledger import attempts, reports, suppressions
from worker.ledger.channels import Lane
from worker.ledger.lifecycle import ReportState
from worker.ledger.schema import audit, report
from worker.ledger.stopped_reports import Selection
from worker.ledger.timeline import find_report_row
from worker.operations import replay
from worker.operations.replay import Group
from worker.privacy.suppression import suppress


def state_of(ledger, report_id):
    with ledger.read() as tx:
        return find_report_row(tx, report_id=report_id)


def planned(ledger, **which):
    with ledger.read() as tx:
        return replay.plan(tx, Selection(**which))


def failed(ledger, email="ada@example.com", **more):
    report_id = owe(ledger, email, **more)
    attempted(ledger, report_id, FAILED)
    return report_id


def voided(ledger, email):
    """An unknown attempt assumed unsent, then another that SES refused."""
    report_id = owe(ledger, email)
    attempt_id = attempted(ledger, report_id, UNKNOWN)
    with ledger.write() as tx:
        assert attempts.assume_unsent(tx, attempt_id)
    attempted(ledger, report_id, FAILED)
    return report_id


def test_a_plan_without_a_selection_has_every_stopped_report(ledger):
    first, second = failed(ledger), owe(ledger, "b@example.com")
    quarantine(ledger, second)
    owe(ledger, "c@example.com")
    assert planned(ledger).safe_ids == (first, second)
    assert planned(ledger).counts == {group: 2 if group is Group.SAFE else 0 for group in Group}


def test_the_selection_narrows(ledger):
    first = failed(ledger)
    second = failed(ledger, "b@example.com", role="accountant")
    quarantine(ledger, owe(ledger, "c@example.com"))
    assert planned(ledger, states=(ReportState.FAILED,), role="accountant").safe_ids == (second,)
    assert planned(ledger, role="book keeper", role_slugs=("accountant",)).safe_ids == (second,)
    assert planned(ledger, since=datetime.now(UTC) + timedelta(hours=1)).safe_ids == ()
    assert planned(ledger, ids=(first,)).safe_ids == (first,)
    assert planned(ledger, ids=(first, 404)).missing == (404,)
    assert planned(ledger, ids=(first,), role="accountant") == replay.Plan(())


def test_reports_named_by_id_are_planned_in_any_state(ledger):
    emails = [f"{letter}@example.com" for letter in "abcdefg"]
    ids = [owe(ledger, email) for email in emails]
    claim(ledger, ids[1])
    intend(ledger, ids[2])
    attempted(ledger, ids[3], UNKNOWN)
    attempted(ledger, ids[4], SENT)
    with ledger.write() as tx:
        suppress(tx, key_of(emails[5]), reason="operator", actor="o")
    attempted(ledger, ids[6], FAILED)
    groups = [
        judged.group for judged in sorted(planned(ledger, ids=tuple(ids)).reports, key=lambda judged: judged.report.id)
    ]
    assert groups == [Group.NOT_STOPPED] * 3 + [Group.UNKNOWN, Group.ALREADY_SENT, Group.SUPPRESSED, Group.SAFE]


def test_a_replay_puts_safe_reports_back_with_their_counts_reset(ledger):
    first = failed(ledger)
    assert replay.act(ledger, [first], actor="ops", reason="template fixed").put_back == (first,)
    row = state_of(ledger, first)
    assert (row.state, row.refusals, row.claims, row.reason, row.reason_text) == ("ready", 0, 0, None, None)
    with ledger.read() as tx:
        assert reports.due(tx, Lane.SERVER, limit=5) == [first]
        action = tx.execute(sa.select(audit)).one()
    assert (action.actor, action.action, action.report_id, action.reason) == (
        "ops",
        "replay",
        first,
        "template fixed",
    )
    assert action.detail == {"from": "failed", "stopped_by": "MessageRejected"}


def test_a_replay_leaves_unsafe_reports_as_they_are(ledger):
    risky, sent, unknown = voided(ledger, "a@example.com"), owe(ledger, "b@example.com"), owe(ledger, "c@example.com")
    attempted(ledger, sent, SENT)
    attempted(ledger, unknown, UNKNOWN)
    before = [state_of(ledger, report_id) for report_id in (risky, sent, unknown)]
    replayed = replay.act(ledger, [risky, sent, unknown], actor="ops", reason="r")
    assert replayed == replay.Replayed((), (risky, sent, unknown))
    assert [state_of(ledger, report_id) for report_id in (risky, sent, unknown)] == before
    assert planned(ledger).counts[Group.MAY_DUPLICATE] == 1


def test_a_report_that_changed_since_the_plan_is_judged_again(ledger):
    first, second = failed(ledger), failed(ledger, "b@example.com")
    ids = planned(ledger).safe_ids
    with ledger.write() as tx:
        suppressions.suppress(tx, key_of("ada@example.com"), reason="complained", actor="ses")
    assert replay.act(ledger, ids, actor="ops", reason="r") == replay.Replayed((second,), (first,))


def test_a_second_replay_changes_nothing(ledger):
    first = failed(ledger)
    replay.act(ledger, [first], actor="ops", reason="r")
    assert replay.act(ledger, [first], actor="ops", reason="r") == replay.Replayed((), (first,))


def test_progress_is_reported_in_batches(ledger):
    ids = [failed(ledger, f"p{number}@example.com") for number in range(replay.BATCH + 5)]
    progress: list[int] = []
    assert replay.act(ledger, ids, actor="ops", reason="r", on_progress=progress.append).put_back == tuple(ids)
    assert progress == [replay.BATCH, 5]
    with ledger.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).where(report.c.state == "ready")).scalar_one() == len(ids)


def test_two_operators_at_once_put_each_report_back_once(ledger):
    ids = [failed(ledger, f"p{number}@example.com") for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        acts = [pool.submit(replay.act, ledger, ids, actor=f"ops{n}", reason="r") for n in range(4)]
        put_back = [report_id for act in acts for report_id in act.result().put_back]
    assert sorted(put_back) == ids
    with ledger.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one() == len(ids)
