"""What makes two titles one: the words by which they are grouped and found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.report.matching import Matcher
from worker.report.title_parts import folded_title

SPELLINGS = ["ML engineer", "ml-engineer ", "M.L. Engineer", "M. L.  Engineers", "Machine Learning Engineer"]


def test_spellings_of_a_title_are_one_and_read_as_one(matcher: Matcher) -> None:
    assert {folded_title(spelling) for spelling in SPELLINGS} == {"machine learning engineer"}
    assert {matcher.read_title(spelling).slug for spelling in SPELLINGS} == {"ml-engineer"}


@pytest.mark.parametrize(
    ("title", "other"),
    [("Account manager", "Accounting manager"), ("C++ wrangler", "C wrangler"), ("Chat wrangler", "Chef wrangler")],
)
def test_other_words_are_another_title(title: str, other: str) -> None:
    assert folded_title(title) != folded_title(other)


def test_a_text_without_a_word_is_itself_and_an_address_is_masked() -> None:
    assert folded_title(" !?  🙂 ") == "!? 🙂"
    assert folded_title("ask Ada.Lovelace@example.com") == "ask example com"


@given(
    st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(["engs", "R & D reps", "the a of", "M.L.s"])
)
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded_title(folded_title(text)) == folded_title(text)
