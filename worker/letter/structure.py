"""Whether an HTML parser reads a template's elements as written.

Where it corrects them, mail programs may correct them in another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from worker.letter.jinja_pieces import Swapped
from worker.letter.sources import TemplateSource

_TAG = re.compile(
    r"<!--.*?-->|<style\b.*?</style\s*>|<(?P<name>/?[A-Za-z][^\s/>]*)(?:\"[^\"]*\"|'[^']*'|[^'\">])*>",
    re.DOTALL | re.IGNORECASE,
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_IMPLIED = frozenset({"html", "head", "body"})


class _Tag(NamedTuple):
    name: str
    """With a slash before an end tag."""
    offset: int


def check_structure(source: TemplateSource, swapped: Swapped, parsed: str) -> None:
    """Raises TemplateError, which names file and line, if the parsed HTML has other tags than the template."""
    written, read = list(_tags(swapped.html)), list(_tags(parsed))
    for position, tag in enumerate(written):
        other = read[position].name if position < len(read) else ""
        if tag.name != other:
            raise source.error(swapped.line_at(tag.offset), _difference(tag.name, other))
    if len(read) > len(written):
        last = read[len(written)].name
        raise source.error(len(source.origins), f"<{last.strip('/')}> is never closed: write <{last}> where it ends")


def _difference(written: str, read: str) -> str:
    if read.startswith("/") and not written.startswith("/"):
        return f"<{written}> cannot be in <{read[1:]}>: write <{read}> before it, or another element"
    if read.startswith("/"):
        return f"<{read[1:]}> is still open at <{written}>: write <{read}> before it, in each branch of an {{% if %}}"
    if written.startswith("/"):
        return f"<{written}> closes nothing here: each branch of an {{% if %}} needs its own start and end"
    return f"<{written}> has no place here: HTML reads <{read}>" if read else f"<{written}> has no place here"


def _tags(html: str) -> Iterator[_Tag]:
    for match in _TAG.finditer(html):
        name = (match["name"] or "").lower()
        if name and name.strip("/") not in _IMPLIED and name not in {f"/{void}" for void in _VOID}:
            yield _Tag(name, match.start())
