"""Numbers, paths and IP addresses that are not written as the contract has them."""

from __future__ import annotations

import ipaddress
import math
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

_NUMBER = re.compile(
    r"[~+]?(-?\d{1,12}(?:[.,]\d{1,12})?)\+?(?: ?(?:%|percent|h|hours?|hrs?|years?|yrs?|y))?", re.IGNORECASE
)
_HOST_AND_PORT = re.compile(r"\[(?P<v6>[^\[\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")


def read_number(value: Any) -> float | None:
    """Return the finite number that a value is, or that a text such as `40 %`, `7,5` or `6+ years` names; else None."""
    if isinstance(value, str):
        found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", value).strip())
        return float(found[1].replace(",", ".")) if found else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


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
