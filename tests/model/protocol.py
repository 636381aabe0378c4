"""Our send protocol as a small machine, small enough to visit every state it can ever be in.

One report, two workers, at most three attempts, and a world that may do its worst at any moment: kill a worker, delay
its POST, lose an answer or an event, expire a lease. What the product does is `PROTOCOL`; each of `UNSAFE` differs from
it in one rule, and shows what that rule is for. A state is a value; `steps` gives all that can happen next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

MAX_ATTEMPTS = 3
WORKERS = 2


class Recorded(StrEnum):
    """What the ledger says of an attempt."""

    INTENT = "intent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REPLAYED = "returned, and replayed"
    REFUSED = "refused"
    VOIDED = "voided"


RECORDED_AS_ACCEPTED = {Recorded.ACCEPTED, Recorded.RETURNED, Recorded.REPLAYED}
LIVE = {Recorded.INTENT, Recorded.UNKNOWN, Recorded.ACCEPTED}


class Doing(StrEnum):
    """What a worker is about to do with its attempt. Between any two of these it may be killed, or frozen for long."""

    INTEND = "intend"  # claimed; the intent is not committed yet
    MARK = "mark"  # the intent is committed; the request is signed
    POST = "post"  # the attempt is marked in Redis
    AWAIT = "await"  # posted; the answer is on its way
    RECORD_ACCEPTED = "record accepted"
    RECORD_REFUSED = "record refused"
    RECORD_UNKNOWN = "record unknown"


class Fate(StrEnum):
    """Where an accepted letter is."""

    UNDER_WAY = "under way"
    ARRIVED = "arrived"
    CAME_BACK = "came back"


class Bounce(StrEnum):
    """What a bounce says: a failure of this letter, or that its reader is away."""

    FAILURE = "failure"
    OUT_OF_OFFICE = "out of office"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: what the ledger says, and what is so."""

    recorded: Recorded
    accepted: int = 0  # times SES accepted it: the truth
    known: bool = True  # the ledger has it: it has not lost its commit
    too_old: bool = False  # AWS would refuse its signature by now
    event: str = "none"  # SES's event: none, under way, lost or seen
    fate: Fate = Fate.UNDER_WAY  # of the letter: the truth
    bounce: Bounce | None = None  # what SES reported
    delivery_seen: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker with the report in its hands."""

    doing: Doing
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The whole world."""

    attempts: tuple[Attempt, ...] = ()
    workers: tuple[Worker | None, ...] = (None,) * WORKERS
    mark: int | None = None  # the attempt that Redis has seen last
    lost_commits: bool = False  # once is enough

    @property
    def known(self) -> list[Attempt]:
        """The attempts that the ledger has."""
        return [attempt for attempt in self.attempts if attempt.known]

    @property
    def letters(self) -> int:
        """How many letters the reader gets."""
        return sum(attempt.accepted for attempt in self.attempts if attempt.fate is not Fate.CAME_BACK)

    def with_attempt(self, number: int, **changes: object) -> State:
        """This state but for one attempt."""
        changed = replace(self.attempts[number], **changes)  # type: ignore[arg-type]
        return replace(self, attempts=(*self.attempts[:number], changed, *self.attempts[number + 1 :]))

    def with_worker(self, number: int, worker: Worker | None) -> State:
        """This state but for what one worker does."""
        return replace(self, workers=(*self.workers[:number], worker, *self.workers[number + 1 :]))


@dataclass(frozen=True, slots=True)
class Protocol:
    """The rules that keep one letter one. The defaults are the product's."""

    one_live_attempt: bool = True  # the partial unique index
    intent_before_post: bool = True
    posts_per_attempt: int = 1  # botocore's retries are off
    only_its_maker_posts_an_intent: bool = True
    unknown_stays: bool = True  # without evidence nobody sends again
    person_waits_for_fence: bool = True  # "assumed unsent" only once AWS would refuse the signature as too old
    accepted_can_be_forgotten: bool = False  # an old backup is restored, and sending goes on
    operator_replays_unknown: bool = False
    witness: bool = True  # Redis sees each attempt before its POST
    witness_checks_its_own: bool = True  # and an attempt that finds another marked is looked for in the ledger too
    installation_pinned: bool = True  # no process of another key or another Redis takes part
    out_of_office_is_a_failure: bool = False
    delivery_overrules_bounce: bool = True  # no letter is returned whose delivery was reported
    late_delivery_closes: bool = True  # a delivery reported after that makes it sent again, and ends a replay


