"""The catalogue itself: every figure traced, and nothing written that the figures contradict."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from worker.report.catalogue import Catalogue, Task
from worker.report.report import Band, Firmness, ObservedUse, SkillEffect

ROOT = Path(__file__).parents[3]
EVIDENCE = ROOT / "data" / "evidence"
COUNTS = {"E0": Fraction(0), "E2": Fraction(1, 2), "E1": Fraction(1)}
FIRST_ROLES = {
    "ml-engineer", "software-engineer", "data-scientist", "data-engineer", "product-manager", "ux-designer",
    "marketing-manager", "customer-service-representative", "accountant", "lawyer", "registered-nurse", "electrician",
}  # fmt: skip


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def recomputed(labels: list[tuple[int, str]]) -> Fraction:
    return sum((weight * COUNTS[label] for weight, label in labels), Fraction(0)) / sum(weight for weight, _ in labels)


def band(score: Fraction) -> Band:
    if score * 100 >= 65:
        return Band.HIGH
    return Band.LOW if score * 100 < 40 else Band.MEDIUM


def check_rating(task: Task, rows_of: dict[str, dict[str, str]], core: set[str]) -> None:
    """Recompute one rating from rows of labels, with code of the test's own."""
    cited = [rows_of[key] for key in task.rating.figures.onet_tasks]
    weights = [2 if f"{row['onet_soc']}:{row['task_id']}" in core else 1 for row in cited]
    human, gpt4, alternative = (
        recomputed(list(zip(weights, [row[column] for row in cited], strict=True)))
        for column in ("human", "gpt4", "alternative")
    )
    score = (human + gpt4) / 2
    figures = task.rating.figures
    assert (figures.human, figures.gpt4, figures.alternative, figures.score) == pytest.approx(
        (float(human), float(gpt4), float(alternative), float(score))
    )
    assert task.rating.band is band(score)
    assert (task.rating.firmness is Firmness.FIRM) == (band(human) is band(gpt4))
    assert task.rating.resilient == (score * 3 < 1 and all(mean * 3 < 1 for mean in (human, gpt4, alternative)))
    seen = {row["seen"] for row in cited}
    expected = "seen" if "1" in seen else "not-seen" if "0" in seen else "could-not-be-seen"
    assert task.rating.observed_use is ObservedUse(expected)


def core_tasks(tasks: dict[str, dict[str, str]], occupations: Iterator[dict[str, str]]) -> set[str]:
    """O*NET's Core tasks, and all those of occupations it has not sorted."""
    unsorted = {row["onet_soc"] for row in occupations if row["n_core"] == row["n_supplemental"] == "0"}
    return {key for key, row in tasks.items() if row["task_type"] == "Core" or row["onet_soc"] in unsorted}


def test_every_rating_follows_from_the_stored_figures(catalogue: Catalogue) -> None:
    tasks = {f"{row['onet_soc']}:{row['task_id']}": row for row in rows(EVIDENCE / "tasks.csv")}
    core = core_tasks(tasks, rows(EVIDENCE / "occupations.csv"))
    for task in catalogue.tasks.values():
        check_rating(task, tasks, core)


def test_the_first_twelve_roles_are_there(catalogue: Catalogue) -> None:
    assert catalogue.roles.keys() >= FIRST_ROLES


def test_the_index_of_each_role_is_near_the_means_of_its_occupations(catalogue: Catalogue) -> None:
    """A role's index may leave its occupations' published mean, as its tasks are chosen, but not by far."""
    for role in catalogue.roles.values():
        published = [100 * catalogue.occupations[code].mean_beta for code in role.occupations]
        assert role.estimate.value == pytest.approx(sum(published) / len(published), abs=16), role.title


def texts(catalogue: Catalogue) -> dict[str, str]:
    """Every text that a reader may see about a task or skill, by slug and key."""
    found = {}
    for task in catalogue.tasks.values():
        found[f"{task.slug}.rationale"] = task.rationale
        found[f"{task.slug}.stays_human"] = task.stays_human
        found[f"{task.slug}.next_step"] = task.next_step
    for skill in catalogue.skills.values():
        found[f"{skill.slug}.reason"] = skill.reason
    return found


