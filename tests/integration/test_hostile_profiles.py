"""Admitted means sendable: whatever strangers write, each admitted signup becomes a letter, and nobody waits for it."""

from __future__ import annotations

import random
import re
from collections import Counter
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from tests.faults.installation import Installation, signup
from tests.faults.promise import assert_promise_kept
from tests.parts.hostile_profiles import hostile_signup
from tests.parts.waiting import wait_for
from tests.ses_server import AcceptedMessage, SesServer
from worker.ledger.schema import attempt, audit, report
from worker.ledger.schema import signup as signups
from worker.ledger.status import conservation

EVERY = 100
"""After so many hostile signups comes an honest one."""
UNHURRIED = {"WORKER_CLAIM_LEASE_S": "120", "WORKER_SES_READ_TIMEOUT_S": "60", "WORKER_SES_CONNECT_TIMEOUT_S": "10"}
"""No lease and no deadline runs out however slow this machine is: nothing but data may stop a letter."""
PATIENCE_S = 3600
"""For thousands of letters on a machine that does something else too."""

OUR_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "h2", "h3", "p", "span", "a",
    "b", "br", "ul", "ol", "li",
}  # fmt: skip
STRANGERS = re.compile(r"evil|prize-desk|goo\.gl")


@pytest.fixture
def installation(request, redis_url, tmp_path, monkeypatch):
    url = request.getfixturevalue(f"{request.param}_ledger_url")
    with SesServer(log=tmp_path / "ses.jsonl") as ses:
        for name, value in ses.environment.items():
            monkeypatch.setenv(name, value)
        made = Installation(tmp_path, database_url=url, redis_url=redis_url, ses=ses, settings=UNHURRIED)
        yield made
        made.close()


@pytest.mark.parametrize(
    ("installation", "number", "seed"),
    [
        ("sqlite", 100, 20261129),
        pytest.param("sqlite", 2000, 1, marks=pytest.mark.long),
        pytest.param("postgres", 2000, 2, marks=pytest.mark.long),
    ],
    indirect=["installation"],
)
def test_every_admitted_signup_is_a_letter_and_nothing_pauses_sending(installation, number, seed):
    chance = random.Random(seed)
    enqueue = installation.services.core.queue.enqueue_signup
    installation.start(threads=4)
    honest = []
    for at in range(number):
        enqueue(hostile_signup(chance, at))
        if at % EVERY == EVERY - 1:
            honest.append(f"honest{at}")
            enqueue(signup(honest[-1]))
    wait_for(lambda: received(installation) == number + len(honest), "received", timeout_s=PATIENCE_S)
    installation.settle(timeout_s=PATIENCE_S)

    accepted = installation.ses.accepted
    ledger = installation.services.core.ledger
    with ledger.read() as tx:
        outcomes = +Counter(conservation(tx).outcomes)
        states = Counter(tx.execute(sa.select(report.c.state)).scalars())
        uses = Counter(tx.execute(sa.select(attempt.c.profile_use)).scalars())
        pauses = tx.execute(sa.select(audit.c.reason).where(audit.c.action == "pause")).scalars().all()
    assert_promise_kept(ledger, accepted, signups=number + len(honest))
    assert outcomes.keys() == {"admitted", "unknown_role", "invalid"}
    assert states == {"sent": outcomes["admitted"]}
    assert uses == {"full": outcomes["admitted"]}, "a letter left something of its profile out"
    assert len(accepted) == outcomes["admitted"] > number / 2
    assert pauses == []
    assert {f"{name}@example.com" for name in honest} <= {message.destination for message in accepted}
    for message in accepted:
        assert_is_a_letter(message)


def received(installation: Installation) -> int:
    with installation.services.core.ledger.read() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(signups)).scalar_one())


def assert_is_a_letter(message: AcceptedMessage) -> None:
    """As a mail program takes it: to one reader, two parts, no header, tag or link of a stranger's making."""
    assert message.raw is not None
    letter = message_from_bytes(message.raw, policy=policy.SMTP)
    assert [to.addr_spec for to in letter["To"].addresses] == [message.destination]
    assert {"Bcc", "Cc"}.isdisjoint(letter.keys())
    parts = list(letter.walk())
    assert [part.get_content_type() for part in parts] == ["multipart/alternative", "text/plain", "text/html"]
    assert not [defect for part in parts for defect in part.defects]
    found = Tags()
    found.feed(parts[2].get_content())
    assert found.tags <= OUR_TAGS
    assert not [link for link in found.links if not link.startswith("https://") or STRANGERS.search(link)]


class Tags(HTMLParser):
    """The tags of a page, and where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag and its attributes."""
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]
