"""URLs of our own in a letter: printed as they are."""

from __future__ import annotations


class Url(str):
    """A URL of our own, while another text gets places to break."""

    __slots__ = ()


def without_scheme(url: str) -> Url:
    """The address of a website, to read."""
    return Url(url.partition("://")[2].removeprefix("www.").rstrip("/"))
