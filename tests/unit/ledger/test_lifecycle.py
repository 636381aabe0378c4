"""The table is total, and it promises what the protocol promises."""

import itertools

import pytest

from worker.ledger.lifecycle import TABLE, ReportState, Transition, next_state

TERMINAL = {ReportState.SENT, ReportState.RETURNED, ReportState.FAILED, ReportState.QUARANTINED, ReportState.CANCELLED}


def test_every_transition_has_a_row_and_every_pair_an_answer():
    assert set(TABLE) == set(Transition)
    for state, transition in itertools.product(ReportState, Transition):
        reached = next_state(state, transition)
        assert reached is None or isinstance(reached, ReportState)


def test_only_an_intent_leads_to_sending_and_only_from_a_claim():
    to_sending = [(edge.leaves, transition) for transition, edge in TABLE.items() if edge.to is ReportState.SENDING]
    assert to_sending == [((ReportState.CLAIMED,), Transition.INTEND)]


def test_only_a_person_or_a_definite_answer_leads_out_of_unknown():
    out = {transition for transition, edge in TABLE.items() if ReportState.UNKNOWN in edge.leaves}
    assert out == {Transition.ACCEPT, Transition.REFUSE, Transition.FAIL, Transition.ASSUME_UNSENT}


def test_only_a_letter_that_came_back_or_never_left_the_machine_leaves_sent():
    out = {transition for transition, edge in TABLE.items() if ReportState.SENT in edge.leaves}
    assert out == {Transition.RETURN, Transition.REPLAY_FILE}


def test_only_a_delivery_or_a_person_leads_out_of_returned():
    out = {transition for transition, edge in TABLE.items() if ReportState.RETURNED in edge.leaves}
    assert out == {Transition.ARRIVE, Transition.REPLAY}


def test_a_report_that_may_have_been_posted_is_never_cancelled_replayed_or_claimed():
    for transition in (Transition.CANCEL, Transition.REPLAY, Transition.CLAIM):
        assert not {ReportState.SENDING, ReportState.UNKNOWN, ReportState.SENT} & set(TABLE[transition].leaves)


@pytest.mark.parametrize("state", sorted(set(ReportState) - TERMINAL))
def test_every_other_state_has_a_way_to_a_terminal_one(state):
    reached, edge = {state}, {state}
    while edge:
        edge = {row.to for row in TABLE.values() if set(row.leaves) & edge} - reached
        reached |= edge
    assert reached & TERMINAL
