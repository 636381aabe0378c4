"""How much of a report a letter shows, and where. The report decides what is true; the layout decides what is shown.

Gmail clips a message near 102 KB. So of a long week, the tasks that matter most are shown in full and the others in one
row each, and the letter says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker.letter.scale import Stretch, index_row, jobs_row
from worker.letter.untrusted_text import clip, without_template_marks
from worker.report.phrases import give_or_take, less_exposed_jobs, years
from worker.report.reading import TitleKind
from worker.report.report import (
    HIGH_FROM,
    LOW_BELOW,
    Band,
    JobSpread,
    RatedTask,
    Report,
    ReportedSkill,
    SkillEffect,
    UnratedTask,
)

_SUBJECT_ROLE_CHARACTERS = 40
MOST_CANDIDATES = 6
"""Jobs named of those that a title may mean."""


@dataclass(frozen=True, slots=True)
class DetailLevel:
    """How much detail a letter shows."""

    tasks: int
    """Rated tasks shown in full."""
    skills: int
    """Skills shown with their reason."""
    names: int
    """Entries in each list of tasks or skills that the catalogue does not know."""
    words: int
    """Characters of one entry in the reader's own words."""


DETAIL_LEVELS = (
    DetailLevel(tasks=12, skills=12, names=60, words=200),
    DetailLevel(tasks=9, skills=9, names=40, words=90),
    DetailLevel(tasks=6, skills=6, names=24, words=40),
    DetailLevel(tasks=4, skills=3, names=12, words=24),
)
"""The most detailed first. A letter uses the first level that keeps it under the size limit."""


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task shown in full. `step` is its place among the next steps: the advice is there, so the card omits it."""

    task: RatedTask
    step: int | None


@dataclass(frozen=True, slots=True)
class SkillGroup:
    """The skills with one effect: some with their reason, the others by name."""

    effect: SkillEffect
    full: tuple[ReportedSkill, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a report that the letter shows. Rows are stretches of the scale; lists are in the report's order.

    `wrote` is the reader's title, `usual` what to call the usual week of the role at the head of a row, `may_mean` what
    a title may mean, as `A; B; or another`.
    """

    role_title: str
    subject_role: str | None
    wrote: str | None
    usual: str
    may_mean: str
    experience: str | None
    you_row: tuple[Stretch, ...]
    role_row: tuple[Stretch, ...]
    jobs_row: tuple[Stretch, ...]
    jobs: JobSpread
    give_or_take: str
    standing: str
    high_percent: int
    cards: tuple[TaskCard, ...]
    brief_tasks: tuple[RatedTask, ...]
    also_usual: tuple[RatedTask, ...]
    unrated_tasks: tuple[UnratedTask, ...]
    more_unrated: int
    skill_groups: tuple[SkillGroup, ...]
    unknown_skills: tuple[str, ...]
    more_unknown: int
    detail: DetailLevel
    high_from: int = HIGH_FROM
    low_below: int = LOW_BELOW


def lay_out(report: Report, detail: DetailLevel) -> Layout:
    """Select the parts of the report that a letter shows at this level of detail."""
    full = _weightiest(report.tasks, detail.tasks)
    steps = {step.task: place for place, step in enumerate(report.next_steps, start=1)}
    return Layout(
        role_title=clip(report.role_title, min(detail.words, 80)),
        subject_role=_subject_role(report),
        wrote=clip(report.wrote, min(detail.words, 80)) if report.wrote else None,
        usual=_usual(report),
        may_mean=_may_mean(report.candidates),
        experience=None if report.experience_years is None else years(report.experience_years),
        you_row=index_row(report.index),
        role_row=index_row(report.role.index) if report.role else (),
        jobs_row=jobs_row(report.all_jobs),
        jobs=report.all_jobs,
        give_or_take=give_or_take(report.index),
        standing=less_exposed_jobs(report.percentile),
        high_percent=sum(piece.percent for piece in report.week if piece.band is Band.HIGH),
        cards=tuple(
            TaskCard(task, steps.get(task.name)) for position, task in enumerate(report.tasks) if position in full
        ),
        brief_tasks=tuple(task for position, task in enumerate(report.tasks) if position not in full),
        also_usual=report.also_usual,
        unrated_tasks=report.unrated_tasks[: detail.names],
        more_unrated=max(0, len(report.unrated_tasks) - detail.names),
        skill_groups=_skill_groups(report.skills, detail.skills),
        unknown_skills=report.unknown_skills[: detail.names],
        more_unknown=max(0, len(report.unknown_skills) - detail.names),
        detail=detail,
    )


def _weightiest(tasks: tuple[RatedTask, ...], limit: int) -> frozenset[int]:
    """The positions of the tasks with the most time x exposure; on a tie, the first in the report's order.

    Other work of an occupation has no text to show in full.
    """
    described = [position for position, task in enumerate(tasks) if task.rationale]
    ranked = sorted(described, key=lambda position: -tasks[position].share * tasks[position].figures.score)
    return frozenset(ranked[:limit])


def _skill_groups(skills: tuple[ReportedSkill, ...], limit: int) -> tuple[SkillGroup, ...]:
    """The skills by effect. At most `limit` are shown with their reason, shared fairly between the effects."""
    groups = [(effect, [skill for skill in skills if skill.effect is effect]) for effect in SkillEffect]
    groups = [(effect, members) for effect, members in groups if members]
    fair = limit if len(skills) <= limit else max(1, limit // max(1, len(groups)))
    return tuple(
        SkillGroup(effect, tuple(members[:fair]), tuple(skill.name for skill in members[fair:]))
        for effect, members in groups
    )


def _may_mean(candidates: Sequence[str]) -> str:
    """Titles contain commas and "or": semicolons show where one ends."""
    more = ["or another"] if len(candidates) > MOST_CANDIDATES else []
    return "; ".join([*candidates[:MOST_CANDIDATES], *more])


def _usual(report: Report) -> str:
    """The usual week of the role at the head of a row or a list."""
    if report.role is None or report.kind is TitleKind.FAMILY:
        return "The usual week of these jobs"
    return f"{report.role.title}, usual week"


def _subject_role(report: Report) -> str | None:
    """The role for the subject line, in the catalogue's words.

    The person who fills in the form need not own the mailbox, and must not be able to write its subject line.
    """
    title = without_template_marks(report.role_title)
    return title if report.role is not None and 0 < len(title) <= _SUBJECT_ROLE_CHARACTERS else None
