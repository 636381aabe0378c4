"""Links that are keys: who has one may do what the reader may. SES must not wrap them in a link that it records."""

from __future__ import annotations

import re

from worker.letter.sources import TemplateSource

NO_TRACK = "ses:no-track"
"""SES leaves a link with this attribute as it is, and removes the attribute."""
_LINK = re.compile(
    rf'<a\b(?![^>]*\b{NO_TRACK}\b)(?=[^>]*\bhref="\{{\{{[-+]?\s*context\.(?:unsubscribe|report|forget)_url\b)'
)


def with_untracked_keys(source: TemplateSource) -> TemplateSource:
    """The template with `ses:no-track` on each link whose address is a key of the letter's context."""
    return source.replaced((link.start(), link.end(), f"<a {NO_TRACK}") for link in _LINK.finditer(source.text))
