"""Sentences that follow from one reader's figures: named rules, each a pure function.

A rule returns a sentence, or None if it does not apply or the letter's pictures and lists show the same. Figures are
whole numbers; exposure is never called replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from worker.report.exposure import whole
from worker.report.measures import Comparison, Difference, Index, Range
from worker.report.phrases import all_quoted, counted, listed, percentage, quoted
from worker.report.report import (
    Firmness,
    Insight,
    ObservedUse,
    RatedTask,
    ReportedSkill,
    RoleSummary,
    SkillEffect,
    UnratedTask,
)


@dataclass(frozen=True, slots=True)
class Findings:
    """The input of the rules.

    `usual_week` is what to call the usual week of the role inside a sentence; empty without a role. If `index_is_role`,
    tasks and index are the role's though the reader named tasks; if `blended`, a part of them. If `borrowed`, a usual
    week has the tasks of other occupations: the index does not follow from them.
    """

    role: RoleSummary | None
    usual_week: str
    index: Index
    against_usual: Difference | None
    index_is_role: bool
    blended: bool
    borrowed: bool
    placed_percent: int
    percentile: Range
    scenario: Range
    own_tasks: bool
    equal_shares: bool
    experience_years: float | None
    tasks: Sequence[RatedTask]
    unrated_tasks: Sequence[UnratedTask]
    skills: Sequence[ReportedSkill]
    own_skills: bool

    @property
    def rated_share(self) -> float:
        """The part of the week that is rated, 0..1."""
        return sum(task.share for task in self.tasks)

    @property
    def driver(self) -> RatedTask:
        """The task that adds most to the index, of those with a text if any has one.

        Raises ValueError if no task is rated.
        """
        return max(self.described or self.tasks, key=self.points)

    @property
    def described(self) -> Sequence[RatedTask]:
        """The tasks that have a text: all but the other work of an occupation."""
        return [task for task in self.tasks if task.rationale]

    @property
    def personal(self) -> bool:
        """Whether tasks and index are the reader's own."""
        return self.own_tasks and not self.index_is_role and not self.blended

    def points(self, task: RatedTask) -> float:
        """How many points one task adds to the index."""
        if self.rated_share == 0:
            return 100 * task.figures.score / len(self.tasks)
        return 100 * task.figures.score * task.share / self.rated_share

    @property
    def week(self) -> str:
        """What to call the week that the tasks make up."""
        if self.personal:
            return "your week"
        return "the week shown here" if self.blended else self.usual_week


def biggest_driver(found: Findings) -> str | None:
    """Which task adds most to the index, and how much."""
    if found.borrowed and not found.personal:
        return None
    task = found.driver
    if not task.rationale:
        return None
    if len(found.tasks) == 1:
        return (
            f"The index rests on one task alone, {quoted(task.name)}: read it as the exposure of that task rather than "
            f"of a whole week."
        )
    points = whole(found.points(task))
    if points == 0:
        return f"No task of {found.week} adds a whole point to the index."
    most = "drives the index most"
    if task is not max(found.tasks, key=found.points):
        most = "drives the index most among the kinds of work we have a name for"
    return (
        f"{quoted(task.name)} {most}: {percentage(task.percent)} of {found.week}, and about {points} of "
        f"the {counted(found.index.value, 'point')}."
    )


def against_role(found: Findings) -> str | None:
    """How the reader's week compares with the usual week of the role; None for a single task."""
    if found.role is None or found.against_usual is None:
        return None
    usual = found.role.index.value
    gap = found.against_usual.points
    if gap == 0:
        return f"Your week comes out level with {found.usual_week}."
    direction = "above" if gap > 0 else "below"
    certainty = (
        "too close for the figures to tell them apart"
        if found.against_usual.verdict is Comparison.TOO_CLOSE
        else "clearly more than the figures are unsure by"
    )
    return (
        f"Your week comes out {counted(abs(gap), 'point')} {direction} {found.usual_week}, which is at "
        f"about {usual}: {certainty}."
    )


