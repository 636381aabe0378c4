"""What an author should look at in a valid catalogue: none of it is an error, each needs a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import correlation, fmean

from worker.report.catalogue import Catalogue, Role
from worker.report.exposure import RESILIENT_BELOW
from worker.report.rationales import MOST_ALIKE, unfit, worn_opening
from worker.report.report import Firmness
from worker.report.statements import overdue

APART = 0.15  # of all ranks; a role that is this far from its occupations gives the reason in `apart_because`
SPEARMAN_FLOOR = 0.85  # between our role indices and the published means of their occupations


@dataclass(frozen=True, slots=True)
class Apart:
    """A role whose rank among roles differs from its occupations' rank. Figures in index points, `ranks` in -1..1."""

    role: str
    ours: float
    published: float
    ranks: float
    because: str | None


@dataclass(frozen=True, slots=True)
class WithoutResilient:
    """A role without a resilient task: its least exposed task, and the figures that make that one not resilient."""

    role: str
    task: str
    why: str


@dataclass(frozen=True, slots=True)
class UnfitRationale:
    """A task, kind of work or role (`place`) whose rationales the letter cannot show as they are."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class CatalogueQuality:
    """Everything an author should look at. `spearman` is None for fewer than three roles."""

    borderline: tuple[str, ...]
    unused_tasks: tuple[str, ...]
    unused_skills: tuple[str, ...]
    without_resilient: tuple[WithoutResilient, ...]
    unfit_rationales: tuple[UnfitRationale, ...]
    spearman: float | None
    apart: tuple[Apart, ...]
    overdue: tuple[str, ...]
    """Statements that are to be looked at again, each with its day and source; no fault, the texts still hold."""

    @property
    def clean(self) -> bool:
        """Whether each finding that needs a reason has one, and nothing is unused."""
        explained = all(role.because for role in self.apart)
        agrees = self.spearman is None or self.spearman >= SPEARMAN_FLOOR
        return explained and agrees and not (self.unused_tasks or self.unused_skills or self.unfit_rationales)


def catalogue_quality(catalogue: Catalogue, today: date) -> CatalogueQuality:
    """Check the whole catalogue, as it is on a day."""
    roles = sorted(catalogue.roles.values(), key=lambda role: role.slug)
    used_tasks = {part.task for role in roles for part in role.tasks}
    used_skills = {skill for role in roles for skill in role.skills}
    ours = [role.estimate.value for role in roles]
    published = [published_mean(catalogue, role) for role in roles]
    return CatalogueQuality(
        borderline=tuple(
            slug for slug, task in sorted(catalogue.tasks.items()) if task.rating.firmness is Firmness.BORDERLINE
        ),
        unused_tasks=tuple(
            sorted(slug for slug in catalogue.tasks.keys() - used_tasks if not catalogue.tasks[slug].any_job)
        ),
        unused_skills=tuple(
            sorted(slug for slug in catalogue.skills.keys() - used_skills if not catalogue.skills[slug].any_job)
        ),
        without_resilient=tuple(
            _least_exposed(catalogue, role)
            for role in roles
            if not any(catalogue.tasks[part.task].rating.resilient for part in role.tasks)
        ),
        unfit_rationales=tuple(_unfit_rationales(catalogue, roles)),
        spearman=correlation(ranks(ours), ranks(published)) if len(roles) > 2 else None,
        apart=_apart(roles, ours, published),
        overdue=to_look_at_again(catalogue, today),
    )


def to_look_at_again(catalogue: Catalogue, today: date) -> tuple[str, ...]:
    """The statements past their `look_again`, the longest first: slug, day and source of each."""
    late = overdue((finding.statement for finding in catalogue.findings.values()), today)
    return tuple(f"{known.id} (since {known.look_again:%Y-%m-%d}; {known.source})" for known in late)


def published_mean(catalogue: Catalogue, role: Role) -> float:
    """The mean of the published means of the role's occupations, in index points."""
    return 100 * fmean(catalogue.occupations[code].mean_beta for code in role.occupations)


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, ties sharing their mean rank, as Spearman's correlation needs them."""
    ordered = sorted(values)
    first = {value: ordered.index(value) + 1 for value in set(values)}
    return [first[value] + (ordered.count(value) - 1) / 2 for value in values]


def _apart(roles: Sequence[Role], ours: Sequence[float], published: Sequence[float]) -> tuple[Apart, ...]:
    found = [
        Apart(role.slug, mine, theirs, (my_rank - their_rank) / len(roles), role.apart_because)
        for role, mine, theirs, my_rank, their_rank in zip(
            roles, ours, published, ranks(ours), ranks(published), strict=True
        )
    ]
    return tuple(sorted((role for role in found if abs(role.ranks) >= APART), key=lambda role: -abs(role.ranks)))


def _unfit_rationales(catalogue: Catalogue, roles: Sequence[Role]) -> Iterator[UnfitRationale]:
    texts = {slug: task.rationale for slug, task in sorted(catalogue.tasks.items())}
    for place, text in (*texts.items(), *catalogue.onet.rationales()):
        if why := unfit(text):
            yield UnfitRationale(place, why)
    for role in roles:
        if word := worn_opening(texts[part.task] for part in role.tasks):
            yield UnfitRationale(role.slug, f"more than {MOST_ALIKE} tasks open with {word}")


def _least_exposed(catalogue: Catalogue, role: Role) -> WithoutResilient:
    task = min((catalogue.tasks[part.task] for part in role.tasks), key=lambda task: task.rating.figures.score)
    figures = task.rating.figures
    raters = (("human raters", figures.human), ("GPT-4", figures.gpt4), ("the alternative rubric", figures.alternative))
    high = [f"{name} {value:.2f}" for name, value in raters if value >= RESILIENT_BELOW]
    return WithoutResilient(role.slug, task.slug, f"mean {figures.score:.2f}; " + ", ".join(high))
