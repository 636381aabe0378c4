"""Wrapping the lines of the text part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.letter.measures import PROSE_LINE_CHARACTERS
from worker.letter.wrapping import wrap


def test_wrapped_lines_are_indented_below_their_list_mark() -> None:
    assert wrap("- one two three four", 12) == "- one two\n  three four"
    assert wrap("1. one two three four", 12) == "1. one two\n   three\n   four"
    assert wrap("   one two three four", 12) == "   one two\n   three\n   four"
    assert wrap("https://example.com/a-very-long-path", 12) == "https://example.com/a-very-long-path"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=400))
def test_no_wrapped_line_is_too_long_and_no_character_is_lost(text: str) -> None:
    lines = wrap(text).split("\n")
    assert all(len(line) <= PROSE_LINE_CHARACTERS for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_year_is_no_list_mark() -> None:
    assert wrap("2025. " + "word " * 20, 40).splitlines()[1].startswith("word")
