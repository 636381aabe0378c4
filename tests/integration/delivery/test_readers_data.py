"""A reader's data never stops another reader's letter: ten awkward signups of a kind, then a plain one."""

from __future__ import annotations

import json
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa

from worker.boot.worker import boot_worker
from worker.delivery.composer import Composer
from worker.errors import LetterError
from worker.ledger import pauses
from worker.ledger.channels import Channel
from worker.ledger.schema import attempt, report, signup
from worker.ledger.status import conservation
from worker.ledger.timeline import timeline
from worker.settings import load_settings

PLAIN = {"email": "plain@example.com", "role": "ml-engineer"}
TOO_LONG = "a.reader.with.an.alias.that.some.forwarding.service.made.up.for.them{:02}@mail{}.example.com"


def profile(*, tasks: list[str], skills: list[str]) -> dict:
    return {"profile": {"tasks": [{"task": task} for task in tasks], "skills": skills}}


KINDS = {
    "a local part of more than 64 octets": lambda n: {"email": TOO_LONG.format(n, n)},
    "a one-letter top-level domain": lambda n: {"email": f"ada{n}@gmail.c"},
    "a run of more than 40 digits": lambda n: profile(tasks=[f"{n}" * 99], skills=["1" * (41 + n)]),
    "a token of the template's own": lambda n: profile(
        tasks=["jnj0001jnj", f"98761{n:04}%"], skills=["<!--jnj0002jnj-->"]
    ),
}
REFUSED = ("a local part of more than 64 octets", "a one-letter top-level domain")


def payload(n: int, fields: dict) -> dict:
    return {
        "version": 1,
        "signup_id": f"s-{n}",
        "email": f"reader{n}@mail{n}.example.org",
        "role": "ml-engineer",
        **fields,
    }


@pytest.fixture
def services(ledger_url, redis_url, tmp_path):
    environment = {"DATABASE_URL": ledger_url, "WORKER_STATE_DIR": str(tmp_path), "WORKER_OUTBOX_DIR": str(tmp_path)}
    made = boot_worker(load_settings(environment), redis_url)
    yield made
    made.core.ledger.close()


def receive_and_deliver(services, payloads) -> None:
    receipts = [services.core.receiver.receive(json.dumps(one), channel=Channel.QUEUE) for one in payloads]
    for receipt in receipts:
        if receipt.report_id is not None:
            services.deliverer.deliver(receipt.report_id)


def recipients(services) -> list[str]:
    letters = services.core.settings.outbox_dir.rglob("*.eml")
    return sorted(
        message_from_bytes(path.read_bytes(), policy=policy.SMTP)["To"].addresses[0].addr_spec for path in letters
    )


def counts(services) -> tuple[dict[str, int], dict[str, int]]:
    with services.core.ledger.read() as tx:
        assert conservation(tx).holds
        assert pauses.current_pause(tx) is None
        outcomes = dict(tx.execute(sa.select(signup.c.outcome, sa.func.count()).group_by(signup.c.outcome)).all())
        states = dict(tx.execute(sa.select(report.c.state, sa.func.count()).group_by(report.c.state)).all())
    return outcomes, states


@pytest.mark.parametrize("kind", KINDS)
def test_ten_awkward_signups_stop_no_other_letter(services, kind):
    awkward = [payload(n, KINDS[kind](n)) for n in range(10)]
    receive_and_deliver(services, [*awkward, payload(10, PLAIN)])
    if kind in REFUSED:
        assert counts(services) == ({"admitted": 1, "invalid": 10}, {"sent": 1})
        with services.core.ledger.read() as tx:
            problems = tx.execute(sa.select(signup.c.detail).where(signup.c.outcome == "invalid")).scalars().all()
        assert {problem[0] for detail in problems for problem in detail["problems"]} == {"email"}
        assert recipients(services) == ["plain@example.com"]
    else:
        assert counts(services) == ({"admitted": 11}, {"sent": 11})
        assert recipients(services) == sorted(["plain@example.com", *(one["email"] for one in awkward)])


