"""A completed letter is the letter composed from scratch, byte for byte, or it is not shared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.addresses import addresses
from tests.unit.letter import samples
from worker.address import AddressError, parse_address
from worker.boot.core import build_composer, read_catalogue
from worker.delivery.composer import Composed, Reader
from worker.errors import LetterError
from worker.letter.compose import compose
from worker.letter.lint import lint_completed
from worker.letter.mime import build_message
from worker.letter.rendered_letter import RenderedLetter
from worker.letter.renderer import Renderer
from worker.letter.shared_letter import placeholder_of, shared_letter
from worker.report.profile import EMPTY_PROFILE
from worker.report.subjects import subject_of
from worker.settings import load_settings

CATALOGUE, MATCHER = read_catalogue()
RENDERER = Renderer(samples.TEMPLATES)
TOKEN = "Ab3_-xYz0123456789-_AZ"
PLACEHOLDER = placeholder_of("ML Engineer")
URLS = ("unsubscribe_url", "report_url", "forget_url")

tokens = st.text("abcXYZ019_-", min_size=22, max_size=22)
titles = st.sampled_from(
    ["teacher", "analyst", "Quantity surveyor (at ACME)", "Krankenschwester", "مدير", "x" * 200, "Lehrer / Trainer"]
) | st.sampled_from([*CATALOGUE.roles, *CATALOGUE.onet.occupations])
dates = st.integers(0, 800).map(lambda day: datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(day, 7 * day))


@pytest.fixture(scope="module")
def composer(tmp_path_factory):
    return build_composer(load_settings({"WORKER_STATE_DIR": str(tmp_path_factory.mktemp("state"))}))


@pytest.mark.parametrize("examples", [60, pytest.param(3000, marks=pytest.mark.long)])
def test_a_completed_letter_is_the_letter_composed_from_scratch(composer, examples):
    @settings(max_examples=examples)
    @given(title=titles, address=addresses, token=tokens, date=dates)
    def holds(title, address, token, date):
        try:
            recipient = parse_address(address)
        except AddressError:
            return
        reader = Reader(token, address, title, MATCHER.read_title(title).slug, None)
        composed = composer.compose(reader, attempt_id="a" * 32, date=date)
        scratch = from_scratch(composer, reader, recipient, date)
        assert scratch == (composed.letter if isinstance(composed, Composed) else None)

    holds()
    assert composer._shared.cache_info().currsize > 0


def from_scratch(composer, reader, recipient, date):
    """The same letter without one that is shared; None where there is no letter."""
    headers = composer._headers(recipient, reader.link_token, "a" * 32, date)
    subject = subject_of(CATALOGUE, MATCHER, reader.role_slug, reader.role_text)
    try:
        return composer._whole_letter(subject, reader.role_text, EMPTY_PROFILE, headers, reader.link_token)
    except LetterError:
        return None


def context_with(token: str):
    return replace(samples.CONTEXT, **{url: f"https://example.com/{url}/{token}" for url in URLS})


def headers_with(token: str):
    return replace(samples.HEADERS, unsubscribe_url=f"https://example.com/unsubscribe_url/{token}")


@pytest.mark.parametrize("indent", range(76))
def test_a_token_may_lie_across_a_soft_line_break(indent):
    letter = compose(RENDERER, samples.FULL, context_with(PLACEHOLDER), headers_with(PLACEHOLDER))
    longer = replace(letter, text=f"{letter.text}https://example.com/{'x' * indent}/{PLACEHOLDER}\n")
    shared = shared_letter(longer, PLACEHOLDER)
    assert shared is not None
    completed = shared.completed(TOKEN, context_with(TOKEN), headers_with(TOKEN))
    whole = RenderedLetter(
        longer.subject, longer.html.replace(PLACEHOLDER, TOKEN), longer.text.replace(PLACEHOLDER, TOKEN)
    )
    assert (completed.html, completed.text) == (whole.html, whole.text)
    assert completed.message == build_message(whole, headers_with(TOKEN))


@pytest.mark.parametrize(
    "change",
    [str.upper, lambda word: word[:10], lambda word: word[10:], lambda word: f"{word[:11]}\n{word[11:]}"],
)
@pytest.mark.parametrize("part", ["html", "text"])
def test_a_letter_whose_template_changes_the_placeholder_is_not_shared(part, change):
    letter = compose(RENDERER, samples.FULL, context_with(PLACEHOLDER), headers_with(PLACEHOLDER))
    assert shared_letter(letter, PLACEHOLDER) is not None
    changed = replace(letter, **{part: getattr(letter, part) + change(PLACEHOLDER)})
    assert shared_letter(changed, PLACEHOLDER) is None


def test_what_is_new_in_a_completed_letter_is_linted():
    letter = compose(RENDERER, samples.FULL, context_with(TOKEN), headers_with(TOKEN))
    rendered = RenderedLetter(letter.subject, letter.html, letter.text)

    def problems(message=letter.message, token=TOKEN):
        return [problem.text for problem in lint_completed(rendered, message, context_with(token))]

    assert problems() == []
    assert any(text.startswith("links:") for text in problems(token="t" * 22))
    assert any(text.startswith("headers:") for text in problems(token="t" * 22))
    assert any(text.startswith("size:") for text in problems(letter.message + b"x" * 200_000))
    assert any("begins with a dot" in text for text in problems(letter.message.replace(b"\r\nDate", b"\r\n.Date", 1)))
    assert any(text.startswith("message:") for text in problems(letter.message + b"\xff"))


def test_no_text_holds_its_own_placeholder():
    assert placeholder_of(PLACEHOLDER) != PLACEHOLDER
    assert len(PLACEHOLDER) == len(TOKEN)
    assert PLACEHOLDER.isalpha()