PROTOCOL = Protocol()

UNSAFE: dict[str, Protocol] = {
    "the index is dropped": Protocol(one_live_attempt=False),
    "sent first, recorded afterwards": Protocol(intent_before_post=False, one_live_attempt=False, witness=False),
    "botocore retries by itself": Protocol(posts_per_attempt=2),
    "another worker takes up a stale intent": Protocol(only_its_maker_posts_an_intent=False),
    "an unknown send is tried again": Protocol(unknown_stays=False),
    "an operator replays an unknown send blindly": Protocol(operator_replays_unknown=True),
    "a person does not wait for the signing fence": Protocol(person_waits_for_fence=False),
    "an old backup is restored and sending goes on": Protocol(accepted_can_be_forgotten=True),
    "the ledger loses commits and there is no witness": Protocol(witness=False),
    "an attempt that was lost before its mark is posted": Protocol(witness_checks_its_own=False),
    "the identity key changes": Protocol(installation_pinned=False),
    "an out-of-office reply counts as a failure": Protocol(
        out_of_office_is_a_failure=True, delivery_overrules_bounce=False
    ),
    "a bounce after a delivery returns the letter": Protocol(delivery_overrules_bounce=False),
    "a delivery that comes late is ignored": Protocol(late_delivery_closes=False),
}


def steps(protocol: Protocol, state: State) -> Iterator[tuple[str, State]]:
    """Everything that can happen next, by name."""
    for number, worker in enumerate(state.workers):
        if worker is None:
            yield from _beginnings(protocol, state, number)
        else:
            yield f"worker {number} is killed", state.with_worker(number, None)
            if worker.doing is Doing.MARK:
                yield _mark(protocol, state, number, worker)
            else:
                yield from _work(protocol, state, number, worker)
    yield from _losses(protocol, state)
    for number, attempt in enumerate(state.attempts):
        yield from _time_and_evidence(protocol, state, number, attempt)
        yield from _way_of_the_letter(protocol, state, number, attempt)


def _beginnings(protocol: Protocol, state: State, number: int) -> Iterator[tuple[str, State]]:
    settled = any(attempt.recorded in LIVE | {Recorded.RETURNED} for attempt in state.known)
    if len(state.attempts) < MAX_ATTEMPTS and not settled:
        # Two workers may hold the report at once: the claim of the first has run out, and it does not know yet.
        yield f"worker {number} claims", state.with_worker(number, Worker(Doing.INTEND))
    if not protocol.only_its_maker_posts_an_intent:
        for index, attempt in enumerate(state.attempts):
            if attempt.recorded is Recorded.INTENT:
                yield f"worker {number} takes up intent {index}", state.with_worker(number, Worker(Doing.POST, index))


def _losses(protocol: Protocol, state: State) -> Iterator[tuple[str, State]]:
    """The ledger goes back: it does not know the attempts from one on, or, under another key, any."""
    if state.lost_commits or not state.attempts:
        return
    for first in range(len(state.attempts)):
        lost = tuple(replace(each, known=each.known and i < first) for i, each in enumerate(state.attempts))
        yield f"the ledger loses the commits from attempt {first} on", replace(state, attempts=lost, lost_commits=True)
    if not protocol.installation_pinned:  # everybody is a new person, and no mark is found either
        forgotten = tuple(replace(each, known=False) for each in state.attempts)
        yield "another identity key is set", replace(state, attempts=forgotten, lost_commits=True, mark=None)


def _mark(protocol: Protocol, state: State, number: int, worker: Worker) -> tuple[str, State]:
    """What `worker.delivery.witness` does. A lost attempt that it finds is taken up: unknown, or what an event said."""
    index, before = worker.attempt, state.mark
    assert index is not None
    if protocol.witness and before is not None and before != index:
        if not state.attempts[before].known:
            return f"worker {number} finds attempt {before} lost", _take_up(state, number, index, before)
        own = state.attempts[index]
        if protocol.witness_checks_its_own and not (own.known and own.recorded in LIVE):
            return f"worker {number} finds its own attempt lost or settled", state.with_worker(number, None)
    marked = replace(state, mark=index) if protocol.witness else state
    return f"worker {number} marks attempt {index}", marked.with_worker(number, Worker(Doing.POST, index))


