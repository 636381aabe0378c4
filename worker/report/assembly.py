"""Assembles a report from a catalogue and a profile. The same input gives the same report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from worker.errors import LetterError
from worker.plain_text import single_line
from worker.report.catalogue import Catalogue
from worker.report.estimates import (
    Estimate,
    difference_of,
    index_of,
    job_spread,
    percentile_of,
    raters_of,
    scenario_of,
)
from worker.report.exposure import Rating
from worker.report.known import ai_step_of, known_about, sources_of
from worker.report.matching import Matcher
from worker.report.measures import Difference
from worker.report.next_steps import next_steps
from worker.report.profile import TaskProfile
from worker.report.reading import TitleKind
from worker.report.report import RatedTask, Report, ReportedSkill, SkillEffect, UnratedTask
from worker.report.roles import Task
from worker.report.spelling import fold_title
from worker.report.subject import Subject
from worker.report.subjects import subject_of
from worker.report.title_words import LANGUAGES
from worker.report.week import (
    blend,
    blended_estimate,
    hours_of,
    is_personal,
    named_parts,
    other_words,
    personal_estimate,
    placed_share,
    rated_tasks,
    unrated_tasks,
    usual_parts,
    usual_tasks,
    week_slices,
    weights,
)

_SKILL_ORDER = list(SkillEffect)
MAX_IMPLIED_SKILLS = 8  # skills shown for a reader who named none and whose role is unknown
YOUR_WORK = "Your work"
"""The title of a report about the tasks alone."""


@dataclass(frozen=True, slots=True)
class _Week:
    """The reader's time as the report shows it, and the exact index that follows from it."""

    rated: tuple[RatedTask, ...]
    unrated: tuple[UnratedTask, ...]
    also_usual: tuple[RatedTask, ...]
    own_tasks: bool
    placed_percent: int
    blended: bool
    index_is_role: bool
    exact: Estimate
    mix: Sequence[tuple[Rating, float]]


def assemble_report(
    catalogue: Catalogue,
    matcher: Matcher,
    *,
    role_slug: str | None,
    role_text: str,
    profile: TaskProfile,
    today: date | None = None,
) -> Report:
    """The report of one reader.

    `role_slug` is what intake read the title as (a role's slug or an O*NET-SOC code; None for a family or nothing) and
    `role_text` what the reader wrote, which is read again where `role_slug` says too little. `today` is the date of the
    letter: statements long past theirs are left out, none without it. Raises LetterError if neither the title nor any
    task is known: intake refuses such signups, so this happens only if the catalogue has lost entries since.
    """
    subject = subject_of(catalogue, matcher, role_slug, role_text)
    return report_on(catalogue, matcher, subject, role_text, profile, today)


def report_on(
    catalogue: Catalogue,
    matcher: Matcher,
    subject: Subject | None,
    role_text: str,
    profile: TaskProfile,
    today: date | None = None,
) -> Report:
    """The report on a subject; None is a report about the reader's tasks. Without `role_text` it quotes no title.

    Raises LetterError if there is no subject and no task is known.
    """
    tasks = subject.tasks if subject else catalogue.tasks
    usual = usual_tasks(subject) if subject else ()
    week = _week(matcher, subject, tasks, usual, profile)
    skills, unknown_skills, known_skills = _skills(catalogue, matcher, subject, tasks, week.rated, profile.skills)
    known = known_about(catalogue, subject, week.exact, profile.experience_years, today)
    steps = next_steps(week.rated, usual, ai_step_of(catalogue, known))
    return Report(
        role_title=subject.role.title if subject else YOUR_WORK,
        role=subject.role.summary if subject else None,
        index=index_of(week.exact),
        raters=raters_of(week.exact),
        against_usual=_against_usual(subject, week),
        index_is_role=week.index_is_role,
        percentile=percentile_of(week.exact, catalogue.percentiles.mean_beta),
        all_jobs=job_spread(catalogue.percentiles.mean_beta),
        scenario=scenario_of(week.mix),
        own_tasks=week.own_tasks,
        own_skills=bool(profile.skills),
        equal_shares=week.own_tasks and not any(task.share for task in profile.tasks),
        experience_years=profile.experience_years,
        tasks=week.rated,
        unrated_tasks=week.unrated,
        week=week_slices(week.rated, () if week.blended or week.index_is_role else week.unrated),
        skills=skills,
        unknown_skills=unknown_skills,
        statements=known.statements,
        observed=known.observed,
        experience=known.experience,
        nearby=known.nearby,
        next_steps=steps,
        sources=sources_of(catalogue, known, steps),
        catalogue_version=catalogue.version,
        kind=subject.kind if subject else TitleKind.NONE,
        wrote=_wrote(subject, role_text),
        candidates=subject.candidates if subject else (),
        placed_percent=week.placed_percent,
        blended=week.blended,
        also_usual=week.also_usual,
        borrowed=subject.borrowed if subject else None,
        languages=_languages(catalogue, role_text),
        implied_skills=bool(profile.skills) and not known_skills,
        hours=hours_of(profile.tasks),
    )


