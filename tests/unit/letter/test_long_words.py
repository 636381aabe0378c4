"""Long words break in HTML, and URLs of our own never do."""

from __future__ import annotations

from worker.letter.long_words import for_html
from worker.letter.urls import Url, without_scheme


def test_long_words_may_break() -> None:
    assert str(for_html("x" * 200)).count("\u200b") == 8
    assert for_html("ordinary words") == "ordinary words"


def test_spaces_at_the_ends_are_kept() -> None:
    assert for_html(" of your week ") == " of your week "


def test_our_own_urls_are_unchanged() -> None:
    assert for_html(Url("https://a.example.com/x" + "x" * 60)) == "https://a.example.com/x" + "x" * 60
    assert without_scheme("https://www.bls.gov/oes/") == "bls.gov/oes"
