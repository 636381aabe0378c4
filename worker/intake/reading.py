"""Lists, paths and IP addresses that are not written as the contract has them."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

_BETWEEN_ITEMS = re.compile(r"[,;\r\n\u2022\u3001\uff0c\uff1b]")
_HOST_AND_PORT = re.compile(r"\[(?P<v6>[^\[\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")


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
