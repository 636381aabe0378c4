"""The types of settings. A mistake in a value is a ValueError that says what is expected."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from datetime import date
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_network
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

_Value = TypeVar("_Value")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
SHORTEST_TOKEN = 16
_NAMED_TOKEN = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_.-]{0,39})=(?P<token>[^=].{15,}?)(?:@(?P<until>\d{4}-\d{2}-\d{2}))?"
)
_HOST_NAME = r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?"
_HOST = re.compile(_HOST_NAME)
_AUTHORITY = rf"(?:{_HOST_NAME}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<authority>{_AUTHORITY})")
_HTTPS = re.compile(rf"https://{_AUTHORITY}(?:[/?][!-~]*)?")
_USUAL_PORTS = {"http": ":80", "https": ":443"}
_VISIBLE = re.compile("[!-~]+")
_LARGEST = 10**9
"""No setting has a unit in which more makes sense, and databases cannot count with what is far beyond it."""
_LISTEN = re.compile(r"[0-9A-Za-z.:\[\]-]+:[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no representation shows."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """The bearer token of one server. The ledger records its `name`; `until` is the last day it is accepted."""

    value: str = field(repr=False)
    name: str = ""
    until: date | None = None

    @classmethod
    def read(cls, text: str) -> ApiToken:
        """Read `token`, `name=token` or `name=token@2027-01-31`. Raises ValueError."""
        found = _NAMED_TOKEN.fullmatch(text)
        if found is None:
            return cls(text)
        return cls(found["token"], found["name"], date.fromisoformat(found["until"]) if found["until"] else None)

    def valid_on(self, day: date) -> bool:
        """Whether the token is accepted on a day."""
        return self.until is None or day <= self.until


class MailerKind(StrEnum):
    """The kinds of mailers; `worker.mailers.registry` has the module of each."""

    OUTBOX = "outbox"
    SES = "ses"

    @property
    def reports_events(self) -> bool:
        """Whether SES sends events about this mailer's letters."""
        return self is MailerKind.SES

    @property
    def reaches_readers(self) -> bool:
        """Whether this mailer's letters leave the machine; the settings that a letter needs are then required."""
        return self is not MailerKind.OUTBOX


class LogFormat(StrEnum):
    """The format of log lines; `auto` is console on a terminal and JSON elsewhere."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


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
    return kind.read(text) if kind is ApiToken else kind(text)


def check_limits(value: Any, *, ge: float | None = None, gt: float | None = None, le: float = _LARGEST) -> None:
    """Raises ValueError unless `value`, if it is a number, is at least `ge`, more than `gt` and at most `le`."""
    if not isinstance(value, int | float):
        return
    if ge is not None and value < ge:
        raise ValueError(f"must be {ge} or more")
    if gt is not None and value <= gt:
        raise ValueError(f"must be more than {gt}")
    if value > le:
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


def _at_least_one(keys: tuple[Secret, ...]) -> tuple[Secret, ...]:
    if not keys:
        raise ValueError("must have 32 characters or more")
    return keys


def _api_tokens(tokens: tuple[ApiToken, ...]) -> tuple[ApiToken, ...]:
    if any(len(token.value) < SHORTEST_TOKEN for token in tokens):
        raise ValueError(f"each token must have {SHORTEST_TOKEN} characters or more")
    if not all(_VISIBLE.fullmatch(token.value) for token in tokens):  # no header could carry it
        raise ValueError("each token must be of ASCII characters without a space, its name of letters, digits, _ . -")
    named = [replace(token, name=token.name or f"unnamed-{place}") for place, token in enumerate(tokens, start=1)]
    if len({token.name for token in named}) < len(named):
        raise ValueError("each token must have a name of its own")
    return tuple(named)


def read_origin(value: str) -> str:
    """The origin as a browser writes it: in lower case, and without the port that its scheme has anyway."""
    found = _ORIGIN.fullmatch(value)
    if found is None:
        raise ValueError("must be origins such as https://exposure.example.com, without a path or final slash")
    return value.lower().removesuffix(_USUAL_PORTS[found["scheme"]])


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
    if not _HTTPS.fullmatch(value):
        raise ValueError("must be an address such as https://report.example.com, with a host name in ASCII (xn--)")
    return value


def _ping(value: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - commands that need no such setting load faster without

    parts = urlsplit(value)
    here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not (parts.scheme == "https" and parts.hostname) and not here:
        raise ValueError("must start with https://, or with http:// and lead to this machine")
    if value.endswith("/"):
        raise ValueError("must not end with a slash")
    return value


def _days(value: int) -> int:
    check_limits(value, ge=1, le=36_500)  # a century: no database can count back much further
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


def _network(value: str) -> str:
    try:
        network = ip_network(value)
    except ValueError:
        raise ValueError("must be addresses or networks, such as 127.0.0.1, 10.0.0.0/8") from None
    if network.prefixlen == 0:  # then every visitor could forge an address
        raise ValueError("must not be every address there is: name the proxies")
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("must be host names such as report.example.com, without https:// and port")
    return value.lower()


CommaSeparated = tuple[_Value, ...]
Tokens = Annotated[CommaSeparated[ApiToken], _api_tokens]
Origins = CommaSeparated[Annotated[str, read_origin]]
Key = Annotated[Secret, _long_enough]
Keys = Annotated[CommaSeparated[Key], _at_least_one]
Networks = CommaSeparated[Annotated[str, _network]]
Hosts = CommaSeparated[Annotated[str, _host]]
Days = Annotated[int, _days]
Listen = Annotated[str, _listen]
LogLevel = Annotated[str, _log_level]
OneLine = Annotated[str, _one_line]
Mailbox = Annotated[OneLine, _mailbox]
HttpsUrl = Annotated[OneLine, _https]
PingUrl = Annotated[OneLine, _ping]
DatabaseUrl = Annotated[str, _database]
"""A URL of SQLite or PostgreSQL; PostgreSQL's names SQLAlchemy's driver."""
