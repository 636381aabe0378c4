"""Premailer once per template version instead of once per letter.

Styles do not depend on the reader, so they can be inlined into the template's source. Premailer does not know Jinja and
damages it: it breaks `href="{{ … }}"`, drops `width:{{ … }}%` and turns `>=` into `&gt;=`. So each Jinja piece is
replaced by a token that is legal in its place, and put back afterwards. The result is lexed again, and must hold the
same pieces in the same order.
"""

from __future__ import annotations

import logging
import re

import cssutils
from jinja2 import Environment
from premailer import Premailer

from worker.errors import TemplateError
from worker.letter.jinja_pieces import Swapped, found_tokens, put_back, read_pieces, swap
from worker.letter.sources import TemplateSource
from worker.letter.structure import check_structure

_STYLE_BLOCK = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
_CLASS_NAME = re.compile(r"\.([A-Za-z][\w-]*)")
_CLASS = re.compile(r' class="([^"]*)"')
_STYLE = re.compile(r'style="[^"]*"')


def inline_template(source: TemplateSource, environment: Environment) -> str:
    """The template with its style block moved into style attributes, its Jinja pieces and their order unchanged.

    A style block marked `data-premailer="ignore"` (media queries) stays as it is. Jinja is allowed in text, `<title>`
    and the values of attributes other than class and id. Raises TemplateError, which names file, line and what to write
    instead, if it is elsewhere, if a piece is not found again, or if browsers would read other elements than written.
    """
    swapped = swap(source, environment)
    inlined = inline_html(swapped.html)
    _check_found(source, swapped, found_tokens(inlined))
    check_structure(source, swapped, inlined)
    restored = put_back(inlined, swapped.pieces)
    again = [
        piece.text for piece in read_pieces(TemplateSource.of(restored, source.name), environment) if not piece.is_data
    ]
    if again != [piece.text for piece in swapped.pieces]:
        raise TemplateError(source.name, "inlining its styles changed a Jinja piece")
    return restored


def _check_found(source: TemplateSource, swapped: Swapped, found: list[int]) -> None:
    expected = list(range(len(swapped.pieces)))
    if found == expected:
        return
    lost = min(set(expected) - set(found), default=None)
    number = lost if lost is not None else next(at for at, other in zip(expected, found, strict=False) if at != other)
    piece = swapped.pieces[min(number, len(expected) - 1)]
    if swapped.attributes[number] == "style":
        remedy = "write one expression as one value, as style=\"color: {{ 'red' if … else 'blue' }}\""
    else:
        remedy = "HTML has no place for it here; write it in a cell or a paragraph"
    raise source.error(piece.line, f"inlining lost, repeated or moved {piece.text}: {remedy}")


def inline_html(html: str) -> str:
    """One page with its unmarked style blocks moved into style attributes by premailer, and nothing else changed."""
    cssutils.ser.prefs.minimizeColorHash = False  # Word understands #ffffff in more places than #fff
    inlined = str(
        Premailer(
            html,
            allow_network=False,
            disable_validation=True,
            disable_basic_attributes=["align", "valign", "width", "height", "bgcolor"],
            disable_leftover_css=True,
            cache_css_parsing=False,
            cssutils_logging_level=logging.CRITICAL,
        ).transform(pretty_print=False)
    )
    return _without_unused_classes(_STYLE.sub(lambda style: style.group().replace("; ", ";"), inlined))


def _without_unused_classes(html: str) -> str:
    """Remove class names that no remaining <style> block uses: with the spaces in styles, about 10 % of a letter."""
    kept = {name for block in _STYLE_BLOCK.findall(html) for name in _CLASS_NAME.findall(block)}

    def keep(match: re.Match[str]) -> str:
        names = " ".join(name for name in match[1].split() if name in kept)
        return f' class="{names}"' if names else ""

    return _CLASS.sub(keep, html)
