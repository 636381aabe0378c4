"""What the report page shows: the report as the reader has it, or as it reads with the reader's corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from worker.content.depth import Depth, depth_of
from worker.content.tree import Content, content_of
from worker.errors import LetterError
from worker.report.assembly import report_on
from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.measures import Index
from worker.report.profile import TaskProfile
from worker.report.report import Report
from worker.report.subject import Subject
from worker.report.subjects import subject_of
from worker.report.week import place
from worker.report_page.opened import OpenedReport, SentLetter
from worker.report_page.titles import TitleChoice, is_title, title_choices
from worker.report_page.week_form import OTHER_TITLE, Row, WeekForm, form_of, usual_rows


class Renewed(StrEnum):
    """Why the page does not say what the letter said."""

    FIGURES = "figures"
    """The catalogue is another: figures, texts, or how a title is read."""
    WORDS = "words"
    """The letter's templates are others; the figures are the same."""
    LESS_IN_LETTER = "less_in_letter"
    """The same versions; the letter was made without some of the reader's words."""


@dataclass(frozen=True, slots=True)
class Since:
    """The letter, what its title and index are by now, and why they differ."""

    letter: SentLetter
    title: str
    index: Index
    renewed: Renewed


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A task that a reader may choose for words of their own."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the form. `read_as` names the task that its words are read as; empty where we could not place them."""

    row: Row
    read_as: str


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page shows. `before` is the index without the corrections; None where there are none."""

    report: Report
    content: Content
    depth: Depth
    form: WeekForm
    rows: tuple[ShownRow, ...]
    titles: tuple[TitleChoice, ...]
    places: tuple[PlaceChoice, ...]
    before: Index | None
    since: Since | None


class PageMaker:
    """Makes what the page shows. `template_version` is that of the letter's templates now."""

    def __init__(self, catalogue: Catalogue, matcher: Matcher, template_version: str) -> None:
        self._catalogue = catalogue
        self._matcher = matcher
        self._template_version = template_version

    def as_kept(self, opened: OpenedReport) -> Shown:
        """The report as the ledger has it. Raises LetterError where the catalogue has lost all that it is about."""
        report = self._report(opened.role_text, opened.role_slug, opened.profile, opened.written_on)
        subject = subject_of(self._catalogue, self._matcher, opened.role_slug, opened.role_text)
        tasks = subject.tasks if subject else self._catalogue.tasks
        form = form_of(report, opened.role_text, opened.role_slug, opened.profile, tasks)
        return self._shown(report, form, before=None, since=self._since(opened, report))

    def corrected(self, opened: OpenedReport, posted: WeekForm) -> Shown:
        """The report with the reader's corrections; what cannot be used is left as it was and named in `problems`.

        Raises LetterError as `as_kept` does.
        """
        kept = self._report(opened.role_text, opened.role_slug, opened.profile, opened.written_on)
        form = self._with_title(posted)
        profile = form.profile()
        if form.rows and not profile.tasks and not all(row.is_usual for row in form.rows):
            form = _with_problem(form, "Give at least one task some time; until then this is the usual week.")
        try:
            report = self._report(form.role_text, form.role_slug, profile, opened.written_on)
        except LetterError:
            form = _with_problem(form, "We could place none of this, so the report is as it was.")
            report = kept
        if all(row.is_usual for row in form.rows):
            form = replace(form, rows=usual_rows(report))
        return self._shown(report, form, before=kept.index, since=self._since(opened, kept))

    def _report(self, role_text: str, role_slug: str | None, profile: TaskProfile, written_on: date | None) -> Report:
        subject = subject_of(self._catalogue, self._matcher, role_slug, role_text)
        return report_on(self._catalogue, self._matcher, subject, role_text, profile, written_on)

    def _with_title(self, form: WeekForm) -> WeekForm:
        """The form with the title that was chosen or typed."""
        typed = form.other_title if form.title in {None, "", OTHER_TITLE, form.role_slug} else ""
        if typed:
            reading = self._matcher.read_title(typed)
            if not reading.known:
                return _with_problem(form, f"We do not know a job by the title “{typed}”; the title is as it was.")
            return replace(form, role_text=typed, role_slug=reading.slug, title=None, other_title="")
        if form.title in {None, OTHER_TITLE, form.role_slug}:
            return replace(form, title=None, other_title="")
        slug = form.title or None
        if slug is not None and not is_title(self._catalogue, slug):
            return _with_problem(replace(form, title=None), "We do not have the title you chose any more.")
        return replace(form, role_slug=slug, title=None, other_title="")

    def _shown(self, report: Report, form: WeekForm, *, before: Index | None, since: Since | None) -> Shown:
        subject = subject_of(self._catalogue, self._matcher, form.role_slug, form.role_text)
        return Shown(
            report=report,
            content=content_of(report),
            depth=depth_of(report),
            form=form,
            rows=tuple(ShownRow(row, self._read_as(subject, row)) for row in form.rows),
            titles=title_choices(self._catalogue, self._matcher, form.role_text, form.role_slug),
            places=_places(subject),
            before=before,
            since=since,
        )

    def _read_as(self, subject: Subject | None, row: Row) -> str:
        tasks = subject.tasks if subject else self._catalogue.tasks
        slug = row.chosen if row.chosen in tasks else place(self._matcher, subject, row.task)
        return "" if slug is None else tasks[slug].name

    def _since(self, opened: OpenedReport, report: Report) -> Since | None:
        letter = opened.letter
        if letter is None:
            return None
        same_index = (letter.value, letter.low, letter.high) == _figures(report.index)
        if letter.catalogue_version != report.catalogue_version:
            renewed = Renewed.FIGURES
        elif not same_index or letter.title != report.role_title:
            renewed = Renewed.LESS_IN_LETTER
        elif letter.template_version != self._template_version:
            renewed = Renewed.WORDS
        else:
            return None
        return Since(letter, report.role_title, report.index, renewed)


def _places(subject: Subject | None) -> tuple[PlaceChoice, ...]:
    if subject is None:
        return ()
    return tuple(PlaceChoice(part.task, subject.tasks[part.task].name) for part in subject.role.tasks)


def _figures(index: Index) -> tuple[int, int, int]:
    return index.value, index.low, index.high


def _with_problem(form: WeekForm, problem: str) -> WeekForm:
    return replace(form, problems=(*form.problems, problem))
