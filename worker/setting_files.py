"""Settings given as files: `NAME_FILE` names a file that holds the value of `NAME`, as secrets are mounted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from worker.errors import ConfigurationError

SUFFIX = "_FILE"


def read_setting_files(environ: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return `environ` with the value of each of `names` that a file gives; a final line end is not part of it.

    Raises ConfigurationError where a file cannot be read or is empty, or where a setting is given both ways.
    """
    values = dict(environ)
    for name in names:
        path = values.pop(name + SUFFIX, "")
        if not path:
            continue
        if values.get(name):
            raise ConfigurationError(name + SUFFIX, f"{name} is set too: give one of the two")
        values[name] = _content(name + SUFFIX, Path(path))
    return values


def _content(setting: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(setting, f"{path} is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(setting, f"{path}: {getattr(error, 'strerror', None) or 'no path'}") from None
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise ConfigurationError(setting, f"{path} is empty")
    return value
