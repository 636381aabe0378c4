"""Reads data/changes into findings; what is undated, older than news may be, too long or ill-founded is refused."""

from __future__ import annotations

import calendar
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from worker.errors import CatalogueError
from worker.report.catalogue_entries import read_tables
from worker.report.catalogue_format import Entry, Name, Prose, Slug
from worker.report.knowledge import Grade, Statement
from worker.report.statements import EVERYONE, Finding, Use

FOLDER = "changes"
MOST_WORDS = 45
NEWS_FROM = "2025"  # nothing older is presented as news
OURS = {"outlook-page": "Our outlook page", "our-search": "Our own search"}
"""Sources that are no publication, by slug."""
PAGE_SOURCE = "outlook-page"


class StatementEntry(Entry):
    """`[slug]` of data/changes/*.toml; data/README.md says what each key means."""

    text: Prose
    dated: Annotated[str, StringConstraints(pattern=r"^20\d\d(-(0[1-9]|1[0-2]))?$")]
    source: Slug
    grade: Grade
    read: Name
    reach: Annotated[tuple[str, ...], Field(alias="for", min_length=1)]
    about: Slug
    use: Use = Use.NEWS
    look_again: date


def read_findings(
    files: Mapping[str, str], sources: Mapping[str, str], slugs: AbstractSet[str], codes: AbstractSet[str]
) -> Mapping[str, Finding]:
    """Every finding by slug. `sources` are names by slug, `slugs` those of roles and families, `codes` O*NET-SOC codes.

    Raises CatalogueError.
    """
    named = {**sources, **OURS}
    ordered = sorted(codes)
    found = {}
    for slug, (file, entry) in read_tables(StatementEntry, FOLDER, files).items():
        _check(file, slug, entry, named)
        for target in entry.reach:
            if target != EVERYONE and target not in slugs and not _begins_a_code(target, ordered):
                raise CatalogueError(file, f"{slug}.for", f"{target}: there is no such role, family or occupation")
        found[slug] = _finding(slug, entry, named[entry.source])
    return found


def _begins_a_code(beginning: str, ordered: Sequence[str]) -> bool:
    following = ordered[bisect_left(ordered, beginning) :][:1]
    return bool(following) and following[0].startswith(beginning)


def _check(file: str, slug: str, entry: StatementEntry, sources: Mapping[str, str]) -> None:
    if entry.source not in sources:
        raise CatalogueError(file, f"{slug}.source", f"{entry.source}: there is no such source")
    if (words := len(entry.text.split())) > MOST_WORDS:
        raise CatalogueError(file, f"{slug}.text", f"expected at most {MOST_WORDS} words, not {words}")
    if (entry.grade is Grade.PAGE) is not (entry.source == PAGE_SOURCE):
        raise CatalogueError(file, f"{slug}.grade", f"{Grade.PAGE} is the grade of the outlook page's own statements")
    if entry.use is Use.NEWS and entry.dated < NEWS_FROM:
        raise CatalogueError(file, f"{slug}.dated", f"nothing older than {NEWS_FROM} is shown as news")


def _finding(slug: str, entry: StatementEntry, source: str) -> Finding:
    statement = Statement(slug, entry.text, _in_words(entry.dated), source, entry.grade, entry.look_again)
    return Finding(statement, entry.use, entry.about, entry.source, entry.reach, entry.dated)


def _in_words(month: str) -> str:
    """`March 2026` for 2026-03; a year alone is itself."""
    year, _, number = month.partition("-")
    return f"{calendar.month_name[int(number)]} {year}" if number else year
