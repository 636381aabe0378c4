"""The protocol is safe in every state it can reach, and each of its rules is needed."""

import pytest

from tests.model.protocol import MAX_ATTEMPTS, PROTOCOL, UNSAFE, Recorded, State, explore


def two_letters(state: State) -> bool:
    return state.letters > 1


def test_never_two():
    explored = explore(PROTOCOL, two_letters)
    assert explored.path == ()
    assert explored.states > 1000


@pytest.mark.parametrize("rule", UNSAFE)
def test_without_this_rule_there_are_two(rule):
    path = explore(UNSAFE[rule], two_letters).path
    assert sum("accepted" in step or "again" in step for step in path) >= 2, path


def test_accepted_is_never_called_refused():
    """What SES accepted is never put back, nor given up."""
    explored = explore(
        PROTOCOL, lambda state: any(one.accepted and one.recorded is Recorded.REFUSED for one in state.attempts)
    )
    assert explored.path == ()


def test_what_is_called_accepted_was():
    explored = explore(
        PROTOCOL, lambda state: any(one.recorded is Recorded.ACCEPTED and not one.accepted for one in state.attempts)
    )
    assert explored.path == ()


def test_never_lost():
    """Wherever everything comes to rest, the report is accepted, visibly unknown or returned, or always refused."""
    ends = explore(PROTOCOL, lambda _state: False).ends
    assert ends
    for end in ends:
        recorded = {attempt.recorded for attempt in end.attempts}
        settled = recorded & {Recorded.ACCEPTED, Recorded.UNKNOWN, Recorded.RETURNED}  # the last is an operator's
        assert settled or len(end.attempts) == MAX_ATTEMPTS
        assert Recorded.INTENT not in recorded
