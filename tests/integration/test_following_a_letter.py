"""One grep follows a letter: the log lines of a signup, its report, its attempts and SES's events share ids."""

import json

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation, signup
from tests.parts.ses_behaviour import REJECTED
from tests.parts.ses_events import event
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger.channels import Channel
from worker.ledger.schema import attempt
from worker.logs import configure_logs
from worker.setting_types import LogFormat


@pytest.fixture
def installation(sqlite_ledger_url, redis_url, ses, tmp_path):
    opened = Installation(tmp_path, database_url=sqlite_ledger_url, redis_url=redis_url, ses=ses)
    yield opened
    opened.close()


def lines(capsys):
    """The lines so far that are about one letter, as (event, report, attempt, SES's id)."""
    written = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    return [line for line in written if {"report_id", "attempt"} & line.keys()]


def ids(line):
    return line["event"], line.get("report_id"), line.get("attempt"), line.get("ses_message_id")


def test_the_lines_of_a_letter_share_its_ids(installation, capsys):
    configure_logs("INFO", LogFormat.JSON)
    services = installation.services
    services.core.receiver.receive(signup("another"), channel=Channel.SERVER)
    receipt = services.core.receiver.receive(signup("ada"), channel=Channel.SERVER)
    services.deliverer.deliver(receipt.report_id)
    with services.core.ledger.read() as tx:
        sent = tx.execute(sa.select(attempt)).one()
    recorder = FeedbackRecorder(services.core.ledger)
    recorder.take(event("Delivery", attempt=sent.id, message=sent.ses_message_id))
    recorder.take(event("Bounce", message=sent.ses_message_id))
    services.deliverer.deliver(receipt.report_id)

    _, received, *rest = lines(capsys)
    assert (received["event"], received["report_id"]) == ("signup received", receipt.report_id)
    assert received["signup"] == receipt.signup_row
    assert received["signup_key"] == services.core.identity.signup_key(signup("ada")["signup_id"])
    whole = (receipt.report_id, sent.id, sent.ses_message_id)
    assert list(map(ids, rest)) == [
        ("delivery", *whole),
        ("feedback", *whole),
        ("feedback", *whole),
        ("delivery", receipt.report_id, None, None),  # there was nothing to send any more
    ]


def test_what_goes_wrong_bears_the_same_ids(installation, ses, capsys):
    configure_logs("INFO", LogFormat.JSON)
    services = installation.services
    receipt = services.core.receiver.receive(signup("ada"), channel=Channel.SERVER)
    ses.script.queue.append(REJECTED)
    services.deliverer.deliver(receipt.report_id)
    with services.core.ledger.read() as tx:
        refused = tx.execute(sa.select(attempt)).one()
    assert [ids(line)[:3] for line in lines(capsys)] == [
        ("signup received", receipt.report_id, None),
        ("attempt not accepted", receipt.report_id, refused.id),
        ("delivery", receipt.report_id, refused.id),
    ]