def resilient_tasks(found: Findings) -> str | None:
    """Which tasks are resilient, or which comes closest. The headline has their share of the week."""
    resilient = [task.name for task in found.described if task.resilient]
    if resilient:
        return f"Resilient to language models on the labels of 2023: {all_quoted(resilient)}."
    if len(found.described) < 2 or any(task.resilient for task in found.tasks):
        return None
    least = min(found.described, key=lambda task: task.figures.score)
    return f"No task of {found.week} counts as resilient to language models; {quoted(least.name)} is the least exposed."


def guarding_skills(found: Findings) -> str | None:
    """Which of the reader's own skills keep or gain worth."""
    if not found.own_skills:
        return None
    resilient = [skill.name for skill in found.skills if skill.effect is SkillEffect.RESILIENT]
    amplified = [skill.name for skill in found.skills if skill.effect is SkillEffect.AMPLIFIED]
    parts = []
    if resilient:
        holds, it = ("holds its", "it") if len(resilient) == 1 else ("hold their", "them")
        parts.append(f"{listed(resilient)} {holds} worth, since models do little of {it}")
    if amplified:
        gains = "gains" if len(amplified) == 1 else "gain"
        parts.append(f"{listed(amplified)} {gains} worth in hands that use AI")
    return f"Of your skills, {'; '.join(parts)}." if parts else None


def agreement(found: Findings) -> str | None:
    """On which levels human raters and GPT-4 agree, and on which not."""
    tasks = found.described
    if not tasks:
        return None
    parted = [task.name for task in tasks if task.firmness is Firmness.BORDERLINE]
    if not parted:
        level = "the level of each task" if len(tasks) > 1 else "the level of the one task rated"
        return f"Human raters and GPT-4 agree on {level}."
    if len(parted) == len(tasks):
        return f"Human raters and GPT-4 part ways on {all_quoted(parted)}: read what follows from it as borderline."
    borderline = "that level is" if len(parted) == 1 else "those levels are"
    return (
        f"Human raters and GPT-4 agree on the level of {len(tasks) - len(parted)} of {len(tasks)} tasks; "
        f"they part ways on {all_quoted(parted)}: {borderline} borderline."
    )


def seen_in_use(found: Findings) -> str | None:
    """Whether these tasks were seen in conversations with assistants. Not part of the index."""
    seen = [task for task in found.described if task.observed_use is ObservedUse.SEEN]
    visible = [task for task in found.described if task.observed_use is not ObservedUse.COULD_NOT_BE_SEEN]
    if not visible:
        return None
    sample = "in a published sample of assistant conversations, which the index leaves aside"
    if not seen:
        return f"None of these tasks turned up {sample}."
    if len(visible) == 1:
        return f"This task turned up {sample}."
    which = "Every task" if len(seen) == len(visible) else f"{len(seen)} of the {len(visible)} tasks"
    return f"{which} that could be looked for turned up {sample}."


Rule = Callable[[Findings], str | None]

RULES: tuple[Rule, ...] = (
    biggest_driver,
    against_role,
    resilient_tasks,
    guarding_skills,
)
"""Insights, in the order shown."""
DOUBT_RULES: tuple[Rule, ...] = (agreement, seen_in_use)
"""How sure this reader's figures are; shown where the letter explains its method."""


def insights_from(found: Findings) -> tuple[Insight, ...]:
    """The sentences of RULES that apply, in that order."""
    return tuple(_insights(RULES, found))


def doubts_from(found: Findings) -> tuple[Insight, ...]:
    """The sentences of DOUBT_RULES that apply, in that order."""
    return tuple(_insights(DOUBT_RULES, found))


def _insights(rules: Sequence[Rule], found: Findings) -> Iterator[Insight]:
    for rule in rules:
        text = rule(found)
        if text is not None:
            yield Insight(rule.__name__.replace("_", "-"), text)
