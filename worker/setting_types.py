"""The types of settings. A mistake in a value is a ValueError that says what is expected."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

_Value = TypeVar("_Value")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_LISTEN = re.compile(r"[0-9A-Za-z.:\[\]-]+:[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no representation shows."""

    value: str = field(repr=False)


def read_value(kind: Any, text: str) -> Any:
    """`text` as a value of the type `kind`: an annotation of `worker.settings.Settings`. Raises ValueError."""
    if get_origin(kind) is Annotated:
        kind, *checks = get_args(kind)
        value = read_value(kind, text)
        for check in checks:
            value = check(value)
        return value
    if get_origin(kind) is tuple:
        return tuple(read_value(get_args(kind)[0], part.strip()) for part in text.split(",") if part.strip())
    if NoneType in get_args(kind):  # unset, it is None
        return read_value(get_args(kind)[0], text)
    if issubclass(kind, StrEnum):
        return _member(kind, text)
    if issubclass(kind, int | float):
        return _number(kind, text)
    return kind(text)


def check_limits(value: float, *, ge: float | None = None, gt: float | None = None, le: float | None = None) -> None:
    """Raises ValueError unless `value` is at least `ge`, more than `gt` and at most `le`."""
    if ge is not None and value < ge:
        raise ValueError(f"must be {ge} or more")
    if gt is not None and value <= gt:
        raise ValueError(f"must be more than {gt}")
    if le is not None and value > le:
        raise ValueError(f"must be {le} or less")


def _member(kind: type[StrEnum], text: str) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(kind)}") from None


def _number(kind: type[int | float], text: str) -> int | float:
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("must be a whole number" if kind is int else "must be a number")
    return value


def _long_enough(value: Secret) -> Secret:
    if len(value.value) < 32:
        raise ValueError("must have 32 characters or more")
    return value


def _hard_to_guess(value: tuple[Secret, ...]) -> tuple[Secret, ...]:
    if any(len(token.value) < 16 for token in value):
        raise ValueError("each token must have 16 characters or more")
    return value


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for origin in value:
        scheme, separator, host = origin.partition("://")
        if scheme not in {"http", "https"} or not separator or not host or "/" in host:
            raise ValueError("must be origins such as https://exposure.example.com, without a path or final slash")
    return value


def _listen(value: str) -> str:
    if not _LISTEN.fullmatch(value):
        raise ValueError("must be an address and a port, such as 127.0.0.1:9191")
    return value


def _log_level(value: str) -> str:
    if value not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must be one line, without control characters")
    return value


def _mailbox(value: str) -> str:
    from worker.address import AddressError, parse_address  # noqa: PLC0415 - slow to import; the default is not checked

    try:
        parse_address(parseaddr(value)[1])
    except AddressError:
        raise ValueError("must be one mail address, as `Name <address>`") from None
    return value


def _https(value: str) -> str:
    if not value.startswith("https://") or value.endswith("/"):
        raise ValueError("must start with https:// and not end with a slash")
    return value


def _database(value: str) -> str:
    if value.startswith("sqlite:///"):
        if value.removeprefix("sqlite:///") in {"", ":memory:"}:  # in memory, each process would have its own
            raise ValueError("must name a file, as sqlite:///var/ledger.db")
        return value
    scheme, separator, rest = value.partition("://")
    if separator and scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    raise ValueError("must start with sqlite:/// or postgresql://")


CommaSeparated = tuple[_Value, ...]
Tokens = Annotated[CommaSeparated[Secret], _hard_to_guess]
Origins = Annotated[CommaSeparated[str], _origins]
Key = Annotated[Secret, _long_enough]
Listen = Annotated[str, _listen]
LogLevel = Annotated[str, _log_level]
OneLine = Annotated[str, _one_line]
Mailbox = Annotated[OneLine, _mailbox]
HttpsUrl = Annotated[OneLine, _https]
DatabaseUrl = Annotated[str, _database]
"""A URL of SQLite or PostgreSQL; PostgreSQL's names SQLAlchemy's driver."""