def _take_up(state: State, number: int, index: int, lost: int) -> State:
    """Nothing is posted. While another attempt is live the lost one stays lost, and its mark is there for that one."""
    state = state.with_worker(number, None)
    if state.attempts[index].recorded in {Recorded.INTENT, Recorded.UNKNOWN}:
        state = state.with_attempt(index, recorded=Recorded.REFUSED)
    if any(attempt.recorded in LIVE | {Recorded.RETURNED} for attempt in state.known):
        return state
    seen = state.attempts[lost].event == "seen"
    return state.with_attempt(lost, known=True, recorded=Recorded.ACCEPTED if seen else Recorded.UNKNOWN)


def _work(protocol: Protocol, state: State, number: int, worker: Worker) -> Iterator[tuple[str, State]]:
    if worker.doing is Doing.INTEND:
        yield from _intend(protocol, state, number)
        return
    assert worker.attempt is not None
    index, attempt = worker.attempt, state.attempts[worker.attempt]

    def then(doing: Doing | None, **changes: object) -> State:
        return state.with_attempt(index, **changes).with_worker(number, None if doing is None else Worker(doing, index))

    if worker.doing is Doing.POST:
        if attempt.too_old:
            yield f"worker {number} posts too late", then(Doing.RECORD_REFUSED)
        else:
            yield (
                f"worker {number} posts, accepted",
                then(Doing.AWAIT, accepted=attempt.accepted + 1, event="under way"),
            )
            yield f"worker {number} posts, refused", then(Doing.RECORD_REFUSED)
    elif worker.doing is Doing.AWAIT:
        yield f"worker {number} hears yes", then(Doing.RECORD_ACCEPTED)
        yield f"worker {number} hears nothing", then(Doing.RECORD_UNKNOWN)
        if attempt.accepted < protocol.posts_per_attempt:
            yield f"botocore of worker {number} posts again", then(Doing.AWAIT, accepted=attempt.accepted + 1)
    elif not attempt.known:
        yield f"worker {number} finds no attempt to record", then(None)  # a yes stays on the spool
    elif worker.doing is Doing.RECORD_ACCEPTED:
        settled_before = attempt.recorded in RECORDED_AS_ACCEPTED
        yield (
            f"worker {number} records accepted",
            then(None, **({} if settled_before else {"recorded": Recorded.ACCEPTED})),
        )
    elif worker.doing is Doing.RECORD_REFUSED:
        open_still = attempt.recorded in {Recorded.INTENT, Recorded.UNKNOWN}
        yield f"worker {number} records refused", then(None, **({"recorded": Recorded.REFUSED} if open_still else {}))
    else:
        intent_still = attempt.recorded is Recorded.INTENT
        yield f"worker {number} records unknown", then(None, **({"recorded": Recorded.UNKNOWN} if intent_still else {}))


def _intend(protocol: Protocol, state: State, number: int) -> Iterator[tuple[str, State]]:
    if len(state.attempts) == MAX_ATTEMPTS:
        return
    live = protocol.one_live_attempt and any(attempt.recorded in LIVE for attempt in state.known)
    if live or any(attempt.recorded is Recorded.RETURNED for attempt in state.known):
        yield f"worker {number} has lost its claim", state.with_worker(number, None)
        return
    recorded = Recorded.INTENT if protocol.intent_before_post else Recorded.REFUSED  # not recorded: not in the way
    added = replace(state, attempts=(*state.attempts, Attempt(recorded)))
    yield f"worker {number} intends", added.with_worker(number, Worker(Doing.MARK, len(state.attempts)))


def _time_and_evidence(protocol: Protocol, state: State, number: int, attempt: Attempt) -> Iterator[tuple[str, State]]:
    if not attempt.too_old:
        yield f"the signature of attempt {number} grows too old", state.with_attempt(number, too_old=True)
    if not attempt.known:
        if attempt.event == "under way":
            yield f"the event of attempt {number} matches nothing", state.with_attempt(number, event="seen")
        return
    if attempt.recorded is Recorded.INTENT:
        yield f"the lease of attempt {number} ends", state.with_attempt(number, recorded=Recorded.UNKNOWN)
    if attempt.event == "under way":
        yield f"the event of attempt {number} is lost", state.with_attempt(number, event="lost")
        settled = {Recorded.REFUSED, Recorded.RETURNED, Recorded.REPLAYED}
        settles = {} if attempt.recorded in settled else {"recorded": Recorded.ACCEPTED}
        yield f"the event of attempt {number} comes", state.with_attempt(number, event="seen", **settles)
    voided = state.with_attempt(number, recorded=Recorded.VOIDED)
    right = attempt.recorded is Recorded.UNKNOWN and not attempt.accepted  # now: can it still become wrong?
    if right and (attempt.too_old or not protocol.person_waits_for_fence):
        yield f"a person rightly assumes attempt {number} unsent", voided
    if attempt.recorded is Recorded.UNKNOWN and not protocol.unknown_stays:
        yield f"the sweep sends attempt {number} again", voided
    if attempt.recorded is Recorded.UNKNOWN and protocol.operator_replays_unknown:
        yield f"an operator replays attempt {number}", voided
    if attempt.recorded is Recorded.ACCEPTED and protocol.accepted_can_be_forgotten:
        yield f"a backup forgets attempt {number}", voided


