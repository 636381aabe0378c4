"""Email addresses as operators and logs may see them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

# Each run of characters is looked at from its start alone, and at most nine signs before an address are left out of
# it: a long one without an @ costs no more than its length.
_SIGNS = "@\uff20\ufe6b"  # the last two as Asian keyboards have it
_AT = rf"(?:[{_SIGNS}]|%40)"  # the last as it stands in a link
_LOCAL = rf"\s<>\",;:()\[\]{_SIGNS}"  # what ends a local part; ' = {{ }} may occur in it
_ADDRESS = re.compile(rf"(?<![^{_LOCAL}])['={{}}]{{0,9}}([^{_LOCAL}]+){_AT}([^{_LOCAL}'={{}}]+)")
_MAY_HOLD_ONE = re.compile(_AT)


def mask_address(address: str) -> str:
    """`ada@example.com` -> `a***@example.com`. What is not an address keeps only its first character."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return f"{domain[:1]}***" if domain else ""
    return f"{local[:1]}***@{domain}"


def mask_text(text: str) -> str:
    """Mask every address inside free text, such as a library's error message."""
    return _ADDRESS.sub(_masked_match, text) if _MAY_HOLD_ONE.search(text) else text


def addresses_in(text: str) -> Iterator[str]:
    """Return every address inside free text, as `mask_text` finds them."""
    return (f"{found[1]}@{found[2]}" for found in _ADDRESS.finditer(text))


def _masked_match(match: re.Match[str]) -> str:
    before = match.group()[: match.start(1) - match.start()]
    return before + mask_address(f"{match[1]}@{match[2]}")


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the last line of defence against an address in a log line."""
    for key, value in event.items():
        if not key.startswith("_"):  # structlog's own: the record, not a part of the line
            event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {mask_text(str(key)): _masked(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(part) for part in value]
    return mask_text(str(value)) if isinstance(value, BaseException) else value
