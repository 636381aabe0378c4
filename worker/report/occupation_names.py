"""The title of an occupation where people read what the ledger keeps of a title: a role's slug or an O*NET-SOC code."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from worker.assets import data_dir
from worker.report.occupation_titles import singular_title

OCCUPATIONS_FILE = "evidence/occupations.csv"
TITLES_FILE = "occupations/titles.toml"
_CODE = re.compile(r"\d\d-\d{4}\.\d\d")


def role_words(role: str) -> str:
    """`role` itself, or the title of one worker where it is the O*NET-SOC code of an occupation.

    Raises OSError if the titles cannot be read; they are read when the first code is asked for.
    """
    return _titles(data_dir()).get(role, role) if _CODE.fullmatch(role) else role


@cache
def _titles(directory: Path) -> Mapping[str, str]:
    with (directory / OCCUPATIONS_FILE).open(encoding="utf-8", newline="") as file:
        titles = {row["onet_soc"]: singular_title(row["title"]) for row in csv.DictReader(file)}
    return {**titles, **tomllib.loads((directory / TITLES_FILE).read_text(encoding="utf-8"))}
