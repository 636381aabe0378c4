"""Where the catalogue and the templates are: inside an installed wheel, else beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def templates_dir() -> Path:
    """The directory that holds `email/report/`."""
    return _asset("templates")


def data_dir() -> Path:
    """The directory that holds the catalogue, the signup schema and the demo's signups."""
    return _asset("data")


def _asset(name: str) -> Path:
    packaged = _PACKAGE / "_assets" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