def _way_of_the_letter(protocol: Protocol, state: State, number: int, attempt: Attempt) -> Iterator[tuple[str, State]]:
    """What happens to an accepted letter, what SES reports of it, and what follows. Only the first letter's way."""
    if number or not attempt.known or attempt.accepted != 1 or attempt.recorded not in RECORDED_AS_ACCEPTED:
        return

    def then(**changes: object) -> State:
        return state.with_attempt(number, **changes)

    if attempt.fate is Fate.UNDER_WAY:
        yield "the letter arrives", then(fate=Fate.ARRIVED)
        yield "the letter comes back", then(fate=Fate.CAME_BACK, bounce=Bounce.FAILURE)
    elif attempt.fate is Fate.CAME_BACK and attempt.recorded is not Recorded.REPLAYED:
        # Later than the replay nothing helps: that is what an operator answers for.
        yield "the letter arrives after all", then(fate=Fate.ARRIVED)
    elif attempt.fate is Fate.ARRIVED:
        if attempt.bounce is None:
            yield "its reader is away", then(bounce=Bounce.OUT_OF_OFFICE)
            yield "a forwarded copy bounces", then(bounce=Bounce.FAILURE)
        if not attempt.delivery_seen:
            yield "the delivery is reported", _delivered(protocol, state, number, attempt)
    believed = attempt.bounce is Bounce.FAILURE or (attempt.bounce and protocol.out_of_office_is_a_failure)
    overruled = protocol.delivery_overrules_bounce and attempt.delivery_seen
    if believed and not overruled and attempt.recorded is Recorded.ACCEPTED:
        yield "a day after the bounce it is returned", then(recorded=Recorded.RETURNED)
    # A replay is wrong if the letter arrived. Nobody can know that before the delivery is reported; after it, the
    # ledger must not offer the replay any more.
    known = attempt.fate is Fate.CAME_BACK or attempt.delivery_seen
    if attempt.recorded is Recorded.RETURNED and known:
        yield "an operator replays it", then(recorded=Recorded.REPLAYED)


def _delivered(protocol: Protocol, state: State, number: int, attempt: Attempt) -> State:
    live = any(other.recorded in LIVE for other in state.attempts)
    closes = attempt.recorded in {Recorded.RETURNED, Recorded.REPLAYED} and protocol.late_delivery_closes and not live
    settled = {"recorded": Recorded.ACCEPTED} if closes else {}
    return state.with_attempt(number, delivery_seen=True, **settled)


@dataclass(frozen=True, slots=True)
class Exploration:
    """All states that can be reached. `path` leads to one that `wrong` holds for; empty where there is none."""

    states: int
    path: tuple[str, ...]
    ends: frozenset[State]


def explore(protocol: Protocol, wrong: Callable[[State], bool]) -> Exploration:
    """Visit every reachable state, the nearest first."""
    start = State()
    came_from: dict[State, tuple[State, str] | None] = {start: None}
    waiting = deque([start])
    ends: set[State] = set()
    while waiting:
        state = waiting.popleft()
        if wrong(state):
            return Exploration(len(came_from), _path(came_from, state), frozenset(ends))
        following = list(steps(protocol, state))
        if not following:
            ends.add(state)
        for name, after in following:
            if after not in came_from:
                came_from[after] = (state, name)
                waiting.append(after)
    return Exploration(len(came_from), (), frozenset(ends))


def _path(came_from: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    names = []
    while (step := came_from[state]) is not None:
        state, name = step
        names.append(name)
    return tuple(reversed(names))