def _against_usual(subject: Subject | None, week: _Week) -> Difference | None:
    if subject is None or not week.own_tasks or week.blended or week.index_is_role or len(week.rated) < 2:
        return None
    return difference_of(week.exact, subject.role.estimate)


def _week(
    matcher: Matcher,
    subject: Subject | None,
    tasks: Mapping[str, Task],
    usual: tuple[RatedTask, ...],
    profile: TaskProfile,
) -> _Week:
    """The coverage rules: from PERSONAL_FROM on the week is the reader's, below that its other hours are the role's."""
    parts = named_parts(matcher, subject, profile.tasks)
    placed = placed_share(parts)
    unrated = unrated_tasks(parts)
    placed_percent = 100 - sum(task.percent for task in unrated) if parts else 100
    if subject is None or (parts and is_personal(placed)):
        rated = rated_tasks(tasks, subject, parts)
        if not rated:
            raise LetterError("neither the title nor any task is known to the catalogue")
        own = {task.slug for task in rated}
        also = tuple(task for task in usual if task.slug not in own)
        mix: Sequence[tuple[Rating, float]] = weights(tasks, rated)
        exact = personal_estimate(mix, unrated, subject.mix if subject else ())
        return _Week(rated, unrated, also, True, placed_percent, False, False, exact, mix)
    if placed == 0:
        exact = subject.role.estimate
        return _Week(usual, unrated, (), bool(parts), placed_percent, False, bool(parts), exact, subject.mix)
    rated = rated_tasks(tasks, subject, blend(parts, usual_parts(subject)))
    own_mix = [(tasks[part.slug].rating, part.share) for part in parts if part.slug is not None]
    mix = [*own_mix, *((rating, share * (1 - placed)) for rating, share in subject.mix)]
    return _Week(rated, unrated, (), True, placed_percent, True, False, blended_estimate(parts, subject, tasks), mix)


def _wrote(subject: Subject | None, role_text: str) -> str | None:
    """The reader's title, where it is not what we read."""
    text = single_line(role_text)
    if subject and (text == subject.role.slug or fold_title(text) == fold_title(subject.role.title)):
        return None
    return text or None


def _languages(catalogue: Catalogue, role_text: str) -> tuple[str, ...]:
    translated = catalogue.titles.words.translations.get(fold_title(role_text))
    return tuple(LANGUAGES[code] for code in translated.languages) if translated else ()


def _skills(
    catalogue: Catalogue,
    matcher: Matcher,
    subject: Subject | None,
    tasks: Mapping[str, Task],
    rated: Sequence[RatedTask],
    named: Sequence[str],
) -> tuple[tuple[ReportedSkill, ...], tuple[str, ...], bool]:
    """The skills to show, vulnerable ones first; the wordings that we could not place; whether the skills are theirs.

    A reader none of whose skills is known gets those of the role.
    """
    users: dict[str, list[str]] = {}
    for task in rated:
        for skill in tasks[task.slug].skills:
            users.setdefault(skill, []).append(task.name)
    unknown: dict[str, str] = {}
    words: dict[str, list[str]] = {}
    for text in named:
        clean = single_line(text)
        if slug := matcher.skill(text, subject):
            words.setdefault(slug, []).append(clean)
        elif clean:
            unknown.setdefault(clean.casefold(), clean)
    implied = list((subject.role.skills if subject else ()) or users)[:MAX_IMPLIED_SKILLS]
    skills = [catalogue.skills[slug] for slug in words or implied]
    shown = [
        ReportedSkill(
            slug=skill.slug,
            name=skill.name,
            own_words=other_words(words.get(skill.slug, ()), skill.name, skill.slug),
            effect=skill.effect,
            reason=skill.reason,
            tasks=tuple(users.get(skill.slug, ())),
        )
        for skill in sorted(skills, key=lambda skill: _SKILL_ORDER.index(skill.effect))
    ]
    return tuple(shown), tuple(unknown.values()), bool(words)
