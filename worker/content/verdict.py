"""The answer to "should I worry?", in the catalogue's words alone: the first sentence of the letter and the page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worker.content.line import Line, line
from worker.content.week import week_name
from worker.content.wording import MORE_THAN_HALF, amount_of, sentence
from worker.report.knowledge import Stage
from worker.report.report import Band, RatedTask, Report

_LOW_BELOW, _HIGH_FROM = 33, 58  # index points
_HALF = 50  # percent of the time that we could place
_ENOUGH = 60  # percent of the week; without a title, less is too little to judge by
_UNSURE = "We could place too little of your week to say"


class Answer(StrEnum):
    """How far there is a reason to worry."""

    LITTLE = "little"
    SOME = "some"
    MUCH = "much"
    UNSURE = "unsure"
    """We could place too little to say."""


_SENTENCES = {
    (Answer.LITTLE, None): "Not much: {clause}.",
    (Answer.LITTLE, Stage.BEGINNER): "Not much as you start out: {clause}.",
    (Answer.LITTLE, Stage.SETTLED): "Not much, where you are now: {clause}.",
    (Answer.LITTLE, Stage.SENIOR): "Not much, with your experience: {clause}.",
    (Answer.SOME, None): "A little: {clause}, and what it makes needs checking.",
    (Answer.SOME, Stage.BEGINNER): "A little: {clause}, so learn the work itself before you hand it over.",
    (Answer.SOME, Stage.SETTLED): "A little, and more about habits than about the job: {clause}.",
    (Answer.SOME, Stage.SENIOR): "A little: {clause}, and you can tell when it is wrong.",
    (Answer.MUCH, None): "Less about losing the job than about doing it the old way: {clause}.",
    (Answer.MUCH, Stage.BEGINNER): "Take it seriously: {clause}, so learn early to judge what it makes.",
    (Answer.MUCH, Stage.SETTLED): "Less about the job itself than about the old way of doing it: {clause}.",
    (Answer.MUCH, Stage.SENIOR): "Less than a beginner should: {clause}, and checking its work takes experience.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The hero: `question` is a line above it, `answer` its heading (the page's or letter's h1)."""

    question: str
    answer: Line
    kind: Answer
    gist: str
    """What the answer rests on, as a sentence of its own: for the line under the subject in a list of mails."""


def verdict_of(report: Report) -> Verdict:
    """The verdict on a report."""
    kind = answer_of(report)
    question = f"{report.role_title}: should you worry?"
    if kind is Answer.UNSURE:
        return Verdict(question, line(f"{_UNSURE}; here is what we found."), kind, f"{_UNSURE}.")
    clause = _clause(report, kind)
    stage = report.experience.stage if report.experience else None
    answer = _SENTENCES[kind, stage].format(clause=clause)
    if kind is Answer.LITTLE and (first := weighs_most(report.tasks)) and first.band is not Band.LOW:
        answer = f"{answer} AI will meet you first in “{first.name}”."
    return Verdict(question, line(answer), kind, f"{sentence(clause)}.")


def answer_of(report: Report) -> Answer:
    """Judged by the index and by how the placed time divides between the levels."""
    if report.role is None and report.placed_percent < _ENOUGH:
        return Answer.UNSURE
    shares = time_by_band(report)
    exposed, placed = shares[Band.HIGH] + shares[Band.MEDIUM], sum(shares.values())
    if report.index.value < _LOW_BELOW and 100 * shares[Band.LOW] >= _HALF * placed:
        return Answer.LITTLE
    if report.index.value >= _HIGH_FROM and 100 * exposed >= _HALF * placed:
        return Answer.MUCH
    return Answer.SOME


def time_by_band(report: Report) -> dict[Band, int]:
    """Percent of the week at each level, as the picture shows it."""
    return {band: sum(task.percent for task in report.tasks if task.band is band) for band in Band}


def weighs_most(tasks: tuple[RatedTask, ...]) -> RatedTask | None:
    """The task with the most time x exposure, of those that have a text; None if there is none."""
    described = [task for task in tasks if task.rationale]
    return max(described, key=lambda task: task.weight, default=None)


def _clause(report: Report, kind: Answer) -> str:
    shares = time_by_band(report)
    week, placed = week_name(report), sum(shares.values())
    if kind is Answer.LITTLE:
        return f"{_part(week, shares[Band.LOW], placed)} is work AI can do little of"
    helps = "speed up" if kind is Answer.MUCH else "help with"
    return f"AI can {helps} {_part(week, shares[Band.HIGH] + shares[Band.MEDIUM], placed)}"


def _part(week: str, percent: int, placed: int) -> str:
    """So many percent of a week, in words: of what we could place of it, if the rest might make other words true."""
    words, most = amount_of(percent), amount_of(percent + 100 - placed)
    if percent >= MORE_THAN_HALF or words == most or not placed:
        return f"{words} {week}"
    return f"{amount_of(round(100 * percent / placed))} what we could place of {week}"
