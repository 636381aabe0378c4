"""Why the reader got this letter, the way to the report page, and the words of the footer's links."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Farewell:
    """The button, the correction, and the footer. `why_before` and `why_after` are set around a link to the website."""

    button: str = "See the whole report"
    correct: str = "Something wrong? Correct it here"
    why_title: str = "Why you got this."
    why_before: str = "This address was entered for one personal report at"
    why_after: str = "It is the only one. Not you? Nothing more happens."
    unsubscribe: str = "Unsubscribe"
    forget: str = "Forget me"
