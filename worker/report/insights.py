"""What follows from one reader's numbers, in sentences: rules with names, each a pure function.

A rule returns its sentence, or None where it has nothing true and useful to say. The index is always a whole number
with its "give or take"; exposure is never called replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.report.exposure import whole
from worker.report.phrases import about, counted, listed, mid_sentence, percent_of_jobs, years
from worker.report.report import (
    Band,
    Firmness,
    Index,
    Insight,
    ObservedUse,
    Range,
    RatedTask,
    ReportedSkill,
    RoleSummary,
    SkillEffect,
    UnratedTask,
)

WEEK_HOURS = 40  # the week in which moved hours are told
MOVED_HOURS = 4  # half a day: enough to show in whole points


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the rules may speak of. Where `index_is_role`, `tasks` are empty and the index is the role's."""

    role: RoleSummary | None
    index: Index
    index_is_role: bool
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
        """The part of the week with published figures, 0..1."""
        return sum(task.share for task in self.tasks)

    def points(self, task: RatedTask) -> float:
        """How many points of the index one task brings."""
        if self.rated_share == 0:
            return 100 * task.figures.score / len(self.tasks)
        return 100 * task.figures.score * task.share / self.rated_share

    @property
    def week(self) -> str:
        """Whose week the tasks are."""
        if self.own_tasks or self.role is None:
            return "your week"
        return f"the usual {self.role.title} week"


def headline(found: Findings) -> str:
    """The report in one sentence."""
    standing = f"more exposed to language models than {percent_of_jobs(found.percentile)}"
    if found.index_is_role and found.role is not None:
        return (
            f"No published figures exist for the tasks you named, so this is the usual {found.role.title} week: "
            f"{about(found.index)}, of 100, {standing}."
        )
    whose = found.week[0].upper() + found.week[1:]
    return f"{whose} comes out at {about(found.index)}, of 100: {standing}."


def biggest_driver(found: Findings) -> str | None:
    """Which task drives the index, and by how much."""
    if not found.tasks:
        return None
    task = max(found.tasks, key=found.points)
    if len(found.tasks) == 1:
        return f"The index rests on one task alone, {task.name}: naming the others of your week would make it yours."
    points = whole(found.points(task))
    if points == 0:
        return f"None of the {counted(len(found.tasks), 'task')} of {found.week} adds a whole point to the index."
    return (
        f"{task.name} drives the index most: {task.percent} % of {found.week}, and about {points} of its "
        f"{counted(found.index.value, 'point')}."
    )


def against_role(found: Findings) -> str | None:
    """Where the reader stands against their role's usual week."""
    if found.role is None or found.index_is_role:
        return None
    usual = found.role.index
    if not found.own_tasks:
        return (
            f"You named no tasks, so this is the usual {found.role.title} week; your own differs, and with it your "
            f"exposure."
        )
    gap = found.index.value - usual.value
    if gap == 0:
        return f"Your week comes out level with the usual {found.role.title} week, also about {usual.value}."
    direction = "above" if gap > 0 else "below"
    certainty = "more" if abs(gap) > found.index.margin else "no more"
    return (
        f"You stand {counted(abs(gap), 'point')} {direction} the usual {found.role.title} week (about {usual.value}), "
        f"{certainty} than the give or take of {found.index.margin}."
    )


def moved_hours(found: Findings) -> str | None:
    """What half a day moved from the most to the least exposed task does to the index."""
    movable = [task for task in found.tasks if task.share * WEEK_HOURS >= MOVED_HOURS]
    if not movable:
        return None
    source = max(movable, key=lambda task: task.figures.score)
    target = min(found.tasks, key=lambda task: task.figures.score)
    moved = MOVED_HOURS / WEEK_HOURS / found.rated_share
    change = whole(100 * moved * (source.figures.score - target.figures.score))
    if change == 0:
        return None
    return (
        f"In a {WEEK_HOURS}-hour week, each {MOVED_HOURS} hours moved from {source.name} to {target.name} would take "
        f"the index down by about {counted(change, 'point')}."
    )


def resilient_time(found: Findings) -> str | None:
    """How much of the week is resilient, or which task comes closest."""
    if not found.tasks:
        return None
    resilient = [task for task in found.tasks if task.resilient]
    if resilient:
        percent = sum(task.percent for task in resilient)
        return (
            f"{percent} % of {found.week} is resilient to today's language models on these labels: "
            f"{listed([task.name for task in resilient])}."
        )
    if len(found.tasks) == 1:
        return None
    least = min(found.tasks, key=lambda task: task.figures.score)
    return (
        f"None of the tasks of {found.week} is resilient to today's language models on these labels; {least.name} is "
        f"the least exposed."
    )


def high_exposure(found: Findings) -> str | None:
    """How many tasks face high exposure, and which."""
    high = [task for task in found.tasks if task.band is Band.HIGH]
    if not high or len(found.tasks) == 1:
        return None
    verb = "faces" if len(high) == 1 else "face"
    percent = sum(task.percent for task in high)
    return (
        f"{len(high)} of {len(found.tasks)} tasks {verb} high exposure, {percent} % of {found.week}: "
        f"{listed([task.name for task in high])}."
    )


