"""A file of signups in the forms that people have: JSON lines, a JSON array, indented JSON, CSV; in UTF-8 or UTF-16.

A file is read whole or refused whole, before its first signup is queued. A single line that is wrong refuses nothing:
the ledger records it as invalid.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass

from worker.errors import UnreadableFile
from worker.intake.csv_signups import csv_header, read_csv

FORMS = "It may be JSON lines, a JSON array, or CSV whose first line names the columns"
_WITH_BOM = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16's, with which it begins
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NOT_TEXT = {
    b"\x1f\x8b": "is compressed with gzip: run `gunzip -c FILE | worker enqueue -`",
    b"PK\x03\x04": "is an Excel workbook or a zip archive: save the sheet as `CSV UTF-8`, or unpack the archive",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook: save the sheet as `CSV UTF-8`",
    b"%PDF": "is a PDF",
    b"SQLite format 3": "is an SQLite database: export its table as CSV",
}
_HEAD_BYTES = 64
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class FileSignup:
    """One signup of a file, as JSON. `where` is its place there, such as `line 3` or `signup 3`."""

    where: str
    payload: bytes


def read_signup_file(content: bytes) -> list[FileSignup]:
    """The signups in `content`, each as it is, right or wrong. Raises UnreadableFile."""
    content = _as_utf8(content)
    start = content.lstrip()
    if not start:
        return []
    if start.startswith(b"["):
        return list(_array(_text(content)))
    if not start.startswith(b"{"):
        header = csv_header(start.splitlines()[0])
        if header is not None:
            return [FileSignup(f"line {line}", payload) for line, payload in read_csv(_text(content), header)]
    elif _is_indented(start):
        return list(_values(_text(content)))
    lines = list(_lines(content))
    if not any(line.payload.startswith(b"{") for line in lines):
        raise UnreadableFile(
            f"holds no signup: no line is a JSON object, and the first names no columns `email` and `role`. {FORMS}"
        )
    return lines


def _as_utf8(content: bytes) -> bytes:
    for magic, problem in _NOT_TEXT.items():
        if content.startswith(magic):
            raise UnreadableFile(problem)
    for mark, encoding in _WITH_BOM.items():
        if content.startswith(mark):
            content = content[len(mark) :]
            return content if encoding == "utf-8" else _decoded(content, encoding).encode()
    even, odd = content[:_HEAD_BYTES:2], content[1:_HEAD_BYTES:2]
    if any(even) and odd and not any(odd):  # a file of ours is mostly ASCII, of which UTF-16 makes every other byte 0
        return _decoded(content, "utf-16-le").encode()
    if any(odd) and not any(even):
        return _decoded(content, "utf-16-be").encode()
    return content


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"is no {encoding.upper()} text from byte {error.start + 1} on: save it as UTF-8"
        ) from None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"is not UTF-8 in line {line}: save it as UTF-8 (in Excel `CSV UTF-8`), or convert it: "
            "`iconv -f WINDOWS-1252 -t UTF-8 FILE | worker enqueue -`"
        ) from None


def _lines(content: bytes) -> Iterator[FileSignup]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if payload := line.strip():
            yield FileSignup(f"line {number}", payload)


def _is_indented(start: bytes) -> bool:
    """Whether the first JSON object goes on after its first line."""
    first, _, rest = start.partition(b"\n")
    if not rest.strip():
        return False
    try:
        json.loads(first)
    except ValueError:
        try:
            _, end = _decoder.raw_decode(start.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return False
        return end > len(first)
    except RecursionError:
        return False
    return False


def _array(text: str) -> Iterator[FileSignup]:
    """The elements of an array, each as it is written, so that a key that occurs twice is still seen."""
    position, number = _after_space(text, text.index("[") + 1), 0
    while text[position : position + 1] != "]":
        number += 1
        start, position = position, _end_of_value(text, position, number)
        yield FileSignup(f"signup {number}", text[start:position].encode())
        position = _after_space(text, position)
        if text[position : position + 1] == ",":
            position = _after_space(text, position + 1)
        elif text[position : position + 1] != "]":
            raise _broken(text, position, number)
    if rest := text[position + 1 :].strip():
        raise UnreadableFile(f"goes on after the end of its JSON array: {rest[:20]!r}")


def _values(text: str) -> Iterator[FileSignup]:
    """JSON objects that follow one another, indented over several lines."""
    position, number = _after_space(text, 0), 0
    while position < len(text):
        number += 1
        start, position = position, _end_of_value(text, position, number)
        yield FileSignup(f"signup {number}", text[start:position].encode())
        position = _after_space(text, position)


def _end_of_value(text: str, start: int, number: int) -> int:
    try:
        return _decoder.raw_decode(text, start)[1]
    except (ValueError, RecursionError) as error:
        raise _broken(text, getattr(error, "pos", start), number) from None


def _broken(text: str, position: int, number: int) -> UnreadableFile:
    line = text.count("\n", 0, position) + 1
    return UnreadableFile(f"is no JSON in line {line}, in or after signup {number}. {FORMS}")


def _after_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
