from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.report.spelling import MAX_TEXT, fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Write production code", "writing production codes"),
        ("ML Engineer", "machine-learning engineering"),
        ("Testing", "test"),
        ("R&D", "r d"),
        ("children’s nurse", "childrens nurse"),
        ("Éditeur", "editeur"),
        ("\uff44\uff41\uff54\uff41", "data"),
        ("policies", "policy"),
        ("the art of the deal", "art deal"),
    ],
)
def test_two_spellings_of_the_same_words_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C++"), ("C", "C#"), ("UX", "UI"), ("accountant", "account"), ("designer", "design")]
)
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_words_of_joining_alone_are_kept() -> None:
    assert fold("of the") != ""


def test_scripts_without_case_keep_their_letters() -> None:
    assert fold("データ") != ""
    assert fold("!!! 👩‍💻") == ""


@given(st.text())
def test_single_spaces_no_capitals_and_bounded(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert len(folded) <= 20 * MAX_TEXT
