"""What the report page adds to the content of the letter: how each task was judged, both measures, sources in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.content.level import level_of
from worker.content.line import Line, line, soft, strong
from worker.content.skills import EFFECTS
from worker.content.week import week_name
from worker.content.wording import listed, number
from worker.report.exposure import band_of_mean, whole
from worker.report.report import Band, ObservedUse, RatedTask, Report

_SAMPLE = "Anthropic's sample of Claude conversations (February 2025)"
_SEEN = {
    ObservedUse.SEEN: f"Work like this turned up in {_SAMPLE}.",
    ObservedUse.NOT_SEEN: f"Work like this did not turn up in {_SAMPLE}.",
    ObservedUse.COULD_NOT_BE_SEEN: f"Work like this is not in the list behind {_SAMPLE}, so it could not turn up.",
}
_CLOSE = 12  # points on the scale of 100


@dataclass(frozen=True, slots=True)
class Judged:
    """What people and GPT-4 said of one task, on a scale of 100, and in words how far they agree."""

    people: int
    gpt4: int
    agreement: str


@dataclass(frozen=True, slots=True)
class TaskDepth:
    """More on one task: each text under a heading of its own, and empty where there is none."""

    reason: str
    stays_human: str
    judged: Judged
    seen: str
    step: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure on the scale of 100, drawn as a bar; the number stands beside it."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class ByRater:
    """The index by each kind of rater alone: a line, then the bars."""

    text: Line
    bars: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Measures:
    """What could be, and what is: lines first, then the bars, then the lines on use."""

    title: str
    lines: tuple[Line, ...]
    bars: tuple[Measure, ...]
    use: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a line under it where there is one, and a list."""

    title: str
    lead: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """A source as its licence asks to be named."""

    name: str
    attribution: str
    licence: str
    url: str


@dataclass(frozen=True, slots=True)
class Depth:
    """The page's own blocks. `tasks` are by slug; what is None or empty has no section."""

    tasks: Mapping[str, TaskDepth]
    raters: ByRater
    measures: Measures
    skills: Section | None
    nearby: Section | None
    sources: tuple[Attribution, ...]


def depth_of(report: Report) -> Depth:
    """The depth of a report. The same report gives the same depth."""
    return Depth(
        tasks={task.slug: _task(task) for task in report.tasks},
        raters=_by_rater(report),
        measures=_measures(report),
        skills=_skills(report),
        nearby=_nearby(report),
        sources=tuple(
            Attribution(source.name, source.attribution, source.licence, source.url) for source in report.sources
        ),
    )


def _task(task: RatedTask) -> TaskDepth:
    people, gpt4 = whole(100 * task.figures.human), whole(100 * task.figures.gpt4)
    agreement = f"{_agreement(task, people, gpt4)} {_spread(task)}"
    return TaskDepth(
        task.rationale, task.stays_human, Judged(people, gpt4, agreement), _SEEN[task.observed_use], task.next_step
    )


def _agreement(task: RatedTask, people: int, gpt4: int) -> str:
    first, second = band_of_mean(task.figures.human), band_of_mean(task.figures.gpt4)
    mean = whole(100 * task.figures.score)
    if first is not second:
        words = f"They disagree. People say {_word(first)}, GPT-4 says {_word(second)}; the mean is {mean}"
        own = task.published_band is not task.band
        return f"{words}. Our outlook page says {_word(task.band)}." if own else f"{words}, so {_word(task.band)}."
    if task.published_band is not task.band:
        return f"Both say {_word(first)}; our outlook page says {_word(task.band)}, which we keep."
    if people == gpt4:
        return f"They agree: {_word(first)}."
    return f"{'Close' if abs(people - gpt4) <= _CLOSE else 'Some way apart'}, and both {_word(first)}."


def _spread(task: RatedTask) -> str:
    """What the level is a mean of."""
    pieces = len(task.figures.onet_tasks)
    named = {Band.HIGH: task.spread.high, Band.MEDIUM: task.spread.medium, Band.LOW: task.spread.low}
    if pieces == 1:
        return "It rests on one piece of work."
    if len(task.spread.levels) == 1:
        return f"All {number(pieces)} pieces of work behind it are {_word(task.spread.levels[0])}."
    parts = [f"{whole(100 * part)}% {_word(band)}" for band, part in named.items() if part > 0]
    return f"The {number(pieces)} pieces of work behind it differ: {listed(parts)}."


def _word(band: Band) -> str:
    return level_of(band).short.lower()


def _by_rater(report: Report) -> ByRater:
    people, gpt4 = report.raters.human, report.raters.gpt4
    text = (
        f"The range is at 95% confidence: a third kind of rater would most likely lie in it. By people alone "
        f"{week_name(report)} comes to {people} of 100, by GPT-4 alone to {gpt4}."
    )
    return ByRater(line(text), (Measure("People alone", people), Measure("GPT-4 alone", gpt4)))


def _measures(report: Report) -> Measures:
    low, high = report.scenario.low, report.scenario.high
    lines = (
        line(
            f"The range above counts work that needs software built around a language model at half. Counted not at "
            f"all, {week_name(report)} comes to {low} of 100; counted in full, to {high}. How much of it reaches you "
            "depends on the tools your employer buys: ask what is planned."
        ),
    )
    bars = (Measure("With all the software", high), Measure("A language model alone", low))
    use: list[Line] = []
    if report.observed is not None:
        use.append(line(report.observed.text))
        if report.observed.reading:
            use.append(line(report.observed.reading))
        use.append(line(soft("Exposure and use are two measures. Set them side by side; do not subtract them.")))
    return Measures("What could be, and what is", lines, bars, tuple(use))


def _skills(report: Report) -> Section | None:
    if not report.skills:
        return None
    lines = []
    for skill in report.skills:
        word, meaning = EFFECTS[skill.effect]
        used = f" Used in: {listed(skill.tasks, 3)}." if skill.tasks else ""
        lines.append(line(strong(f"{skill.name}. "), f"{word}: {meaning}. ", soft(f"{skill.reason}{used}")))
    return Section("Skills, one by one", "These verdicts are our judgement.", tuple(lines))


def _nearby(report: Report) -> Section | None:
    if not report.nearby:
        return None
    lines = tuple(
        line(
            strong(f"{job.title}. "),
            f"Its usual week: about {job.index} of 100. ",
            soft(f"Shares {listed(job.shared)}."),
        )
        for job in report.nearby
    )
    return Section("Work near yours", "Less exposed, with skills you have: our reading, not a forecast.", lines)
