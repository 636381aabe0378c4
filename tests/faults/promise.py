"""The promise, checked from outside: SES's own log of what it accepted, against the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from tests.ses_server import AcceptedMessage
from worker.address import parse_address
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.recount import differences
from worker.ledger.schema import attempt, report, signup
from worker.ledger.status import conservation
from worker.ledger.store import Ledger

MAY_BE_ACCEPTED = {ReportState.SENT, ReportState.UNKNOWN}


def assert_promise_kept(ledger: Ledger, accepted: Sequence[AcceptedMessage], *, signups: int | None = None) -> None:
    """Never two, never lost, and nothing claimed that is not so. To be asked at rest.

    `signups` is how many were received; None where the test did not count them.
    """
    with ledger.read() as tx:
        sums = conservation(tx)
        received = tx.execute(sa.select(sa.func.count()).select_from(signup)).scalar_one()
        reports = {parse_address(row.address).ascii: row for row in tx.execute(sa.select(report))}
        attempts = {row.id: row for row in tx.execute(sa.select(attempt))}
    letters = Counter(message.destination for message in accepted)

    twice = {address: count for address, count in letters.items() if count > 1}
    assert not twice, f"a reader got two letters: {twice}"
    assert sums.holds, sums
    assert list(differences(ledger)) == [], "what is counted with the writes is what a full count finds"
    assert signups is None or received == signups, "a signup is missing from the ledger"
    assert letters.keys() <= reports.keys(), "a letter to a person without a report"
    for address, row in reports.items():
        assert row.state not in {ReportState.CLAIMED, ReportState.SENDING}, "not at rest"
        if letters[address]:
            assert row.state in MAY_BE_ACCEPTED, f"SES accepted a letter of report {row.id}, which is {row.state}"
        assert row.state != ReportState.SENT or letters[address], f"report {row.id} is sent, says only the ledger"
    for message in accepted:
        assert message.attempt is not None, "a letter without its tag"
        sent_by = attempts[message.attempt]
        assert reports[message.destination].id == sent_by.report_id, "a letter sent to another person"
        assert sent_by.state in {AttemptState.ACCEPTED, AttemptState.UNKNOWN}, sent_by.state
        assert sent_by.ses_message_id in {None, message.ses_message_id}
