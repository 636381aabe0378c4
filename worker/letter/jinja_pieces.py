"""The Jinja pieces of an HTML template, and tokens in their places that are legal HTML and CSS."""

from __future__ import annotations

import bisect
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError

from worker.errors import TemplateError
from worker.letter.html_scanner import Scanner
from worker.letter.sources import TemplateSource

_UNIT = re.compile(r"\s*(%|px\b)")
_TOKEN = re.compile(r"<!--jnj(\d{4})jnj-->|jnj(\d{4})jnj|98761(\d{4})")
_FROZEN_ATTRIBUTES = ("class", "id")
"""Selectors depend on these, so they must not depend on the reader."""
_PIECE_LIMIT = 10_000
"""Jinja pieces in one template; a token has four digits."""


class Piece(NamedTuple):
    """Literal HTML, or one `{{ … }}` or `{% … %}`, and the line of the template it begins in."""

    is_data: bool
    text: str
    line: int


class Swapped(NamedTuple):
    """A template with tokens for its Jinja pieces. `attributes` has the attribute that each piece is in, or ""."""

    html: str
    pieces: tuple[Piece, ...]
    attributes: tuple[str, ...]
    starts: tuple[tuple[int, int], ...]
    """Where each part begins in `html`, and the line of the template it begins in."""

    def line_at(self, offset: int) -> int:
        """The line of the template that this offset of `html` is in."""
        start, line = self.starts[bisect.bisect(self.starts, (offset, sys.maxsize)) - 1]
        return line + self.html.count("\n", start, offset)


def read_pieces(source: TemplateSource, environment: Environment) -> Iterator[Piece]:
    """The template in order, without Jinja's comments. Raises TemplateError, which names file and line."""
    piece: list[str] = []
    inside, begin_line = "", 0
    try:
        for line, kind, value in environment.lex(source.text):
            if kind == "data":
                if inside == "raw":
                    raise source.error(begin_line, "{% raw %}: write &#123; for a brace")
                yield Piece(True, value, line)
                continue
            if kind.endswith("_begin"):
                inside, begin_line = kind.removesuffix("_begin"), line
            piece.append(value)
            if kind == f"{inside}_end":
                if inside != "comment":
                    yield Piece(False, "".join(piece), begin_line)
                piece, inside = [], ""
    except TemplateSyntaxError as error:
        raise source.error(error.lineno, str(error.message)) from None
    if piece:
        raise source.error(begin_line, "a Jinja piece is never closed: write }} or %} where it ends")


def swap(source: TemplateSource, environment: Environment) -> Swapped:
    """The template with a token in each Jinja piece's place. Raises TemplateError where no token is legal."""
    html: list[str] = []
    starts = [(0, 1)]
    offset = 0
    pieces: list[Piece] = []
    attributes: list[str] = []
    scanner = Scanner()
    parts = list(read_pieces(source, environment))
    for position, part in enumerate(parts):
        starts.append((offset, part.line))
        if part.is_data:
            if taken := _TOKEN.search(part.text):
                line = part.line + part.text.count("\n", 0, taken.start())
                raise source.error(line, f"holds {taken.group()}, which inlining uses itself: write another word")
            html.append(part.text)
            offset += len(part.text)
            scanner.feed(part.text)
            continue
        if len(pieces) >= _PIECE_LIMIT:
            raise TemplateError(source.name, f"more than {_PIECE_LIMIT} Jinja pieces")
        follows = parts[position + 1].text if position + 1 < len(parts) and parts[position + 1].is_data else ""
        html.append(_token(source, scanner, len(pieces), part, follows))
        offset += len(html[-1])
        pieces.append(part)
        attributes.append(scanner.attribute if scanner.state == "value" else "")
    return Swapped("".join(html), tuple(pieces), tuple(attributes), tuple(starts))


def found_tokens(html: str) -> list[int]:
    """The numbers of the tokens in the order in which they are found."""
    return [_number(match) for match in _TOKEN.finditer(html)]


def put_back(html: str, pieces: tuple[Piece, ...]) -> str:
    """The HTML with each piece in its token's place."""
    return _TOKEN.sub(lambda match: pieces[_number(match)].text, html)


def _number(match: re.Match[str]) -> int:
    return int(next(group for group in match.groups() if group))


def _token(source: TemplateSource, scanner: Scanner, number: int, piece: Piece, follows: str) -> str:
    if scanner.state == "text":
        return f"<!--jnj{number:04}jnj-->"
    if scanner.state == "comment" or (scanner.state == "raw" and scanner.tag == "title"):
        return f"jnj{number:04}jnj"
    if scanner.state == "value" and scanner.attribute not in _FROZEN_ATTRIBUTES:
        return f"98761{number:04}" if _UNIT.match(follows) else f"jnj{number:04}jnj"
    raise source.error(piece.line, f"{piece.text} is {_where(scanner, piece)}")


def _where(scanner: Scanner, piece: Piece) -> str:
    """What is wrong with a piece where no token is legal, and what to write instead."""
    if scanner.state == "value":
        return (
            f"in {scanner.attribute}, which decides the styles that are inlined once for all letters: write the whole "
            f'element in each branch, as {{% if … %}}<td {scanner.attribute}="a">…</td>{{% else %}}'
            f'<td {scanner.attribute}="b">…</td>{{% endif %}}'
        )
    if scanner.unquoted:
        return f'an attribute without quotes: write {scanner.unquoted}="{piece.text}"'
    if scanner.state == "tag":
        return (
            "between attributes: write the whole element in each branch of {% if %}, or the condition in a value, as "
            "style=\"color: {{ 'red' if … else 'blue' }}\""
        )
    return 'in a style block: write it in a style attribute, as style="width: {{ … }}%"'
