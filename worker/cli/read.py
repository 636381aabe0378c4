"""`worker read`: how a title, and the tasks and skills of a profile, are understood."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from worker.assets import data_dir
from worker.cli.console import Format, print_rows, stdout
from worker.cli.profile_file import read_profile
from worker.cli.resources import settings_for_command
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile
from worker.report.reading import TitleReading
from worker.report.subjects import read_subject
from worker.report.week import named_parts, place, placed_share

STDIN = "-"
COLUMNS = ("typed", "kind", "title", "role", "occupations")


def read(
    title: Annotated[str, typer.Argument(help="A job title, or - for titles on standard input, one a line.")],
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also read the tasks and skills of this profile (JSON).")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="table, json (one object a line) or csv.")] = Format.TABLE,
) -> None:
    """Show how a job title, tasks and skills are understood.

    By the same code as a signup's. Nothing is recorded.

    Exit codes: 0 done, 2 the profile cannot be read.

    Example: `worker read "Sr. ML Eng @ Acme"`, `worker read nurse --profile me.json --format json`
    """
    settings_for_command()
    catalogue = load_catalogue(data_dir())
    matcher = Matcher(catalogue)
    words = EMPTY_PROFILE if profile is None else read_profile(profile)
    titles = (line.rstrip("\n") for line in sys.stdin) if title == STDIN else [title]
    found = ({"typed": typed, **understood(catalogue, matcher, typed, words)} for typed in titles)
    if form is Format.JSON:
        for answer in found:
            del answer["typed"]
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        _print(list(found), form)


def understood(catalogue: Catalogue, matcher: Matcher, title: str, profile: TaskProfile) -> dict[str, Any]:
    """What is read in a title and a profile; `coverage` is the placed part of the time stated, 0..1."""
    reading = matcher.read_title(title)
    subject = read_subject(catalogue, reading)
    known = subject.tasks if subject else catalogue.tasks
    usual = {part.task for part in subject.role.tasks} if subject else set()
    tasks = []
    for task in profile.tasks:
        slug = place(matcher, subject, task.task)
        name = known[slug].name if slug else None
        tasks.append({"text": task.task, "task": slug, "title": name, "placed": bool(slug), "in_role": slug in usual})
    skills = [{"text": skill, "skill": matcher.skill(skill, subject)} for skill in profile.skills]
    coverage = placed_share(named_parts(matcher, subject, profile.tasks))
    return {**_title(reading), "tasks": tasks, "skills": skills, "coverage": round(coverage, 4)}


def _title(reading: TitleReading) -> dict[str, Any]:
    return {
        "kind": str(reading.kind),
        "role": reading.role,
        "title": reading.title,
        "occupations": list(reading.occupations),
        "candidates": list(reading.candidates),
        "none_because": reading.none_because,
        "language": reading.language,
    }


def _print(answers: Iterable[Mapping[str, Any]], form: Format) -> None:
    rows = []
    for answer in answers:
        title = answer["title"] or str(answer["none_because"]).replace("_", " ")
        rows.append({**answer, "title": title, "occupations": " ".join(answer["occupations"])})
    print_rows(rows, COLUMNS, form, empty="No title was given.")
    if form is Format.TABLE:
        for row in rows:
            for task in row["tasks"]:
                read_as = escape(task["title"] or "not placed") + ("" if task["in_role"] else ", outside the role")
                stdout.print(f"  {escape(task['text'])}: {read_as}")
            for skill in row["skills"]:
                stdout.print(f"  {escape(skill['text'])}: {skill['skill'] or 'not known'}")
