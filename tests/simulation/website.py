"""The website, which signs people up and says a signup again until it hears that it was received; and its people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.world import World
from worker.intake.receive import Receipt
from worker.ledger.channels import Channel
from worker.privacy.queued_signups import Withdrawn

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "ada": ("ada@example.com", "Ada@Example.com"),
    "ben": ("ben@gmail.com", "b.e.n+news@gmail.com"),
    "cleo": ("cleo@example.org",),
}
"""The people, and how they spell their addresses."""
_ROLES = {"ML Engineer": 6.0, "accountant": 2.0, "student": 1.0}
_CHANNELS = {str(Channel.SERVER): 3.0, str(Channel.BROWSER): 2.0, str(Channel.QUEUE): 3.0}


def person_of(address: str) -> str:
    """Whose address this is."""
    return next(name for name, spellings in PEOPLE.items() if address.lower() in map(str.lower, spellings))


@dataclass(frozen=True, slots=True)
class Signup:
    """One signup, as the website sends it."""

    number: int
    person: str
    channel: Channel
    payload: Mapping[str, Any]


@dataclass(slots=True)
class Website:
    """`unheard` are signups whose receipt it has not heard, `queued` those that wait on the queue.

    `taken` are those that a worker has taken from the queue.
    """

    world: World
    signups: list[Signup] = field(default_factory=list)
    unheard: list[Signup] = field(default_factory=list)
    queued: list[Signup] = field(default_factory=list)
    taken: list[Signup] = field(default_factory=list)
    receipts: dict[int, Receipt] = field(default_factory=dict)

    def sign_up(self, person: str, role: str | None = None) -> Signup:
        """Somebody fills in the form."""
        pick, spellings = self.world.pick, PEOPLE[person]
        number = len(self.signups) + 1
        payload = {
            "version": 1,
            "signup_id": f"signup-{number}",
            "email": pick("spelling", dict.fromkeys(spellings, 1.0)),
            "role": role or pick("role", _ROLES),
            "source": {"page": "/outlook/ml-engineer", "ip": "203.0.113.7"},
        }
        signup = Signup(number, person, Channel(pick("channel", _CHANNELS)), payload)
        self.signups.append(signup)
        (self.queued if signup.channel is Channel.QUEUE else self.unheard).append(signup)
        return signup

    def take(self, signup: Signup) -> None:
        """A worker takes a signup from the queue."""
        self.queued.remove(signup)
        self.taken.append(signup)

    def put_back(self, signup: Signup) -> None:
        """That worker did not receive it."""
        self.taken.remove(signup)
        self.queued.append(signup)

    def withdraw(self, person: str) -> Withdrawn:
        """Erasure withdraws what waits on the queue."""
        waiting = [signup for signup in self.queued if signup.person == person]
        self.queued = [signup for signup in self.queued if signup.person != person]
        return Withdrawn(len(waiting), sum(signup.person == person for signup in self.taken))

    def hear(self, signup: Signup, receipt: Receipt, *, losses: int) -> None:
        """A signup was received. `losses` of the world had happened when it was sent: a later one may have its row."""
        if losses == self.world.losses:
            self.receipts[signup.number] = receipt
        for waiting in (self.unheard, self.taken):
            if signup in waiting:
                waiting.remove(signup)
        state = f"signup {signup.number} of {signup.person}: {receipt.outcome}"
        reason = f" ({receipt.reason})" if receipt.reason else ""
        self.world.note(f"{state}{reason}{', again' if receipt.repeated else ''}")
