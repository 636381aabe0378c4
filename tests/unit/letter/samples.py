"""Reports for the letter's tests, one for each level of personalisation, built by hand from the ML Engineer page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from worker.address import parse_address
from worker.letter.mime import MessageHeaders
from worker.letter.rendered_letter import LetterContext
from worker.report.knowledge import Grade, Statement
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

TEMPLATES = Path(__file__).parents[3] / "templates"

CONTEXT = LetterContext(
    public_url="https://exposure.example.com",
    unsubscribe_url="https://exposure.example.com/unsubscribe/sample-token",
    report_url="https://exposure.example.com/report/sample-token",
    forget_url="https://exposure.example.com/report/sample-token#forget",
    postal_address="AI Exposure Report, 1 Example Street, Example City",
    sender_name="AI Exposure Report",
    page_url="https://exposure.example.com/outlook/ml-engineer",
)
HEADERS = MessageHeaders(
    sender="AI Exposure Report <reports@exposure.example.com>",
    recipient=parse_address("ada@example.org"),
    date=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    rfc_message_id="<sample@exposure.example.com>",
    unsubscribe_url=CONTEXT.unsubscribe_url,
    unsubscribe_mailto="mailto:unsubscribe@exposure.example.com",
    reply_to="Exposure help <help@exposure.example.com>",
)

HIGH, MEDIUM, LOW = Band.HIGH, Band.MEDIUM, Band.LOW


def rated(
    slug: str,
    name: str,
    band: Band,
    figures: tuple[float, float],
    percent: int,
    texts: tuple[str, str, str],
    *,
    own_words: str | None = None,
    firm: bool = True,
    page: bool = False,
    resilient: bool = False,
    use: ObservedUse = ObservedUse.SEEN,
) -> RatedTask:
    human, gpt4 = figures
    return RatedTask(
        slug=slug,
        name=name,
        own_words=own_words,
        share=percent / 100,
        percent=percent,
        band=band,
        firmness=Firmness.FIRM if firm else Firmness.BORDERLINE,
        provenance=Provenance.OUTLOOK_PAGE if page else Provenance.PUBLISHED,
        published_band=band,
        figures=Figures(human, gpt4, (human + gpt4) / 2, (human + gpt4) / 2, ("15-1252.00:21670",)),
        spread=Spread(float(band is HIGH), float(band is MEDIUM), float(band is LOW)),
        resilient=resilient,
        observed_use=use,
        rationale=texts[0],
        stays_human=texts[1],
        next_step=texts[2],
    )


CODE = rated(
    "write-production-code",
    "Write production code",
    HIGH,
    (0.875, 1.0),
    40,
    (
        "Language models draft and transform code quickly, from a new function to a port between frameworks. "
        "They miss what "
        "no file tells them: the odd edge case, the reason an old rule exists, how a change fits the whole system.",
        "Deciding on the architecture, handling the edge cases and answering for how the change fits the system.",
        "For your next three changes, write the tests and the edge cases first, let an assistant draft the "
        "code against "
        "them, and note what it got wrong.",
    ),
    page=True,
)
PIPELINES = rated(
    "build-data-pipelines",
    "Build and maintain data pipelines",
    MEDIUM,
    (0.625, 0.625),
    35,
    (
        "Extract and load boilerplate and SQL transformations are quick work for a model. What the data "
        "should look like, and "
        "what to do the day a source changes its schema, it cannot know from the code.",
        "Judging whether the data is right, and steering each schema change through the teams that depend on it.",
        "Pick the pipeline that broke last, write down the three checks that would have caught it, and have "
        "an assistant turn "
        "them into tests.",
    ),
    page=True,
    use=ObservedUse.COULD_NOT_BE_SEEN,
)
MODELS = rated(
    "train-evaluate-models",
    "Train and evaluate ML models",
    HIGH,
    (0.5, 1.0),
    25,
    (
        "AutoML and assisted hyperparameter tuning shorten each turn from idea to measured model. They "
        "optimise the target "
        "they are given and will not tell you that the target, or the sample, is the wrong one.",
        "Framing the problem, seeing which features carry meaning, and reviewing the result for fairness.",
        "Write a one-page evaluation sheet for your current model: the groups it must not fail, the metric "
        "for each and the "
        "point at which you would not ship.",
    ),
    firm=False,
    page=True,
)
MENTORING = rated(
    "mentor-colleagues",
    "Mentor colleagues",
    LOW,
    (0.1, 0.05),
    15,
    (
        "A model can answer a junior's question at midnight. It cannot notice that the same question was "
        "asked three times "
        "this week, or why.",
        "Seeing what somebody is ready for, and staying with them until they have it.",
        "Book one hour a week with one person, and let them choose the subject.",
    ),
    resilient=True,
    use=ObservedUse.NOT_SEEN,
)

ROLE = RoleSummary("ml-engineer", "ML Engineer", "tech", "/outlook/ml-engineer", Index(78, 64, 91), Range(93, 99))
SKILLS = (
    ReportedSkill(
        "coding-delivery",
        "Coding delivery",
        None,
        SkillEffect.VULNERABLE,
        "Raw implementation is under pressure from code generation.",
        ("Write production code",),
    ),
    ReportedSkill(
        "python",
        "Python",
        "pandas and friends",
        SkillEffect.VULNERABLE,
        "Assistants write and rework Python well, so routine implementation takes less of your time and "
        "counts for less.",
        ("Write production code", "Build and maintain data pipelines", "Train and evaluate ML models"),
    ),
    ReportedSkill(
        "data-engineering",
        "Data engineering",
        None,
        SkillEffect.VULNERABLE,
        "Much of the code between systems can be generated; knowing what should flow cannot.",
        ("Build and maintain data pipelines",),
    ),
    ReportedSkill(
        "machine-learning",
        "Machine learning",
        None,
        SkillEffect.AMPLIFIED,
        "Whoever can judge a model gets more from tools that build them.",
        ("Train and evaluate ML models",),
    ),
)
STATEMENTS = (
    Statement(
        "ml-engineer-page",
        "It says, without evidence, that more than 70% of ML Engineer teams use coding assistants.",
        "2026",
        "Our outlook page",
        Grade.PAGE,
        date(2027, 2, 28),
    ),
    Statement(
        "technical-workers",
        "Technical workers said AI makes their work worth more; who asked warns that such answers are doubtful.",
        "May 2026",
        "METR (May 2026)",
        Grade.A,
        date(2027, 5, 31),
    ),
    Statement(
        "jobs",
        "The mix of occupations has not moved outside its past range.",
        "April 2026",
        "The Budget Lab at Yale (April 2026)",
        Grade.B,
        date(2027, 2, 28),
    ),
)
SOURCES = (
    Source(
        "GPTs are GPTs (Science, 2024)",
        "Exposure labels by human annotators and by GPT-4: Eloundou, Manning, Mishkin, Rock, Science 384:1306-1308.",
        "MIT",
        "https://github.com/openai/GPTs-are-GPTs",
    ),
    Source(
        "O*NET 30.1 Database",
        "This product includes information from the O*NET 30.1 Database by the U.S. Department of Labor, "
        "Employment and "
        "Training Administration (USDOL/ETA), used under the CC BY 4.0 license and modified in part. USDOL/ETA has not "
        "approved, endorsed, or tested these modifications.",
        "CC BY 4.0",
        "https://www.onetcenter.org/database.html",
    ),
    Source(
        "BLS OEWS, May 2024",
        "Numbers of US jobs by occupation: U.S. Bureau of Labor Statistics.",
        "Public domain",
        "https://www.bls.gov/oes/",
    ),
)
STEPS = (
    NextStep(CODE.next_step, CODE.name),
    NextStep(MODELS.next_step, MODELS.name),
    NextStep(PIPELINES.next_step, PIPELINES.name),
)


def week(tasks: tuple[RatedTask, ...], unrated: tuple[UnratedTask, ...] = ()) -> tuple[WeekSlice, ...]:
    """The stacked bar of these tasks."""
    slices = []
    for band in Band:
        members = [task.percent for task in tasks if task.band is band]
        if members:
            slices.append(WeekSlice(band, sum(members), len(members)))
    if unrated:
        slices.append(WeekSlice(None, sum(task.percent for task in unrated), len(unrated)))
    return tuple(slices)


ROLE_ONLY = Report(
    role_title="ML Engineer",
    role=ROLE,
    index=ROLE.index,
    index_is_role=False,
    percentile=Range(93, 99),
    all_jobs=JobSpread(5, 15, 31, 49, 61),
    raters=Raters(73, 89),
    scenario=Range(46, 97),
    own_tasks=False,
    own_skills=False,
    equal_shares=False,
    experience_years=None,
    tasks=(CODE, PIPELINES, MODELS),
    unrated_tasks=(),
    week=week((CODE, PIPELINES, MODELS)),
    skills=SKILLS,
    unknown_skills=(),
    statements=STATEMENTS,
    next_steps=STEPS,
    sources=SOURCES,
    catalogue_version="sample",
)
FULL = replace(
    ROLE_ONLY,
    index=Index(81, 66, 95),
    own_tasks=True,
    own_skills=True,
    experience_years=6,
    next_steps=STEPS,
    tasks=(replace(CODE, own_words="Coding the ranking service"), PIPELINES, MODELS),
)
EQUAL = replace(FULL, own_skills=False, experience_years=None, equal_shares=True)
SKILLS_ONLY = replace(ROLE_ONLY, own_skills=True, unknown_skills=("Fortran punch cards",))
YEARS_ONLY = replace(ROLE_ONLY, experience_years=0.5)
_MIXED = (replace(CODE, percent=30, share=0.3), replace(MENTORING, percent=25, share=0.25))
_MIXED_UNRATED = (
    UnratedTask("Walking the shop floor with the line managers", 0.3, 30),
    UnratedTask("Feeding the office cat", 0.15, 15),
)
UNKNOWN_TASKS = replace(
    FULL,
    index=Index(54, 38, 70),
    percentile=Range(72, 86),
    raters=Raters(48, 60),
    scenario=Range(30, 71),
    experience_years=1,
    tasks=_MIXED,
    unrated_tasks=_MIXED_UNRATED,
    week=week(_MIXED, _MIXED_UNRATED),
    skills=SKILLS[:1],
    unknown_skills=("Cat whispering",),
    next_steps=STEPS[:1],
)
_LOST = (UnratedTask("Keeping the old mainframe alive", 1.0, 100),)
NOTHING_KNOWN = replace(
    ROLE_ONLY,
    index_is_role=True,
    own_tasks=True,
    placed_percent=0,
    unrated_tasks=_LOST,
)
BLENDED = replace(
    FULL,
    wrote="ML person",
    blended=True,
    placed_percent=40,
    tasks=(replace(FULL.tasks[0], named=1, named_percent=25), *FULL.tasks[1:]),
    unrated_tasks=(
        UnratedTask("Pipelines for the people upstairs", 0.4, 40, "Build and maintain data pipelines"),
        UnratedTask("Feeding the office cat", 0.2, 20),
    ),
    unknown_skills=("Cat whispering",),
    implied_skills=True,
)
PERSONAL = replace(FULL, tasks=(CODE, MODELS), also_usual=(PIPELINES,), wrote="machine learning dev")
_OTHER = replace(MENTORING, slug="other-work-medium", name="Other work of this occupation", percent=25, share=0.25)
_OTHER = replace(_OTHER, rationale="", stays_human="", next_step="", resilient=False)
_OF_OCCUPATION = (
    replace(PIPELINES, name="Take orders and serve food", percent=60, share=0.6),
    replace(MENTORING, name="Clean and set up tables", percent=15, share=0.15),
    _OTHER,
)
_OCCUPATION = replace(ROLE, slug="35-3031.00", title="Waiter or waitress", family="Food service", page=None)
OCCUPATION = replace(
    ROLE_ONLY,
    kind=TitleKind.OCCUPATION,
    role_title="Waiter or waitress",
    role=_OCCUPATION,
    wrote="waiting tables at Joe's",
    tasks=_OF_OCCUPATION,
    week=week(_OF_OCCUPATION),
    skills=(),
    next_steps=(NextStep(PIPELINES.next_step, "Take orders and serve food"),),
)
BORROWED = replace(OCCUPATION, borrowed="Food service", wrote=None, unknown_skills=("Balancing plates",))
FAMILY = replace(
    OCCUPATION,
    kind=TitleKind.FAMILY,
    role_title="Registered nurse, nursing assistant or nurse practitioner",
    role=replace(_OCCUPATION, slug="", title="Registered nurse, nursing assistant or nurse practitioner"),
    wrote="nurse",
    candidates=("Registered nurse", "Nursing assistant", "Nurse practitioner"),
)
_ONE = (replace(MENTORING, percent=100, share=1.0, named=1, named_percent=100),)
ONE_TASK = replace(
    FULL,
    index=Index(8, 0, 27),
    percentile=Range(5, 22),
    raters=Raters(4, 12),
    scenario=Range(2, 12),
    tasks=_ONE,
    week=week(_ONE),
    skills=SKILLS[3:],
    next_steps=(NextStep(MENTORING.next_step, MENTORING.name),),
)
NO_ROLE = replace(UNKNOWN_TASKS, kind=TitleKind.NONE, role_title="Your work", wrote="Chief Tinkerer", role=None)
_POOL = (CODE, PIPELINES, MODELS, MENTORING)
_FORTY = tuple(
    replace(
        _POOL[at % 4], slug=f"task-{at}", name=f"{_POOL[at % 4].name}, part {at + 1}", share=weight, percent=percent
    )
    for at, (weight, percent) in enumerate([(0.04, 4)] * 20 + [(0.01, 1)] * 20)
)
FORTY = replace(
    FULL,
    tasks=_FORTY,
    week=week(_FORTY),
    skills=tuple(
        replace(
            SKILLS[at % 4], slug=f"skill-{at}", name=f"{SKILLS[at % 4].name} {at + 1}", effect=list(SkillEffect)[at % 3]
        )
        for at in range(60)
    ),
)
_WORLD = (
    replace(CODE, own_words="本番コードを書く、レビューする、そして直す", percent=30, share=0.3),
    replace(PIPELINES, own_words="بناء خطوط البيانات وصيانتها (ETL) كل يوم", percent=30, share=0.3),
)
_WORLD_UNRATED = (
    UnratedTask("👩‍💻🚀 shipping 🎉 vibes 👨‍👩‍👧‍👦", 0.2, 20),
    UnratedTask("x" * 200, 0.1, 10),
    UnratedTask("تنسيق الاجتماعات مع الفرق", 0.1, 10),
)
WORLD = replace(
    FULL,
    kind=TitleKind.NONE,
    role_title="Your work",
    wrote="機械学習エンジニア",
    role=None,
    tasks=_WORLD,
    unrated_tasks=_WORLD_UNRATED,
    week=week(_WORLD, _WORLD_UNRATED),
    unknown_skills=(
        "日本語",
        "تحليل البيانات",
        "🧪 chemistry",
        "y" * 200,
        "Donaudampfschifffahrtsgesellschaftskapitän",
    ),
)
HOSTILE_WORDS = (
    '<script>alert(1)</script> "><img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} '
    "\r\nBcc: everyone@evil.example\r\n\r\n</td></table> https://evil.example.com/login www.evil.com \u202e"
)
_HOSTILE_UNRATED = (UnratedTask(HOSTILE_WORDS, 0.5, 50), UnratedTask("null", 0.2, 20))
HOSTILE = replace(
    FULL,
    kind=TitleKind.NONE,
    role_title="Your work",
    wrote=HOSTILE_WORDS,
    role=None,
    tasks=(replace(CODE, own_words=HOSTILE_WORDS, percent=30, share=0.3),),
    unrated_tasks=_HOSTILE_UNRATED,
    week=week((replace(CODE, percent=30),), _HOSTILE_UNRATED),
    unknown_skills=(HOSTILE_WORDS, "<b>bold</b>", "{{ config }}"),
)

SAMPLES: dict[str, Report] = {
    "role-only": ROLE_ONLY,
    "tasks-hours-skills-years": FULL,
    "tasks-without-hours": EQUAL,
    "skills-only": SKILLS_ONLY,
    "years-only": YEARS_ONLY,
    "some-tasks-unknown": UNKNOWN_TASKS,
    "no-task-known": NOTHING_KNOWN,
    "week-placed-in-part": BLENDED,
    "week-without-a-usual-task": PERSONAL,
    "occupation": OCCUPATION,
    "occupation-with-borrowed-tasks": BORROWED,
    "family": FAMILY,
    "one-task": ONE_TASK,
    "role-unknown": NO_ROLE,
    "forty-tasks-sixty-skills": FORTY,
    "many-scripts": WORLD,
    "hostile": HOSTILE,
}
