"""A letter that many readers share but for their link token: composed once, then completed for each of them.

It is composed with a placeholder in the token's place: as long as a token, of letters that HTML, URLs and
quoted-printable all leave as they are. So every line of the completed letter is as long as that of the shared one, and
breaks where that one breaks. A letter in which a template has changed the placeholder is not shared.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate

from worker.errors import LetterError
from worker.letter.compose import Letter, content_hash
from worker.letter.lint import lint_completed
from worker.letter.mime import MessageHeaders, message_of_parts, quoted_printable
from worker.letter.rendered_letter import LetterContext, RenderedLetter

_TOKEN_CHARACTERS = 22
_TRACE = 6
"""Characters at either end of a placeholder by which one that a template has changed or cut is noticed."""
_SOFT_BREAK = b"=\r\n"


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the letter: its octets, and its quoted-printable form, each in the pieces between the tokens.

    `breaks` has, for each token of the quoted-printable form, how many of its characters come before a soft line
    break; None if there is none within it.
    """

    octets: tuple[bytes, ...]
    encoded: tuple[bytes, ...]
    breaks: tuple[int | None, ...]

    def octets_with(self, token: bytes) -> bytes:
        """The part with a token in its places."""
        return token.join(self.octets)

    def encoded_with(self, token: bytes) -> bytes:
        """The same in quoted-printable."""
        pieces = [self.encoded[0]]
        for at, following in zip(self.breaks, self.encoded[1:], strict=True):
            pieces += [token, following] if at is None else [token[:at], _SOFT_BREAK, token[at:], following]
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class SharedLetter:
    """The parts of a letter that `compose` has made, and so proved, with a placeholder as its token."""

    letter: Letter
    """Without its message and its hash."""
    html: _Part
    text: _Part

    def completed(self, token: str, context: LetterContext, headers: MessageHeaders) -> Letter:
        """The letter of the reader with this token: the bytes that `compose` makes for `context` and `headers`.

        Raises LetterError, which lists every problem, if no reader should see it.
        """
        octets = token.encode("ascii")
        rendered = RenderedLetter.of_octets(
            self.letter.subject, self.html.octets_with(octets), self.text.octets_with(octets)
        )
        message = message_of_parts(
            rendered.subject, self.text.encoded_with(octets), self.html.encoded_with(octets), headers
        )
        problems = lint_completed(rendered, message, context)
        if problems:
            raise LetterError("; ".join(problem.text for problem in problems))
        return replace(
            self.letter,
            recipient=headers.recipient.ascii,
            html=rendered.html,
            text=rendered.text,
            message=message,
            sha256=content_hash(rendered),
        )


def placeholder_of(text: str) -> str:
    """A placeholder for a letter that quotes this text. It is made of the text's hash, so the text cannot hold it."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return "".join(chr(ord("a") + octet % 26) for octet in digest[:_TOKEN_CHARACTERS])


def shared_letter(letter: Letter, placeholder: str) -> SharedLetter | None:
    """What can be completed of a letter with a placeholder; None if its templates have not left that as it is."""
    html, text = _part(letter.html, placeholder), _part(letter.text, placeholder)
    if html is None or text is None:
        return None
    return SharedLetter(replace(letter, html="", text="", message=b"", sha256=""), html, text)


def _part(text: str, placeholder: str) -> _Part | None:
    octets, token = text.encode("utf-8"), placeholder.encode("ascii")
    pieces, breaks = _between_tokens(quoted_printable(text), token)
    if not _is_left_alone(octets, token, len(breaks)):
        return None
    return _Part(tuple(octets.split(token)), tuple(pieces), tuple(breaks))


def _between_tokens(encoded: bytes, token: bytes) -> tuple[list[bytes], list[int | None]]:
    """The pieces of quoted-printable between the tokens, and the `breaks` of the tokens, as `_Part` has both."""
    lines = encoded.split(_SOFT_BREAK)
    unbroken = b"".join(lines)
    ends = list(accumulate(map(len, lines[:-1])))  # offsets in `unbroken` at which `encoded` has a soft break
    pieces: list[bytes] = []
    breaks: list[int | None] = []
    start, at = 0, unbroken.find(token)
    while at >= 0:
        end = at + len(token)
        before, within = bisect_right(ends, at), bisect_left(ends, end)
        pieces.append(encoded[start : at + before * len(_SOFT_BREAK)])
        breaks.append(ends[before] - at if before < within else None)
        start, at = end + within * len(_SOFT_BREAK), unbroken.find(token, end)
    return [*pieces, encoded[start:]], breaks


def _is_left_alone(octets: bytes, placeholder: bytes, count: int) -> bool:
    """Whether each trace of the placeholder is all of it: a template may cut it, wrap it or change its case."""
    traces = octets.lower()
    whole = (octets.count(placeholder), traces.count(placeholder))
    return {*whole, traces.count(placeholder[:_TRACE]), traces.count(placeholder[-_TRACE:])} == {count}
