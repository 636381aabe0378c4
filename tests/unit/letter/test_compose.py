"""Composing a letter: rendered, encoded and linted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.letter import samples
from worker.errors import LetterError
from worker.letter.compose import compose
from worker.letter.renderer import Renderer

RENDERER = Renderer(samples.TEMPLATES)


def test_a_letter_names_the_versions_it_was_made_from() -> None:
    letter = compose(RENDERER, samples.FULL, samples.CONTEXT, samples.HEADERS)
    assert (letter.catalogue_version, letter.template_version) == ("sample", RENDERER.version)
    assert letter.message == compose(RENDERER, samples.FULL, samples.CONTEXT, samples.HEADERS).message


def test_the_hash_covers_only_what_the_reader_sees() -> None:
    first = compose(RENDERER, samples.FULL, samples.CONTEXT, samples.HEADERS)
    headers = replace(
        samples.HEADERS, date=datetime(2027, 1, 1, tzinfo=UTC), rfc_message_id="<other@exposure.example.com>"
    )
    later = compose(RENDERER, samples.FULL, samples.CONTEXT, headers)
    assert later.sha256 == first.sha256
    assert later.message != first.message
    assert compose(RENDERER, samples.ROLE_ONLY, samples.CONTEXT, headers).sha256 != first.sha256


def test_a_letter_that_fails_the_lint_is_not_composed() -> None:
    context = replace(samples.CONTEXT, public_url="http://localhost:8000")
    with pytest.raises(LetterError, match=r"not https at .*localhost"):
        compose(RENDERER, samples.FULL, context, samples.HEADERS)
