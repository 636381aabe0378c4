"""The report of one reader as a value, which `worker.letter` turns into a letter.

Bands, order and rounding are decided here, and the sentences about them in `worker.content`.
Figures are O*NET exposure labels (0 = none, 0.5 = with software built on a model, 1 = a model alone halves the time);
see docs/method.md for their sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.report.knowledge import Experience, Nearby, Observed, Statement
from worker.report.measures import Difference, Figures, Index, JobSpread, Range, Raters
from worker.report.reading import TitleKind


class Band(StrEnum):
    """How exposed one task is: cuts at HIGH_FROM and LOW_BELOW of the mean label."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Firmness(StrEnum):
    """FIRM where human raters and GPT-4 agree on the band, else BORDERLINE."""

    FIRM = "firm"
    BORDERLINE = "borderline"


class Provenance(StrEnum):
    """Where a rating comes from: computed from cited figures, or stated by the outlook page itself."""

    PUBLISHED = "published"
    OUTLOOK_PAGE = "outlook-page"


class ObservedUse(StrEnum):
    """Whether the task was seen in published samples of real assistant use. Never part of the index."""

    SEEN = "seen"
    NOT_SEEN = "not-seen"
    COULD_NOT_BE_SEEN = "could-not-be-seen"


class SkillEffect(StrEnum):
    """What language models do to the worth of a skill."""

    VULNERABLE = "vulnerable"
    AMPLIFIED = "amplified"
    RESILIENT = "resilient"


@dataclass(frozen=True, slots=True)
class Spread:
    """What the level of a task is a mean of: the parts of its O*NET tasks that are HIGH, MEDIUM and LOW alone.

    Each is 0..1, Core tasks counted twice; they sum to 1.
    """

    high: float
    medium: float
    low: float

    @property
    def levels(self) -> tuple[Band, ...]:
        """The levels that at least one of its O*NET tasks has, the highest first."""
        parts = ((Band.HIGH, self.high), (Band.MEDIUM, self.medium), (Band.LOW, self.low))
        return tuple(band for band, part in parts if part > 0)

    @property
    def opposed(self) -> bool:
        """Whether it has both HIGH and LOW work: its level alone then says too little."""
        return self.high > 0 and self.low > 0


@dataclass(frozen=True, slots=True)
class RatedTask:
    """One task of the reader's week that the catalogue knows. `share`: 0..1 of the week, unrated tasks included.

    `band` is a level of a mean; `spread` says which levels that mean is made of.

    What has figures and no text, the other work of an occupation, has empty texts.
    """

    slug: str
    name: str
    own_words: str | None
    """What the reader wrote, where it differs from `name`."""
    share: float
    percent: int
    """`share` as a whole percentage; the percentages of all tasks sum to 100."""
    band: Band
    firmness: Firmness
    provenance: Provenance
    published_band: Band
    figures: Figures
    spread: Spread
    resilient: bool
    observed_use: ObservedUse
    rationale: str
    stays_human: str
    next_step: str
    named: int = 0
    """How many of the reader's tasks it is; 0 if it is part of the usual week alone."""
    named_percent: int = 0
    """What of `percent` the reader gave it themselves; the rest are hours as usual."""

    @property
    def weight(self) -> float:
        """How much it weighs in the index: time x exposure."""
        return self.share * self.figures.score


@dataclass(frozen=True, slots=True)
class UnratedTask:
    """A task that we could not place: shown in the reader's own words, never rated, left out of the index.

    `share` and `percent` are of the reader's week. `near` is the task of ours that the words come closest to, if any.
    """

    own_words: str
    share: float
    percent: int
    near: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedSkill:
    """A skill the catalogue knows and what exposure does to it. `tasks` names the reader's tasks that use it."""

    slug: str
    name: str
    own_words: str | None
    """What the reader wrote, where it differs from `name`."""
    effect: SkillEffect
    reason: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeekSlice:
    """One piece of the stacked bar: the share of the week spent in a band; `band` None is unrated work."""

    band: Band | None
    percent: int
    task_count: int


