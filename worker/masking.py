"""Email addresses as operators and logs may see them."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

_ADDRESS = re.compile(r"[^\s<>\"',;:(){}\[\]=@]+@[^\s<>\"',;:(){}\[\]=@]+")


def mask_address(address: str) -> str:
    """`ada@example.com` -> `a***@example.com`. What is not an address keeps only its first character."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return f"{domain[:1]}***" if domain else ""
    return f"{local[:1]}***@{domain}"


def mask_text(text: str) -> str:
    """Mask every address inside free text, such as a library's error message."""
    return _ADDRESS.sub(lambda match: mask_address(match.group()), text) if "@" in text else text


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the last line of defence against an address in a log line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask_text(value)
    return event
