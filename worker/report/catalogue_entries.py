"""Reads the TOML files under data/ into entries; a wrong one is refused with file and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import rtoml
from pydantic import BaseModel, ValidationError

from worker.errors import CatalogueError
from worker.report.catalogue_format import (
    SENTENCES,
    SLUG,
    FamilyEntry,
    OverrideEntry,
    RoleEntry,
    SkillEntry,
    TaskEntry,
)

_E = TypeVar("_E", bound=BaseModel)

FOLDERS = ("changes", "families", "kinds", "occupations", "roles", "skills", "tasks")
"""Those of data/ that hold the catalogue's TOML files."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Every entry by slug, each with the file it is in."""

    families: Mapping[str, tuple[str, FamilyEntry]]
    roles: Mapping[str, tuple[str, RoleEntry]]
    skills: Mapping[str, tuple[str, SkillEntry]]
    tasks: Mapping[str, tuple[str, TaskEntry]]


def read_entries(files: Mapping[str, str]) -> Entries:
    """All entries of `files` (path relative to data/ -> text). Raises CatalogueError."""
    return Entries(
        families=_one_per_file(FamilyEntry, "families", files),
        roles=_one_per_file(RoleEntry, "roles", files),
        skills=read_tables(SkillEntry, "skills", files),
        tasks=read_tables(TaskEntry, "tasks", files),
    )


def cited_tasks(entries: Entries) -> set[str]:
    """The O*NET tasks, as `code:id`, that the catalogue's tasks cite."""
    return {key for _, task in entries.tasks.values() for key in task.onet}


def cited_occupations(entries: Entries) -> set[str]:
    """The O*NET-SOC codes of all roles and of all cited tasks."""
    of_roles = {code for _, role in entries.roles.values() for code in role.onet}
    return of_roles | {key.partition(":")[0] for key in cited_tasks(entries)}


def _one_per_file(kind: type[_E], folder: str, files: Mapping[str, str]) -> dict[str, tuple[str, _E]]:
    entries = {}
    for file in _within(folder, files):
        slug = file.removeprefix(f"{folder}/").removesuffix(".toml")
        check_slug(file, slug)
        entries[slug] = (file, read_entry(kind, file, files[file]))
    return entries


def read_tables(kind: type[_E], folder: str, files: Mapping[str, str]) -> dict[str, tuple[str, _E]]:
    """Entries by slug over all files of a folder, each with its file. Raises CatalogueError."""
    entries: dict[str, tuple[str, _E]] = {}
    for file in _within(folder, files):
        for slug, entry in read_table(kind, file, files[file]).items():
            if slug in entries:
                raise CatalogueError(file, slug, f"this slug is already in {entries[slug][0]}")
            entries[slug] = (file, entry)
    return entries


def _within(folder: str, files: Mapping[str, str]) -> list[str]:
    return [file for file in files if file.startswith(f"{folder}/")]


def read_entry(kind: type[_E], file: str, text: str) -> _E:
    """One entry that fills a whole file. Raises CatalogueError."""
    try:
        return kind.model_validate(_parse(file, text))
    except ValidationError as error:
        raise _first_problem(kind, file, error) from None


def read_table(kind: type[_E], file: str, text: str) -> Mapping[str, _E]:
    """Entries by the slug that heads each. Raises CatalogueError."""
    entries: dict[str, _E] = {}
    for slug, body in _parse(file, text).items():
        check_slug(file, slug)
        try:
            entries[slug] = kind.model_validate(body)
        except ValidationError as error:
            raise _first_problem(kind, file, error, slug) from None
    return entries


def read_overrides(file: str, text: str) -> Mapping[str, Mapping[str, OverrideEntry]]:
    """Overrides by the O*NET-SOC code and then the slug that head each. Raises CatalogueError."""
    found: dict[str, dict[str, OverrideEntry]] = {}
    for code, kinds in _parse(file, text).items():
        for slug, body in kinds.items():
            try:
                found.setdefault(code, {})[slug] = OverrideEntry.model_validate(body)
            except ValidationError as error:
                raise _first_problem(OverrideEntry, file, error, code, slug) from None
    return found


def check_slug(file: str, slug: str) -> None:
    """Raises CatalogueError unless `slug` is a slug."""
    if not re.fullmatch(SLUG, slug):
        raise CatalogueError(file, slug, "a slug is lower-case letters and digits joined by single hyphens")


def _parse(file: str, text: str) -> dict[str, Any]:
    try:
        return rtoml.loads(text)
    except rtoml.TomlParsingError as error:
        raise CatalogueError(file, "TOML", str(error)) from None


def _first_problem(kind: type[BaseModel], file: str, error: ValidationError, *prefix: str) -> CatalogueError:
    first = error.errors(include_url=False)[0]
    key = ".".join([*prefix, *(str(part) for part in first["loc"])])
    match first["type"]:
        case "missing":
            problem = "this key is missing"
        case "extra_forbidden" if len(first["loc"]) == 1:
            problem = f"unknown key; expected one of {', '.join(kind.model_fields)}"
        case "extra_forbidden":
            problem = "unknown key"
        case "string_pattern_mismatch" if first["ctx"]["pattern"] == SENTENCES:
            problem = "expected whole sentences without markup, single-spaced, ending in a full stop; no space before %"
        case _:
            problem = f"{first['msg']}, not {str(first['input'])[:80]!r}"
    return CatalogueError(file, key or "file", problem)
