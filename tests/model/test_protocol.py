"""The protocol is safe in every state it can reach, and each of its rules is needed."""

import pytest

from tests.model.protocol import MAX_ATTEMPTS, PROTOCOL, UNSAFE, Exploration, Recorded, State, explore


def two_letters(state: State) -> bool:
    return state.letters > 1


def accepted_and_called_refused(state: State) -> bool:
    return any(attempt.accepted and attempt.recorded is Recorded.REFUSED for attempt in state.attempts)


def called_accepted_and_not(state: State) -> bool:
    return any(attempt.recorded is Recorded.ACCEPTED and not attempt.accepted for attempt in state.attempts)


WRONG = {
    "two letters": two_letters,
    "what SES accepted is put back or given up": accepted_and_called_refused,
    "what is called accepted was not": called_accepted_and_not,
}


@pytest.fixture(scope="module")
def explored() -> Exploration:
    """Every state, looked at once for all that must never be."""
    return explore(PROTOCOL, lambda state: any(wrong(state) for wrong in WRONG.values()))


def test_never_two(explored: Exploration) -> None:
    """Nor accepted and called refused, nor called accepted and not."""
    assert explored.path == ()
    assert explored.states > 1000


@pytest.mark.parametrize("rule", UNSAFE)
def test_without_this_rule_there_are_two(rule: str) -> None:
    path = explore(UNSAFE[rule], two_letters).path
    assert sum("accepted" in step or "again" in step for step in path) >= 2, path


def test_never_lost(explored: Exploration) -> None:
    """Wherever everything comes to rest, the report is accepted, visibly unknown or returned, or always refused."""
    assert explored.ends
    for end in explored.ends:
        recorded = {attempt.recorded for attempt in end.known}
        settled = recorded & {Recorded.ACCEPTED, Recorded.UNKNOWN, Recorded.RETURNED}  # the last is an operator's
        assert settled or len(end.attempts) == MAX_ATTEMPTS
        assert Recorded.INTENT not in recorded
