"""How the title was read, what the figures are made from, and what exposure means."""

from __future__ import annotations

from dataclasses import dataclass

from worker.content.line import Line, line, own
from worker.content.own_words import own_words
from worker.content.wording import listed
from worker.report.reading import TitleKind
from worker.report.report import Report

_TITLE_CHARACTERS, _TITLE_WORDS = 60, 9
_MOST_CANDIDATES = 4
_NO_HOURS = "You gave no hours, so each task counts the same."
_ONE_KNOWN = "What we could place of your week is one task of our list"
_EXPOSURE = "Exposure means that AI could halve the time of a task at the same quality. It is not replacement."


@dataclass(frozen=True, slots=True)
class Reading:
    """A few short lines under Monday's box."""

    lines: tuple[Line, ...]


def reading_of(report: Report) -> Reading:
    """The lines on how this report was made, those on the reader first."""
    lines = [_title(report), _borrowed(report), line(" ".join([*_basis(report), _EXPOSURE]))]
    return Reading(tuple(found for found in lines if found))


def _title(report: Report) -> Line | None:
    if report.kind is TitleKind.NONE:
        return line("We could not place your title, so this report is about the tasks you named.")
    wrote = own(own_words(report.wrote, characters=_TITLE_CHARACTERS, words=_TITLE_WORDS)) if report.wrote else None
    if report.candidates:
        names = [*report.candidates[:_MOST_CANDIDATES]]
        may_mean = "; ".join(names) + ("; or another" if len(report.candidates) > len(names) else "")
        head = ("You wrote ", wrote, ", which may mean") if wrote else ("This title may mean",)
        return line(
            *head,
            f" several jobs: {may_mean}. The figures are their mean, the range wider. Choose yours on your page.",
        )
    if not wrote:
        return None
    languages = f" We read titles in {listed(report.languages)}; the letter is in English." if report.languages else ""
    return line("You wrote ", wrote, f"; we read {report.role_title}.{languages}")


def _borrowed(report: Report) -> Line | None:
    if not report.borrowed or report.personal:
        return None
    if report.blended:
        return line(f"The tasks added to yours are those of related occupations ({report.borrowed}).")
    shown = f"The tasks shown are those of related occupations ({report.borrowed})"
    return line(f"{shown}; the range is this occupation's own.")


def _basis(report: Report) -> list[str]:
    """What the week shown is made from."""
    jobs = "these jobs" if report.kind is TitleKind.FAMILY else "your role"
    if report.blended:
        rest = f"We could not place enough of your week for figures of your own; the rest is as usual in {jobs}."
        return [rest, *([_NO_HOURS] if report.equal_shares else [])]
    if report.index_is_role:
        return [f"We could not place the tasks you named, so these figures are those of a usual week in {jobs}."]
    if report.personal and len(report.tasks) == 1:
        known = "You named one task" if report.tasks[0].named == 1 and not report.unrated_tasks else _ONE_KNOWN
        return [f"{known}, so the figures rest on it alone."]
    if report.equal_shares:
        return [_NO_HOURS]
    if not report.own_tasks:
        named = "title" if report.candidates else "role"
        return [f"This is the usual week of your {named}."]
    return []
