"""Premailer once per template version instead of once per letter.

Styles do not depend on the reader, so they can be inlined into the template's source. Premailer does not know Jinja and
damages it: it breaks `href="{{ … }}"`, drops `width:{{ … }}%` and turns `>=` into `&gt;=`. So each Jinja piece is
replaced by a token that is legal in its place, and put back afterwards. The result is lexed again, and must hold the
same pieces in the same order.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

import cssutils
from jinja2 import Environment, TemplateSyntaxError
from premailer import Premailer

from worker.errors import TemplateError
from worker.letter.sources import TemplateSource

_RAW_TEXT = ("style", "title")
_TAG = re.compile(r"<!--|<!DOCTYPE[^>]*>|</?[A-Za-z][^\s/>]*", re.DOTALL | re.IGNORECASE)
_STYLE_BLOCK = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
_CLASS_NAME = re.compile(r"\.([A-Za-z][\w-]*)")
_CLASS = re.compile(r' class="([^"]*)"')
_STYLE = re.compile(r'style="[^"]*"')
_UNIT = re.compile(r"\s*(%|px\b)")
_TOKEN = re.compile(r"<!--jnj(\d{4})jnj-->|jnj(\d{4})jnj|98761(\d{4})")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*=\s*\Z")
_FROZEN_ATTRIBUTES = ("class", "id")
"""Selectors depend on these, so they must not depend on the reader."""
_PIECE_LIMIT = 10_000
"""Jinja pieces in one template; a token has four digits."""


@dataclass
class _Scanner:
    """Tells what the next character of HTML is in: text, a comment, a tag, the value of an attribute, or raw text."""

    state: str = "text"
    tag: str = ""
    quote: str = ""
    attribute: str = ""
    _tail: str = ""

    def feed(self, html: str) -> None:
        position = 0
        while position < len(html):
            position = getattr(self, f"_{self.state}")(html, position)

    def _text(self, html: str, position: int) -> int:
        match = _TAG.search(html, position)
        if match is None:
            return len(html)
        found = match.group()
        if found == "<!--":
            self.state = "comment"
        elif not found.startswith("<!"):
            self.state, self.tag, self._tail = "tag", found.strip("<").lower(), ""
        return match.end()

    def _comment(self, html: str, position: int) -> int:
        end = html.find("-->", position)
        if end < 0:
            return len(html)
        self.state = "text"
        return end + 3

    def _tag(self, html: str, position: int) -> int:
        character = html[position]
        if character == ">":
            self.state = "raw" if self.tag in _RAW_TEXT else "text"
        elif character in "\"'":
            named = _ATTRIBUTE.search(self._tail)
            self.state, self.quote, self.attribute = "value", character, named.group(1).lower() if named else ""
        self._tail = (self._tail + character)[-40:]
        return position + 1

    def _value(self, html: str, position: int) -> int:
        end = html.find(self.quote, position)
        if end < 0:
            return len(html)
        self.state = "tag"
        return end + 1

    def _raw(self, html: str, position: int) -> int:
        end = html.find(f"</{self.tag}", position)
        if end < 0:
            return len(html)
        self.state = "text"
        return end


def inline_template(source: TemplateSource, environment: Environment) -> str:
    """The template with its style block moved into style attributes, its Jinja pieces and their order unchanged.

    A style block marked `data-premailer="ignore"` (media queries) stays as it is. Jinja is allowed in text, `<title>`
    and the values of attributes other than class and id. Raises TemplateError if it is elsewhere, or if a piece is not
    found again.
    """
    pieces: list[str] = []
    swapped: list[str] = []
    scanner = _Scanner()
    name = source.name
    parts = list(_pieces(source, environment))
    for position, (is_data, value) in enumerate(parts):
        if is_data:
            swapped.append(value)
            scanner.feed(value)
            continue
        follows = parts[position + 1][1] if position + 1 < len(parts) and parts[position + 1][0] else ""
        swapped.append(_token(scanner, len(pieces), value, follows, name))
        pieces.append(value)
    inlined = inline_html("".join(swapped))
    found = [int(next(group for group in match.groups() if group)) for match in _TOKEN.finditer(inlined)]
    if found != list(range(len(pieces))):
        raise TemplateError(name, "inlining its styles lost, repeated or moved a Jinja piece")
    restored = _TOKEN.sub(lambda match: pieces[int(next(group for group in match.groups() if group))], inlined)
    if [value for is_data, value in _pieces(TemplateSource.of(restored, name), environment) if not is_data] != pieces:
        raise TemplateError(name, "inlining its styles changed a Jinja piece")
    return restored


def _pieces(source: TemplateSource, environment: Environment) -> Iterator[tuple[bool, str]]:
    """The source as pairs (is literal HTML, text), with each `{{ … }}` and `{% … %}` in one pair, without comments."""
    piece: list[str] = []
    inside, begin_line = "", 0
    try:
        for line, kind, value in environment.lex(source.text):
            if kind == "data":
                yield True, value
                continue
            if kind.endswith("_begin"):
                inside, begin_line = kind.removesuffix("_begin"), line
            piece.append(value)
            if kind == f"{inside}_end":
                if inside != "comment":
                    yield False, "".join(piece)
                piece, inside = [], ""
    except TemplateSyntaxError as error:
        raise source.error(error.lineno, str(error.message)) from None
    if piece:
        raise source.error(begin_line, "a Jinja piece is never closed")


def _token(scanner: _Scanner, number: int, piece: str, follows: str, name: str) -> str:
    if number >= _PIECE_LIMIT:
        raise TemplateError(name, f"more than {_PIECE_LIMIT} Jinja pieces")
    if scanner.state == "text":
        return f"<!--jnj{number:04}jnj-->"
    if scanner.state == "comment" or (scanner.state == "raw" and scanner.tag == "title"):
        return f"jnj{number:04}jnj"
    if scanner.state == "value" and scanner.attribute not in _FROZEN_ATTRIBUTES:
        return f"98761{number:04}" if _UNIT.match(follows) else f"jnj{number:04}jnj"
    where = {"tag": "between attributes", "raw": "in a style block", "value": f"in {scanner.attribute}"}[scanner.state]
    raise TemplateError(name, f"{piece} is {where}, where styles cannot be inlined before it is rendered")


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
