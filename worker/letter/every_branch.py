"""Reports that together take every branch of the templates.

They are rendered at start, so that a broken template is found before a reader finds it. Their texts
only name the branch that they take.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from worker.letter.rendered_letter import LetterContext
from worker.report.knowledge import Experience, Grade, Nearby, Stage, Statement
from worker.report.measures import Figures, Index, JobSpread, Range, Raters
from worker.report.reading import TitleKind
from worker.report.report import (
    Band,
    Firmness,
    NextStep,
    ObservedUse,
    Provenance,
    RatedTask,
    Report,
    ReportedSkill,
    RoleSummary,
    SkillEffect,
    Source,
    Spread,
    UnratedTask,
    WeekSlice,
)

_INDEX = Index(value=50, low=40, high=60)
_RANGE = Range(low=40, high=60)


def _task(number: int, count: int) -> RatedTask:
    band = list(Band)[number % 3]
    return RatedTask(
        slug=f"task-{number}",
        name=f"Task {number}",
        own_words="own words" if number % 2 else None,
        share=1 / count,
        percent=100 // count,
        band=band,
        firmness=list(Firmness)[number % 2],
        provenance=list(Provenance)[number // 3 % 2],
        published_band=list(Band)[number // 2 % 3],
        figures=Figures(human=0.5, gpt4=0.5, alternative=0.5, score=0.5, onet_tasks=("00-0000.00:1",)),
        spread=Spread(high=0.5, medium=0.25, low=0.25),
        resilient=band is Band.LOW,
        observed_use=list(ObservedUse)[number % 3],
        rationale="Rationale.",
        stays_human="What stays.",
        next_step="Next step.",
    )


def _skill(number: int) -> ReportedSkill:
    tasks = ("Task 1", "Task 2")[: number % 3]
    words = "own words" if number % 2 else None
    return ReportedSkill(f"skill-{number}", f"Skill {number}", words, list(SkillEffect)[number % 3], "Reason.", tasks)


_ROLE = RoleSummary("role", "Role", "family", "/outlook/role", _INDEX, _RANGE)
_UNRATED = tuple(UnratedTask(f"own words {number}", 0.01, 1, "Near" if number % 2 else None) for number in range(20))
_WEEK = (*(WeekSlice(band, 25, 1) for band in Band), WeekSlice(None, 25, 20))

_STATEMENTS = tuple(
    Statement(f"statement-{number}", "Statement.", "March 2026", "Source", Grade.A, date(2027, 3, 1))
    for number in range(4)
)

_FULL = Report(
    role_title="Role",
    role=_ROLE,
    index=_INDEX,
    index_is_role=False,
    percentile=_RANGE,
    all_jobs=JobSpread(p10=10, p25=25, p50=50, p75=75, p90=90),
    raters=Raters(human=50, gpt4=50),
    scenario=_RANGE,
    own_tasks=True,
    own_skills=True,
    equal_shares=True,
    experience_years=6,
    tasks=tuple(_task(number, 40) for number in range(40)),
    unrated_tasks=_UNRATED,
    week=_WEEK,
    skills=tuple(_skill(number) for number in range(20)),
    unknown_skills=tuple(f"unknown {number}" for number in range(20)),
    statements=_STATEMENTS,
    experience=Experience(Stage.SETTLED, "Experience.", _STATEMENTS, exposed=True),
    nearby=(Nearby("other-role", "Other role", 20, ("Skill 1",)),),
    next_steps=tuple(NextStep("Step.", f"Task {number}") for number in range(3)),
    sources=(Source("Source", "Attribution.", "MIT", "https://example.com/source"),),
    catalogue_version="probe",
    also_usual=tuple(_task(number, 6) for number in range(3)),
)
_ROLE_ONLY = replace(
    _FULL,
    own_tasks=False,
    own_skills=False,
    equal_shares=False,
    experience_years=None,
    tasks=tuple(_task(number, 6) for number in range(6)),
    unrated_tasks=(),
    also_usual=(),
    week=_WEEK[:3],
    skills=tuple(_skill(number) for number in range(3)),
    unknown_skills=(),
)
_NOTHING_KNOWN = replace(_ROLE_ONLY, own_tasks=True, index_is_role=True, unrated_tasks=_UNRATED[:1])
_NO_ROLE = replace(
    _FULL,
    role=None,
    kind=TitleKind.NONE,
    wrote="own words",
    also_usual=(),
    tasks=(_task(1, 1),),
    unrated_tasks=(),
    week=(WeekSlice(Band.MEDIUM, 100, 1),),
)
_BARE = replace(
    _ROLE_ONLY,
    scenario=Range(low=50, high=50),
    percentile=Range(low=0, high=0),
    skills=(),
    statements=(),
    experience=None,
    nearby=(),
    next_steps=(),
    tasks=(_task(0, 1),),
    week=(WeekSlice(Band.HIGH, 100, 1),),
)

_OTHER_WORK = replace(_task(2, 1), rationale="", stays_human="", next_step="")
_BLENDED = replace(_FULL, blended=True, placed_percent=40, wrote="own words", also_usual=())
_FAMILY = replace(_ROLE_ONLY, kind=TitleKind.FAMILY, candidates=("One", "Two"), wrote="own words")
_OCCUPATION = replace(
    _ROLE_ONLY,
    kind=TitleKind.OCCUPATION,
    tasks=(*_ROLE_ONLY.tasks, _OTHER_WORK),
    borrowed="Group",
    wrote="own words",
    languages=("German",),
    implied_skills=True,
    own_skills=True,
)
_OTHER_WORK_ONLY = replace(_OCCUPATION, tasks=(_OTHER_WORK,), next_steps=(), skills=())

REPORTS = (
    _FULL, _ROLE_ONLY, _NOTHING_KNOWN, _NO_ROLE, _BARE, _BLENDED, _FAMILY, _OCCUPATION, _OTHER_WORK_ONLY,
)  # fmt: skip
_CONTEXT = LetterContext(
    public_url="https://example.com",
    unsubscribe_url="https://example.com/u",
    report_url="https://example.com/r",
    forget_url="https://example.com/r#forget",
    postal_address="Street 1",
    sender_name="Sender",
)
CONTEXTS = (
    replace(_CONTEXT, page_url="https://example.com/outlook/role"),
    _CONTEXT,
)
