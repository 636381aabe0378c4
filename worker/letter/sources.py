"""The letter's templates as written: parts joined, HTML comments removed, the file and line of each line kept.

`{% include "part.html" %}` is replaced by the text of that file, so all that follows (names, inlining, compiling) sees
one template, and a macro or variable of a part is known after it. An include alone on its line is replaced by the lines
of the file; one within a line by its text without the last line end, as in Jinja.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from worker.errors import TemplateError

_MOST_NESTED = 20
"""Parts within parts. More is a part that includes itself."""
_JINJA = r"\{#.*?#\}|\{\{.*?\}\}|\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{%.*?%\}"
_PIECE = re.compile(_JINJA, re.DOTALL)
_INCLUDE = re.compile(
    r"""\{%(?P<left>[-+]?)\s*include\s+(?P<quote>["'])(?P<part>[^"']*)(?P=quote)\s*(?P<right>[-+]?)%\}"""
)
_COMMENT = re.compile(
    rf"<style\b.*?</style\s*>|<!--(?P<comment>.*?)(?P<end>-->|\Z)|-->|{_JINJA}", re.DOTALL | re.IGNORECASE
)
_FOR_OUTLOOK = re.compile(r"\s*(?:\[if\b|<!\[endif\])", re.IGNORECASE)
_OPENED_AGAIN = re.compile(r"\[if\b[^\]]*\]><!(?:--)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """The joined text of a template. `origins` has the file and line of each of its lines."""

    name: str
    text: str
    origins: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, text: str, name: str = "body.html") -> TemplateSource:
        """A template of one file whose comments are removed already."""
        return cls(name, text, tuple((name, line) for line in range(1, text.count("\n") + 2)))

    def error(self, line: int, problem: str) -> TemplateError:
        """A TemplateError that names the file and line which this line of the joined text came from."""
        file, number = self.origins[min(max(line, 1), len(self.origins)) - 1]
        return TemplateError(file, f"line {number}: {problem}")

    def line_at(self, offset: int) -> int:
        """The line of the joined text that this offset is in, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def replaced(self, replacements: Iterable[tuple[int, int, str]]) -> TemplateSource:
        """The template with these spans, in order, replaced by other text.

        Text of as many lines keeps their origins; other text has that of its first line.
        """
        text: list[str] = []
        origins = [self.origins[0]]
        position = 0
        for start, end, new in (*replacements, (len(self.text), len(self.text), "")):
            kept = self.text[position:start]
            line = self.line_at(position)
            origins += self.origins[line : line + kept.count("\n")]
            first, lines = self.line_at(start), new.count("\n")
            same = lines == self.text.count("\n", start, end)
            origins += self.origins[first : first + lines] if same else [self.origins[first - 1]] * lines
            text += [kept, new]
            position = end
        return TemplateSource(self.name, "".join(text), tuple(origins))


class _Segment(NamedTuple):
    """Text that follows in one file from a line on."""

    text: str
    file: str
    line: int


def read_source(folders: Sequence[Path], name: str) -> TemplateSource:
    """The template `name` with its parts, each from the first folder that has it.

    Raises TemplateError, which names file and line, if a part is missing, is not UTF-8, or includes itself, or if an
    HTML comment would hide other text than its author meant.
    """
    text: list[str] = []
    origins: list[tuple[str, int]] = [(name, 1)]
    at_line_start = True
    for segment in _joined(folders, name, ()):
        if not segment.text:
            continue
        if at_line_start:
            origins[-1] = (segment.file, segment.line)
        origins += [(segment.file, segment.line + more) for more in range(1, segment.text.count("\n") + 1)]
        at_line_start = segment.text.endswith("\n")
        text.append(segment.text)
    return TemplateSource(name, "".join(text), tuple(origins))


def _joined(folders: Sequence[Path], name: str, inside: tuple[str, ...]) -> list[_Segment]:
    text = _read(folders, name)
    if name.endswith(".html"):
        text = _without_comments(text, name)
    segments: list[_Segment] = []
    position = 0
    for include in _includes(text):
        line = text.count("\n", 0, include.start()) + 1
        start, end = _whole_line(text, include) or include.span()
        part = _part(folders, include["part"], (*inside, name), line)
        if end == include.end() and part and part[-1].text.endswith("\n"):
            part[-1] = part[-1]._replace(text=part[-1].text[:-1])
        elif end != include.end() and part and not part[-1].text.endswith("\n"):
            part[-1] = part[-1]._replace(text=part[-1].text + "\n")
        before = text[position:start] + ("{#- #}" if include["left"] == "-" else "")
        segments += [_Segment(before, name, text.count("\n", 0, position) + 1), *part]
        segments.append(_Segment("{# -#}" if include["right"] == "-" else "", name, line))
        position = end
    return [*segments, _Segment(text[position:], name, text.count("\n", 0, position) + 1)]


def _includes(text: str) -> Iterator[re.Match[str]]:
    """The includes of a literal name, not those in a comment or in `{% raw %}`."""
    for piece in _PIECE.finditer(text):
        include = _INCLUDE.fullmatch(text, *piece.span())
        if include is not None:
            yield include


def _whole_line(text: str, include: re.Match[str]) -> tuple[int, int] | None:
    """The span of the include's line with its line end, if nothing else is on it and nothing is to be trimmed."""
    start = text.rfind("\n", 0, include.start()) + 1
    end = text.find("\n", include.end()) + 1
    alone = end > 0 and not (text[start : include.start()] + text[include.end() : end]).strip()
    return (start, end) if alone and not (include["left"] or include["right"]) else None


def _part(folders: Sequence[Path], part: str, inside: tuple[str, ...], line: int) -> list[_Segment]:
    path = PurePosixPath(part)
    if not part or path.is_absolute() or ".." in path.parts or "\\" in part:
        raise TemplateError(inside[-1], f'line {line}: includes "{part}": write a file of this folder, as "part.html"')
    if part in inside or len(inside) > _MOST_NESTED:
        raise TemplateError(inside[-1], f"line {line}: {' includes '.join([*inside, part])}: a part includes itself")
    if not any((folder / part).is_file() for folder in folders):
        raise TemplateError(inside[-1], f'line {line}: includes "{part}", which is not in the folder of {inside[0]}')
    return _joined(folders, part, inside)


def _read(folders: Sequence[Path], name: str) -> str:
    path = next((folder / name for folder in folders if (folder / name).is_file()), folders[-1] / name)
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except OSError as error:
        raise TemplateError(name, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TemplateError(name, "is not UTF-8") from None


def _without_comments(text: str, name: str) -> str:
    """HTML comments replaced by Jinja comments of as many lines. Outlook's conditional comments stay.

    The inliner's tokens are comments: the first of them would end a comment that holds one, and hide what follows.
    """

    def removed(match: re.Match[str]) -> str:
        line = text.count("\n", 0, match.start()) + 1
        comment = match["comment"]
        if match.group() == "-->":
            raise TemplateError(name, f"line {line}: `-->` ends no comment: HTML comments do not nest; write {{# … #}}")
        if comment is None:
            return match.group()
        if not match["end"]:
            raise TemplateError(name, f"line {line}: the comment is never closed: write `-->` where it ends")
        if "<!--" in comment and not _OPENED_AGAIN.fullmatch(comment):
            message = "a comment within a comment: HTML ends both at the first `-->`; write {# … #} around the outer"
            raise TemplateError(name, f"line {line}: {message}")
        if _FOR_OUTLOOK.match(comment):
            return match.group()
        return "{# " + "\n" * comment.count("\n") + "+#}"  # with the line end after it, which trim_blocks would drop

    return _COMMENT.sub(removed, text)
