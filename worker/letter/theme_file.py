"""The keys of a theme.toml, each with what it must be."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import rtoml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from worker.errors import ThemeError
from worker.letter.palette import NAMES
from worker.setting_types import Mailbox, OneLine, read_value


def _colour(value: str) -> str:
    if len(value) != 7 or value[0] != "#" or any(digit not in "0123456789abcdefABCDEF" for digit in value[1:]):
        raise ValueError('must be a colour as "#0f5666"')
    return value.lower()


def _palette(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            raise ValueError(f"has no colour {name}" + (f"; did you mean {near[0]}?" if near else ""))
    return value


def _as(kind: Any) -> AfterValidator:
    """Checks a string as a setting of this kind is checked."""
    return AfterValidator(functools.partial(read_value, kind))


Line = Annotated[str, _as(OneLine)]
ReplyTo = Annotated[str, _as(Mailbox)]
Colour = Annotated[str, AfterValidator(_colour)]
Colours = Annotated[dict[str, Colour], AfterValidator(_palette)]
Text = Annotated[Line, Field(min_length=1, max_length=60)]
Pixels = Annotated[int, Field(ge=8, le=560)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _MarkKeys(_Part):
    text: Text | None = None
    image: Line | None = None
    alt: Text | None = None
    width: Pixels | None = None
    height: Pixels | None = None


class _Colours(_Part):
    brand: Colour
    accent: Colour
    light: Colours = {}
    dark: Colours = {}


class _Link(_Part):
    text: Text
    url: Line


class _Links(_Part):
    privacy: Line | None = None
    contact: Line | None = None
    more: list[_Link] = Field(default=[], max_length=6)


class ThemeFile(_Part):
    """A theme.toml as written."""

    name: Text
    reply_to: ReplyTo | None = None
    mark: _MarkKeys = _MarkKeys()
    colours: _Colours
    links: _Links = _Links()


def read_theme_file(path: Path) -> ThemeFile:
    """The keys of a theme.toml as written. Raises ThemeError, which names the file and the key."""
    try:
        return ThemeFile.model_validate(rtoml.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ThemeError(str(path), None, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ThemeError(str(path), None, "is not UTF-8") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ThemeError(str(path), _key(first["loc"]), _expected(first)) from None
    except rtoml.TomlParsingError as error:
        raise ThemeError(str(path), None, f"is not TOML: {error}") from None


def _key(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _expected(error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "extra_forbidden":
        return "is no key of a theme; docs/theme.md lists them"
    return str(error["msg"]).removeprefix("Value error, ")
