"""SES in a simulation: it knows what it accepted, refuses signatures that are too old, and sends events when it likes.

What it accepted is the truth that the ledger is compared with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.world import World, short
from worker.ledger.signing_fence import SIGNING_FENCE_S

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S

# What becomes of an accepted letter: the events about it, each with the seconds after which it happens.
FATES: dict[str, tuple[tuple[str, float], ...]] = {
    "arrives": (("Send", 0.0), ("Delivery", 2.0)),
    "arrives, nothing is reported": (),
    "arrives, late": (("Send", 0.0), ("DeliveryDelay", 600.0), ("Delivery", 5000.0)),
    "arrives, its reader is away": (("Send", 0.0), ("Delivery", 2.0), ("Bounce Transient/General", 5.0)),
    "arrives, a copy that was passed on bounces": (("Delivery", 2.0), ("Bounce Transient/MailboxFull", 60.0)),
    "arrives, its reader complains": (("Delivery", 2.0), ("Complaint", 500.0)),
    "comes back, the mailbox is full": (("Send", 0.0), ("Bounce Transient/MailboxFull", 50.0)),
    "comes back, there is no such mailbox": (("Send", 0.0), ("Bounce Permanent/General", 50.0)),
    "comes back, and arrives after all": (("Bounce Transient/ContentRejected", 50.0), ("Delivery", 24.9 * HOUR_S)),
    "is rejected": (("Send", 0.0), ("Reject", 1.0)),
}
_WEIGHTS = {name: 4.0 if name == "arrives" else 1.0 for name in FATES}
LATE_S = {0.0: 6.0, 60.0: 2.0, HOUR_S: 1.0, 2 * DAY_S: 0.7}
"""How late an event may come, in seconds, and how likely that is."""


@dataclass(frozen=True, slots=True)
class Request:
    """One signed request to send a letter."""

    attempt_id: str
    recipient: str
    signed_at: datetime


@dataclass(slots=True)
class Letter:
    """One letter that SES accepted."""

    number: int
    request: Request
    fate: str

    @property
    def message_id(self) -> str:
        """SES's id of it."""
        return f"ses-{self.number}"


@dataclass(frozen=True, slots=True)
class Event:
    """One event about a letter, and from when SES sends it."""

    kind: str
    letter: Letter
    happened_at: datetime
    due_s: float

    def text(self) -> str:
        """Its JSON, as SES publishes it."""
        name, _, words = self.kind.partition(" ")
        kind, _, subtype = words.partition("/")
        details: dict[str, object] = {"timestamp": self.happened_at.isoformat()}
        if name == "Bounce":
            details |= {"bounceType": kind, "bounceSubType": subtype, "feedbackId": f"{self.letter.number}-bounce"}
        if name == "Complaint":
            details |= {"complaintFeedbackType": "abuse", "feedbackId": f"{self.letter.number}-complaint"}
        mail = {
            "timestamp": self.happened_at.isoformat(),
            "messageId": self.letter.message_id,
            "destination": [self.letter.request.recipient],
            "tags": {"attempt": [self.letter.request.attempt_id]},
        }
        key = "deliveryDelay" if name == "DeliveryDelay" else name.lower()
        return json.dumps({"eventType": name, "mail": mail, key: details})


@dataclass(slots=True)
class Ses:
    """SES. `letters` is the truth; `under_way` are requests that arrive after their sender gave up."""

    world: World
    letters: list[Letter] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    under_way: list[tuple[float, Request]] = field(default_factory=list)

    def arrive(self, request: Request) -> Letter | None:
        """A request arrives; returns the accepted letter, or None where its signature is too old."""
        age = self.world.clock.now() - request.signed_at
        if age >= timedelta(seconds=SIGNING_FENCE_S):
            self.world.note(f"refuses {short(request.attempt_id)}, its signature is too old", who="SES")
            return None
        letter = Letter(len(self.letters) + 1, request, self.world.pick("letter", _WEIGHTS, moody=True))
        self.letters.append(letter)
        self.world.note(f"accepts {short(request.attempt_id)} for {request.recipient}; it {letter.fate}", who="SES")
        for kind, after_s in FATES[letter.fate]:
            self._publish(kind, letter, after_s)
        return letter

    def send_later(self, request: Request, after_s: float) -> None:
        """A request is under way, and nobody waits for its answer."""
        self.under_way.append((self.world.clock.seconds + after_s, request))

    def next_arrival(self) -> float | None:
        """When the next request that is under way arrives."""
        return min((at for at, _request in self.under_way), default=None)

    def arrive_due(self) -> None:
        """Let what is due now arrive."""
        now = self.world.clock.seconds
        due = [each for each in self.under_way if each[0] <= now]
        self.under_way = [each for each in self.under_way if each[0] > now]
        for _at, request in due:
            self.world.note(f"{short(request.attempt_id)} arrives late", who="SES")
            self.arrive(request)

    def due_events(self) -> list[Event]:
        """The events that may be sent now, in the order in which they happened."""
        return [event for event in self.events if event.due_s <= self.world.clock.seconds]

    def accepted(self, attempt_id: str) -> bool:
        """Whether a letter of this attempt was accepted: what a look at SES's own log shows."""
        return any(letter.request.attempt_id == attempt_id for letter in self.letters)

    def _publish(self, kind: str, letter: Letter, after_s: float) -> None:
        times = self.world.pick("event", {"once": 8.0, "twice": 2.0, "never": 1.5}, moody=True)
        if times != "once":
            self.world.faults[f"event: {times}"] += 1
        late_s = self.world.seconds("event is late", LATE_S)
        happened = self.world.clock.after(after_s)
        event = Event(kind, letter, happened, self.world.clock.seconds + after_s + late_s)
        self.events += [event] * {"once": 1, "twice": 2, "never": 0}[times]