def test_no_two_texts_are_nearly_alike(catalogue: Catalogue) -> None:
    places = list(texts(catalogue))
    prose = list(texts(catalogue).values())
    for place, text in zip(places, prose, strict=True):
        alike = process.extract(text, prose, scorer=fuzz.ratio, processor=None, score_cutoff=75, limit=2)
        others = [places[index] for _, _, index in alike if places[index] != place]
        assert not others, f"{place} reads like {others}"


@pytest.mark.parametrize(
    "phrase",
    [
        r"\bsafe from\b",
        r"\breplaced by\b",
        r"\bgame.chang",
        r"\bleverag",
        r"\brevolution",
        r"\bcutting.edge\b",
        r"\bdelve\b",
        r"\btoday.s\b",
    ],
)
def test_no_empty_unkind_or_dated_words(catalogue: Catalogue, phrase: str) -> None:
    for place, text in texts(catalogue).items():
        assert not re.search(phrase, text, re.IGNORECASE), place


def test_a_rationale_leaves_raters_and_levels_to_the_figures(catalogue: Catalogue) -> None:
    for task in catalogue.tasks.values():
        assert not re.search(r"\braters?\b|GPT|\bratings?\b|\bexpos", task.rationale, re.IGNORECASE), task.slug


def test_the_step_of_an_exposed_task_is_about_ai(catalogue: Catalogue) -> None:
    steps = {task.slug: task.next_step for task in catalogue.tasks.values() if task.rating.band is not Band.LOW}
    others = [slug for slug, step in steps.items() if not re.search(r"\b([Aa]ssistants?|AI\b|[Gg]enerat)", step)]
    assert others == []


def test_skill_verdicts_follow_the_tasks_that_use_them(catalogue: Catalogue) -> None:
    """Vulnerable: used on highly exposed work, or close to it. Resilient: on work of low exposure at its core."""
    for skill in catalogue.skills.values():
        used = [task.rating for task in catalogue.tasks.values() if skill.slug in task.skills]
        if skill.any_job:
            continue
        assert used, f"{skill.slug} is used by no task"
        scores = [rating.figures.score for rating in used]
        if skill.effect is SkillEffect.VULNERABLE:
            assert max(scores) >= 0.6, skill.slug
        if skill.effect is SkillEffect.RESILIENT:
            assert min(scores) < 1 / 3, skill.slug
            assert sum(scores) / len(scores) < 0.5, skill.slug


def test_every_task_is_used_by_a_role_or_open_to_any_job(catalogue: Catalogue) -> None:
    used = {part.task for role in catalogue.roles.values() for part in role.tasks}
    open_to_all = {slug for slug, task in catalogue.tasks.items() if task.any_job}
    assert set(catalogue.tasks) == used | open_to_all
    assert not used & open_to_all


def test_no_role_is_wholly_medium_unless_its_onet_tasks_are(catalogue: Catalogue) -> None:
    for role in catalogue.roles.values():
        ratings = [catalogue.tasks[part.task].rating for part in role.tasks]
        if all(rating.band is Band.MEDIUM for rating in ratings):
            cited = [len(rating.cited) for rating in ratings]
            medium = sum(rating.spread.medium * number for rating, number in zip(ratings, cited, strict=True))
            assert medium / sum(cited) > 0.7, role.slug


def order_agreement(levels: list[int], seen: list[bool]) -> float:
    """The chance that a task that was seen in use has a higher level than one that was not; a tie counts half."""
    pairs = [
        (mine > other) + (mine == other) / 2
        for mine, used in zip(levels, seen, strict=True)
        if used
        for other, too in zip(levels, seen, strict=True)
        if not too
    ]
    return sum(pairs) / len(pairs)


def test_the_levels_order_use_better_than_cuts_at_thirds(catalogue: Catalogue) -> None:
    """docs/decisions/levels-of-means.md has the figures."""
    visible = [
        task.rating
        for task in catalogue.tasks.values()
        if task.rating.observed_use is not ObservedUse.COULD_NOT_BE_SEEN
    ]
    seen = [rating.observed_use is ObservedUse.SEEN for rating in visible]
    order = [Band.LOW, Band.MEDIUM, Band.HIGH]
    ours = order_agreement([order.index(rating.band) for rating in visible], seen)
    thirds = order_agreement(
        [(rating.figures.score > 2 / 3) + (rating.figures.score >= 1 / 3) for rating in visible], seen
    )
    assert ours >= thirds
    assert ours == pytest.approx(0.739, abs=0.01)
