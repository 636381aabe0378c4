"""Random readers: a role or an occupation, some of its tasks and some without a place; in hours, percent or neither."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile, TaskShare
from worker.report.report import Report
from worker.report.subject import is_other_work

DATA = Path(__file__).parents[3] / "data"
UNPLACED = ("juggling five torches", "zorbing downhill", "feeding the office dragon", "quux the frobnicator")


@cache
def catalogue() -> Catalogue:
    return load_catalogue(DATA)


@cache
def matcher() -> Matcher:
    return Matcher(catalogue())


def report_of(slug: str, profile: TaskProfile) -> Report:
    return assemble_report(catalogue(), matcher(), role_slug=slug, role_text=slug, profile=profile)


def role_only(slug: str) -> Report:
    return report_of(slug, TaskProfile())


def random_week(seed: int) -> tuple[str, Report]:
    """The slug or code of a random reader's title, and the report."""
    drawn = random.Random(seed)
    slug = drawn.choice(list(catalogue().roles) if drawn.random() < 0.7 else list(catalogue().onet.occupations))
    usual = [task.name for task in role_only(slug).tasks if not is_other_work(task.slug)]
    named = drawn.sample(usual, drawn.randint(0, len(usual)))
    if drawn.random() < 0.3:
        others = [task.name for task in catalogue().tasks.values()]
        named += drawn.sample(others, drawn.randint(1, 12))
    named += drawn.sample(UNPLACED, drawn.choice([0, 0, 1, 2, 4]))
    drawn.shuffle(named)
    unit = drawn.choice(["none", "hours", "percent", "some"])
    tasks = tuple(TaskShare(name, _share(drawn, unit, len(named))) for name in named)
    skills = tuple(drawn.sample(list(catalogue().skills), drawn.choice([0, 0, 3, 12])))
    years = drawn.choice([None, 0.5, 2, 6, 14, 31])
    return slug, report_of(slug, TaskProfile(tasks, skills, years))


def _share(drawn: random.Random, unit: str, count: int) -> float | None:
    if unit == "none" or (unit == "some" and drawn.random() < 0.5):
        return None
    if unit == "percent":
        return drawn.randint(1, 60)
    return max(0.5, round(drawn.uniform(0.5, 80 / count)))
