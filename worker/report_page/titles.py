"""The titles that a reader may choose from: what their words may mean, and the roles whose names hold those words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.reading import TitleKind
from worker.report.spelling import fold_title
from worker.report.subjects import subject_of

MAX_CHOICES = 12  # besides typing another
_HINT_TASKS = 3  # names of tasks that tell one title from another


@dataclass(frozen=True, slots=True)
class TitleChoice:
    """A title to choose. `slug` is empty for "any of these"; `hint` names some of its tasks."""

    slug: str
    title: str
    hint: str
    chosen: bool


def is_title(catalogue: Catalogue, slug: str) -> bool:
    """Whether this is the slug of a role or the code of an occupation that we can report on."""
    return slug in catalogue.roles or ("." in slug and slug in catalogue.onet)


def title_choices(catalogue: Catalogue, matcher: Matcher, text: str, slug: str | None) -> tuple[TitleChoice, ...]:
    """The choices for a title that its reader wrote as `text`; `slug` is the one chosen or read, None for a family."""
    reading = matcher.read_title(text)
    choices = []
    if reading.kind is TitleKind.FAMILY:
        choices.append(TitleChoice("", "Any of these: their mean", "", chosen=slug is None))
    found = [slug or "", reading.slug or "", *reading.candidates, *_named_alike(catalogue, text)]
    for each in [each for each in dict.fromkeys(found) if is_title(catalogue, each)][:MAX_CHOICES]:
        subject = subject_of(catalogue, matcher, each, "")
        assert subject is not None, "the catalogue has this title"
        names = [subject.tasks[part.task].name for part in subject.role.tasks[:_HINT_TASKS]]
        choices.append(TitleChoice(each, subject.role.title, "; ".join(names), chosen=each == slug))
    return tuple(choices)


def _named_alike(catalogue: Catalogue, text: str) -> Iterator[str]:
    """Slugs of the roles that have all the words of `text` in their title, then of those that have them in an alias."""
    words = f" {fold_title(text)} "
    if not words.strip():
        return
    for role in catalogue.roles.values():
        if words in f" {fold_title(role.title)} ":
            yield role.slug
    for role in catalogue.roles.values():
        if any(words in f" {fold_title(alias)} " for alias in role.aliases):
            yield role.slug