def guarding_skills(found: Findings) -> str | None:
    """Which skills guard the reader."""
    guards = [skill for skill in found.skills if skill.effect is not SkillEffect.VULNERABLE]
    if not guards:
        return None
    resilient = [skill.name for skill in guards if skill.effect is SkillEffect.RESILIENT]
    amplified = [skill.name for skill in guards if skill.effect is SkillEffect.AMPLIFIED]
    parts = []
    if resilient:
        parts.append(f"{listed(resilient)} {'holds' if len(resilient) == 1 else 'hold'} where models do little")
    if amplified:
        parts.append(f"{listed(amplified)} {'gains' if len(amplified) == 1 else 'gain'} worth where models do much")
    whose = "Of your skills" if found.own_skills else "Of the skills this work rests on"
    return f"{whose}, {', and '.join(parts)}."


def pressed_skills(found: Findings) -> str | None:
    """Which skills face pressure."""
    pressed = [skill.name for skill in found.skills if skill.effect is SkillEffect.VULNERABLE]
    if not pressed:
        return None
    if len(pressed) == 1:
        return f"{pressed[0]} faces growing pressure: its routine part is what models take on first."
    return f"{listed(pressed)} face growing pressure: their routine part is what models take on first."


def agreement(found: Findings) -> str | None:
    """How sure the levels are: where human raters and GPT-4 part ways."""
    parted = [task.name for task in found.tasks if task.firmness is Firmness.BORDERLINE]
    if not found.tasks:
        return None
    if not parted:
        return (
            f"Human raters and GPT-4 agree on the level of {'each task' if len(found.tasks) > 1 else 'this task'} here."
        )
    if len(parted) == len(found.tasks):
        return f"Human raters and GPT-4 part ways on {listed(parted)}: read all that follows from it as borderline."
    borderline = "that level is" if len(parted) == 1 else "those levels are"
    return (
        f"Human raters and GPT-4 agree on the level of {len(found.tasks) - len(parted)} of {len(found.tasks)} tasks; "
        f"they part ways on {listed(parted)}: {borderline} borderline."
    )


def tooling(found: Findings) -> str | None:
    """How much of the exposure waits for software around the model."""
    span = found.scenario
    if span.high - span.low <= found.index.margin:
        return None
    return (
        f"How much of this reaches you depends on tooling: about {span.low} with a language model alone, about "
        f"{span.high} with all the software around it built."
    )


def seen_in_use(found: Findings) -> str | None:
    """Whether people were seen using assistants for these tasks. Not part of the index."""
    seen = [task for task in found.tasks if task.observed_use is ObservedUse.SEEN]
    visible = [task for task in found.tasks if task.observed_use is not ObservedUse.COULD_NOT_BE_SEEN]
    if not visible:
        return None
    if not seen:
        return "None of these tasks turned up in a published sample of assistant conversations; the index ignores that."
    which = "Every task" if len(seen) == len(visible) else f"{len(seen)} of the {len(visible)} tasks"
    return (
        f"{which} that could be looked for turned up in a published sample of assistant conversations "
        f"({sum(task.percent for task in seen)} % of {found.week}); the index ignores that."
    )


def experience(found: Findings) -> str | None:
    """What years of work mean for figures that rate tasks, not people."""
    if found.experience_years is None:
        return None
    span = years(found.experience_years)
    if not found.tasks:
        return f"The figures rate tasks, not people: they know nothing of what {span} of work taught you."
    task = max(found.tasks, key=found.points)
    return (
        f"The figures rate tasks, not people. What {span} of work taught you counts most where they stop, in "
        f"{task.name}: {mid_sentence(task.stays_human)}."
    )


def left_out(found: Findings) -> str | None:
    """Which tasks have no figures."""
    if not found.unrated_tasks:
        return None
    names = listed([f"“{task.own_words}”" for task in found.unrated_tasks])
    percent = sum(task.percent for task in found.unrated_tasks)
    verb, pronoun = ("has", "it") if len(found.unrated_tasks) == 1 else ("have", "them")
    nothing = "no published figures we can cite"
    if found.index_is_role and found.role is not None:
        return (
            f"{names} {verb} {nothing}, and you named no other task: until you do, the index is that of the usual "
            f"{found.role.title} week."
        )
    return f"{names} ({percent} % of your week) {verb} {nothing}; the index leaves {pronoun} out."


RULES: tuple[Callable[[Findings], str | None], ...] = (
    high_exposure,
    biggest_driver,
    against_role,
    moved_hours,
    resilient_time,
    guarding_skills,
    pressed_skills,
    tooling,
    agreement,
    experience,
    seen_in_use,
    left_out,
)


def insights_from(found: Findings) -> tuple[Insight, ...]:
    """What each rule has to say, in the order of RULES."""
    said = ((rule.__name__.replace("_", "-"), rule(found)) for rule in RULES)
    return tuple(Insight(rule, text) for rule, text in said if text is not None)