@dataclass(frozen=True, slots=True)
class RoleSummary:
    """The catalogue's own view of the role, occupation or family, at its default time shares."""

    slug: str
    title: str
    family: str
    page: str | None
    """Path of its outlook page, as `/outlook/ml-engineer`; None if it has none."""
    index: Index
    percentile: Range


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do. `task` is the catalogue's name of the task.

    `about_ai` is set where the step is about using AI at work.
    """

    text: str
    task: str
    slug: str = ""
    """Of the task."""
    about_ai: bool = False
    statement_ids: tuple[str, ...] = ()
    """The statements that the step rests on."""


@dataclass(frozen=True, slots=True)
class Source:
    """A published source with the attribution its licence asks for; `figures` if the figures of all reports need it."""

    name: str
    attribution: str
    licence: str
    url: str
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report for one reader.

    `role` is the role, occupation or family that the reader's title was read as (`kind`), None if as none of these:
    the report is then about the tasks that the reader named, and `role_title` is "Your work". `wrote` is the title in
    the reader's words, where it is not what we read. `candidates` are the titles that a family may mean, most jobs
    first.

    `own_tasks`, `own_skills` and `experience_years` show what the reader gave. If they gave no task, `tasks` are the
    role's, at its usual shares. `placed_percent` is the part of the reader's week that the catalogue has a place for.
    Where too little is placed to claim a personal index, the other hours take the role's usual mix: `tasks` then hold
    those of both (`blended`), or the role's alone if nothing is placed (`index_is_role`). `also_usual` are the role's
    tasks that are not among `tasks`. `borrowed` names the group of occupations that an occupation's tasks are taken
    from, where its own have no kinds of work.
    """

    role_title: str
    role: RoleSummary | None
    index: Index
    raters: Raters
    index_is_role: bool
    percentile: Range
    all_jobs: JobSpread
    scenario: Range
    own_tasks: bool
    own_skills: bool
    equal_shares: bool
    """The reader named tasks but gave no shares, so each counts the same."""
    experience_years: float | None
    tasks: tuple[RatedTask, ...]
    unrated_tasks: tuple[UnratedTask, ...]
    week: tuple[WeekSlice, ...]
    skills: tuple[ReportedSkill, ...]
    unknown_skills: tuple[str, ...]
    next_steps: tuple[NextStep, ...]
    sources: tuple[Source, ...]
    catalogue_version: str
    kind: TitleKind = TitleKind.ROLE
    wrote: str | None = None
    candidates: tuple[str, ...] = ()
    placed_percent: int = 100
    blended: bool = False
    also_usual: tuple[RatedTask, ...] = ()
    borrowed: str | None = None
    languages: tuple[str, ...] = ()
    """The languages that the title may be in, as "German", where it is not English: the letter is in English."""
    against_usual: Difference | None = None
    """The reader's week against the usual week of the subject; None unless the index is claimed to be the reader's own,
    and for a single task."""
    implied_skills: bool = False
    """The reader named skills, and we could place none of them: `skills` are the role's."""
    statements: tuple[Statement, ...] = ()
    """What is known about this work, the most specific first, at most three."""
    observed: Observed | None = None
    experience: Experience | None = None
    nearby: tuple[Nearby, ...] = ()
    hours: float | None = None
    """The hours of the reader's week, if the shares they gave are hours."""

    @property
    def personal(self) -> bool:
        """Whether the index is claimed to be the reader's own."""
        return self.own_tasks and not self.index_is_role and not self.blended

    @property
    def high_count(self) -> int:
        """How many rated tasks are HIGH: the outlook page's "high exposure tasks". Other work is no task."""
        return sum(task.band is Band.HIGH for task in self.tasks if task.rationale)

    @property
    def resilient_count(self) -> int:
        """How many rated tasks are resilient to language models on these labels."""
        return sum(task.resilient for task in self.tasks if task.rationale)

    @property
    def skills_assessed(self) -> int:
        """How many of the shown skills the catalogue could assess."""
        return len(self.skills)
