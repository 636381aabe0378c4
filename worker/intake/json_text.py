"""JSON as the contract takes it: UTF-8, no key twice in one object, no number beyond JSON's own."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from worker.errors import InvalidSignup

_BYTE_ORDER_MARK = "\ufeff"  # some programs begin a text in UTF-8 with it


def decode(payload: bytes | str) -> Any:
    """Return the value of a JSON text. Raises InvalidSignup."""
    try:
        text = payload.decode("utf-8") if isinstance(payload, bytes) else payload
        text.encode("utf-8")
    except UnicodeError:
        raise InvalidSignup([("(all)", "not text in UTF-8")]) from None
    try:
        return json.loads(
            text.removeprefix(_BYTE_ORDER_MARK), object_pairs_hook=_without_repetition, parse_constant=_no_number
        )
    except RecursionError:
        raise InvalidSignup([("(all)", "nested too deeply")]) from None
    except ValueError as error:
        raise InvalidSignup([("(all)", f"not JSON: {error}")]) from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidSignup([(next(name for name in names if names.count(name) > 1), "occurs twice")])
    return fields


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
