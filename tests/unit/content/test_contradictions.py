"""No two sentences of one report contradict each other, and no figure differs from the picture."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass

import pytest

from tests.unit.content.random_weeks import random_week, role_only
from worker.content.level import Shade
from worker.content.line import Line
from worker.content.tasks import TaskItem
from worker.content.tree import Content, content_of
from worker.content.verdict import Answer
from worker.content.week import week_name
from worker.content.wording import amount_of, number, sentence
from worker.report.measures import Comparison
from worker.report.report import Band, Report
from worker.report.subject import is_other_work

_FIGURE = re.compile(r"(\d+(?:\.\d+)?)(?:%| hours?)")
_OF_OWN_WEEK = re.compile(r"\((\d+|under 1)% of your own week\)")
_OF_A_TASK = re.compile(r" rated | of your own week\)")
HALF = 51  # percent; the words for more are true of any larger part, too
_RETIRED = (
    "give or take",
    "raters held",
    "of 1,",
    "eight in ten",
    "today's language models",
    "today’s language models",
    "much faster",
    "no published figures",
    "did not name",
    "most exposed of all",
)
SEEDS = [*range(100), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(100, 1000))]


def texts(value: object) -> list[str]:
    """Every text of a block, in order."""
    if isinstance(value, Line):
        return [value.text]
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for part in value for text in texts(part)]
    if is_dataclass(value) and not isinstance(value, type):
        return [text for field in fields(value) for text in texts(getattr(value, field.name))]
    return []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_week_contradicts_nothing(seed: int) -> None:
    slug, report = random_week(seed)
    content = content_of(report)
    weighs_most_is_what_the_verdict_names(report, content)
    amounts_are_those_of_the_picture(report, content)
    each_level_sums_to_its_slice(report, content)
    hours_or_percent(report, content)
    a_blend_is_no_week_of_the_readers(report, content)
    a_difference_is_one_of_ranges(report, content)
    counts_are_those_of_the_list(content)
    telling_more_shows_no_less(report, content, slug)
    skills_are_all_counted(report, content)
    nothing_is_said_twice(content)
    everything = "\n".join(texts(content))
    assert not [phrase for phrase in _RETIRED if phrase in everything]
    assert not re.search(r"\d\s%", everything)


def weighs_most_is_what_the_verdict_names(report: Report, content: Content) -> None:
    described = [task for task in report.tasks if task.rationale]
    most = max(described, key=lambda task: task.share * task.figures.score, default=None)
    expected = bool(most and most.band is not Band.LOW and content.verdict.kind is Answer.LITTLE)
    named = re.search(r"“(.+)”", content.verdict.answer.text)
    assert bool(named) == expected
    assert not named or (most and named[1] == most.name)


def amounts_are_those_of_the_picture(report: Report, content: Content) -> None:
    widths = {slice_.level.shade: slice_.width for slice_ in content.week.slices}
    assert sum(widths.values()) == 100
    low = widths.get(Shade.LOW, 0)
    exposed = widths.get(Shade.HIGH, 0) + widths.get(Shade.MEDIUM, 0)
    said = low if content.verdict.kind is Answer.LITTLE else exposed
    answer = content.verdict.answer.text
    unplaced = widths.get(Shade.NONE, 0)
    if "what we could place" in answer:
        assert unplaced
        assert f"{amount_of(round(100 * said / (100 - unplaced)))} what we could place of your week" in answer
    else:
        assert f"{amount_of(said)} {week_name(report)}" in answer.replace(sentence(amount_of(said)), amount_of(said))
        assert said > HALF or amount_of(said + unplaced) == amount_of(said), "unplaced time may make it more"
    if content.verdict.kind is Answer.LITTLE:
        assert report.index.value < 50
    if content.verdict.kind is Answer.MUCH:
        assert report.index.value > 50


def each_level_sums_to_its_slice(report: Report, content: Content) -> None:
    tasks = content.tasks
    shown = (*tasks.full, *tasks.brief, *(tasks.unplaced if report.personal else ()))
    for slice_ in content.week.slices:
        items = [item for item in shown if item.level.shade is slice_.level.shade]
        figures = [found for item in items if (found := _FIGURE.search(item.facts.text))]
        assert len(figures) == len(items)
        if any("under 1%" in item.facts.text for item in items) or "under" in slice_.amount:
            continue
        whole = _FIGURE.search(slice_.amount)
        assert whole
        assert sum(float(found[1]) for found in figures) == pytest.approx(float(whole[1]), abs=0.01)
        if "%" in slice_.amount:
            assert float(whole[1]) == slice_.width


def hours_or_percent(report: Report, content: Content) -> None:
    text = "\n".join([*texts(content.week), *texts(content.tasks)])
    if report.personal and report.hours:
        assert "%" not in text
    else:
        assert not re.search(r"\d hours?\b", text)


def a_blend_is_no_week_of_the_readers(report: Report, content: Content) -> None:
    """Where too little is placed, the week shown is a usual one; the time that the reader gave stays theirs."""
    text = "\n".join([*texts(content.verdict), *texts(content.week), *texts(content.index)])
    assert ("your week" in text.casefold()) == report.personal or content.verdict.kind is Answer.UNSURE
    assert "like yours" not in text
    if not report.blended:
        return
    named = sum(task.named for task in report.tasks)
    assert f"A usual week with {number(named)} of your tasks in it" in text
    assert not [said for said in texts(content.reading) if "the range is this occupation's own" in said]
    assert all(named_as_given(item, report) for item in (*content.tasks.full, *content.tasks.brief))


def named_as_given(item: TaskItem, report: Report) -> bool:
    """Whether a task of a blend says what part of it the reader gave, where that is not the whole."""
    (task,) = [task for task in report.tasks if task.slug == item.slug]
    figure = _OF_OWN_WEEK.search(item.facts.text)
    if not task.named or task.named_percent == task.percent:
        return figure is None
    return figure is not None and figure[1] in {str(task.named_percent), "under 1"}


def a_difference_is_one_of_ranges(report: Report, content: Content) -> None:
    text = " ".join(texts(content.index))
    index, jobs = report.index, report.all_jobs
    assert f"between {index.low} and {index.high} on a scale of 100" in text
    assert ("all below it" in text) == (index.low > jobs.p75)
    assert ("all above it" in text) == (index.high < jobs.p25)
    verdict = report.against_usual.verdict if report.against_usual else None
    assert ("is less exposed" in text) == (verdict is Comparison.ABOVE)
    assert ("is more exposed" in text) == (verdict is Comparison.BELOW)


def counts_are_those_of_the_list(content: Content) -> None:
    items = [*content.tasks.full, *content.tasks.brief]
    high, resilient, _ = content.counts.counts
    named = [item for item in items if not is_other_work(item.slug)]
    assert high.value == sum(item.level.shade is Shade.HIGH for item in named)
    assert resilient.value == sum(", resilient" in item.facts.text for item in named)


def telling_more_shows_no_less(report: Report, content: Content, slug: str) -> None:
    also = content.tasks.also.text if content.tasks.also else ""
    shown = len(content.tasks.full) + len(content.tasks.brief) + sum(task.name in also for task in report.also_usual)
    assert shown >= len(role_only(slug).tasks)
    assert len(content.tasks.unplaced) == len(report.unrated_tasks) or content.tasks.more_unplaced


def skills_are_all_counted(report: Report, content: Content) -> None:
    text = " ".join(texts(content.skills)) if content.skills else ""
    assert content.counts.counts[2].value == len(report.skills)
    named = [skill.name for skill in report.skills if skill.name in text]
    assert len(named) >= min(8, len(report.skills))


def nothing_is_said_twice(content: Content) -> None:
    """Names of tasks recur; so do the few words on a task's time and on how raters agreed. A sentence does not."""
    blocks = [getattr(content, field.name) for field in fields(content) if field.name not in {"subject", "preheader"}]
    sentences = [
        sentence
        for block in blocks
        for text in texts(block)
        for sentence in re.split(r"(?<=[.?!]) ", text)
        if len(sentence.split()) > 5 and sentence.endswith((".", "?")) and not _OF_A_TASK.search(sentence)
    ]
    gist = content.verdict.gist
    again = sorted({text for text in sentences if sentences.count(text) > 1 and text != gist})
    assert not again