def test_all_kinds_mixed_stop_no_other_letter(services):
    mixed = [payload(10 * at + n, KINDS[kind](n)) for n in range(10) for at, kind in enumerate(KINDS)]
    receive_and_deliver(services, [*mixed[:20], payload(99, PLAIN), *mixed[20:]])
    assert counts(services) == ({"admitted": 21, "invalid": 20}, {"sent": 21})


@pytest.fixture
def no_letter_with(services, monkeypatch):
    """Makes a letter that holds one of some words uncomposable."""

    def refuse(*words: str) -> None:
        compose = Composer._letter

        def refusing(self, subject, role_text, profile, headers, context):
            letter = compose(self, subject, role_text, profile, headers, context)
            if any(word in letter.text for word in words):
                raise LetterError("a word that no letter may hold")
            return letter

        monkeypatch.setattr(Composer, "_letter", refusing)

    return refuse


def test_a_profile_that_no_letter_can_hold_costs_only_the_profile_and_is_recorded(services, no_letter_with):
    no_letter_with("chainsaw")
    awkward = [payload(n, {"profile": {"skills": [f"chainsaw juggling {n}", "Python"]}}) for n in range(10)]
    receive_and_deliver(services, [*awkward, payload(10, PLAIN)])
    assert counts(services) == ({"admitted": 11}, {"sent": 11})
    with services.core.ledger.read() as tx:
        uses = tx.execute(sa.select(attempt.c.profile_use).order_by(attempt.c.report_id)).scalars().all()
        first = tx.execute(sa.select(report.c.recipient_key).order_by(report.c.id).limit(1)).scalar_one()
        steps = [step.detail for step in timeline(tx, first)]
    assert uses == ["catalogue_names"] * 10 + ["full"]
    assert any(detail.get("profile_use") == "catalogue_names" for detail in steps)


def test_an_address_that_no_letter_can_be_addressed_to_is_quarantined_and_pauses_nothing(services):
    """As a ledger may hold one from before intake refused it."""
    receipts = [services.core.receiver.receive(payload(n, {}), channel=Channel.QUEUE) for n in range(10)]
    with services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(address=TOO_LONG.format(0, 0)))
    for receipt in receipts:
        services.deliverer.deliver(receipt.report_id)
    receive_and_deliver(services, [payload(10, PLAIN)])
    assert counts(services)[1] == {"quarantined": 10, "sent": 1}
    with services.core.ledger.read() as tx:
        assert set(tx.execute(sa.select(report.c.reason).where(report.c.state == "quarantined")).scalars()) == {
            "reader_data"
        }


def test_ten_letters_that_fail_for_anybody_pause_sending(services, no_letter_with):
    no_letter_with("exposure")
    receive_and_deliver(services, [payload(n, {}) for n in range(10)])
    with services.core.ledger.read() as tx:
        assert set(tx.execute(sa.select(report.c.state, report.c.reason)).all()) == {("quarantined", "letter")}
        assert pauses.current_pause(tx) is not None


def test_data_that_stops_its_own_reader_does_not_hide_a_bad_deploy(services, no_letter_with):
    """Nine letters that fail for anybody and one that fails for its address are not ten."""
    receipts = [services.core.receiver.receive(payload(n, {}), channel=Channel.QUEUE) for n in range(11)]
    with services.core.ledger.write() as tx:
        tx.execute(sa.update(report).where(report.c.id == receipts[4].report_id).values(address="ada@gmail.c"))
    services.deliverer.deliver(receipts[4].report_id)
    no_letter_with("exposure")
    for receipt in receipts[:4] + receipts[5:10]:
        services.deliverer.deliver(receipt.report_id)
    with services.core.ledger.read() as tx:
        assert pauses.current_pause(tx) is None
    services.deliverer.deliver(receipts[10].report_id)
    with services.core.ledger.read() as tx:
        assert pauses.current_pause(tx) is not None
