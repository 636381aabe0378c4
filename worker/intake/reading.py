"""Numbers, paths and IP addresses that are not written as the contract has them."""

from __future__ import annotations

import ipaddress
import math
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

_DIGITS = r"\d{1,12}(?:[.,]\d{1,12})?"
_UNIT = (
    r"(?: ?(?:%|percent|h|hours?|hrs?|years?|yrs?|y))?"
    r"(?: ?(?:/|per|a|each|every) ?(?:week|wk)| of (?:my|the) (?:time|week))?"
)
_ABOUT = (
    r"(?:[~\u2248+]"
    r"|(?:about|around|approx\.?|approximately|roughly|circa|ca\.?|over|more than|almost|nearly)(?=[ \d]))? ?"
)
_NUMBER = re.compile(rf"{_ABOUT}(-?{_DIGITS})\+?{_UNIT}", re.IGNORECASE)
_FROM_TO = re.compile(rf"{_ABOUT}({_DIGITS}){_UNIT} ?(?:-|\u2013|\u2014|to) ?({_DIGITS}){_UNIT}", re.IGNORECASE)
_BETWEEN_ITEMS = re.compile(r"[,;\r\n\u2022\u3001\uff0c\uff1b]")
_HOST_AND_PORT = re.compile(r"\[(?P<v6>[^\[\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")


def read_number(value: Any) -> float | None:
    """Return the finite number that a value is, or that a text names; else None.

    Such a text is `40 %`, `7,5`, `about 6 hours a week` or `6+ years`; of `5-10 years` it is the middle.
    """
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip()
        found = _NUMBER.fullmatch(text) or _FROM_TO.fullmatch(text)
        numbers = [float(number.replace(",", ".")) for number in found.groups()] if found else []
        return sum(numbers) / len(numbers) if numbers == sorted(numbers) and numbers else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def read_list(text: str) -> list[str]:
    """Return what a text lists: between commas, semicolons, bullets or line ends."""
    return [item for part in _BETWEEN_ITEMS.split(text) if (item := part.strip())]


def read_page(value: str) -> str:
    """Return the path of a page: without query and fragment, and without scheme and host."""
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return value
    if parts.scheme.lower() in {"http", "https"} and parts.netloc:
        return parts.path or "/"
    return re.split(r"[?#]", value, maxsplit=1)[0]


def read_ip(value: Any) -> str | None:
    """Return the IP address in a value that may add a port or a zone, or list several, as proxies do; else None."""
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    if not isinstance(value, str):
        return None
    text = value.split(",")[0].strip().strip('"')
    found = _HOST_AND_PORT.fullmatch(text)
    host = (found["v6"] or found["v4"]) if found else text
    address = host.partition("%")[0]
    return str(ipaddress.ip_address(address)) if is_ip(address) else None


def is_ip(text: str) -> bool:
    """Whether a text is an IPv4 address, or an IPv6 one without a zone."""
    if "%" in text:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
