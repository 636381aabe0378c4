"""Checks across the files of the catalogue: references exist, nothing is listed twice, shares sum to 100."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from worker.errors import CatalogueError
from worker.report.catalogue_entries import Entries
from worker.report.catalogue_format import RoleEntry
from worker.report.exposure import OnetTask

USUAL_TASKS = range(5, 10)  # how many tasks cover a job, unless its outlook page rates exactly those it has


def check_catalogue(entries: Entries, onet_tasks: Mapping[str, OnetTask], occupations: AbstractSet[str]) -> None:
    """Raises CatalogueError at the first fault. `onet_tasks` and `occupations` hold what `entries` may refer to."""
    _check_tasks(entries, onet_tasks.keys())
    for slug, (file, role) in entries.roles.items():
        _check_role(entries, slug, file, role, occupations)
        _check_counted_once(entries, file, role, onet_tasks)
    for slug, (file, task) in entries.tasks.items():
        _check_distinct(file, f"{slug}.onet", [(key, slug) for key in task.onet], onet_tasks)
    _check_written_once(_texts(entries))


def _check_tasks(entries: Entries, onet_tasks: AbstractSet[str]) -> None:
    for slug, (file, task) in entries.tasks.items():
        _check_known(file, f"{slug}.skills", task.skills, entries.skills.keys(), "skill")
        _check_known(file, f"{slug}.onet", task.onet, onet_tasks, "O*NET task with evidence")
        _check_no_repeat(file, f"{slug}.onet", task.onet)
        _check_no_repeat(file, f"{slug}.skills", task.skills)


def _check_role(entries: Entries, slug: str, file: str, role: RoleEntry, occupations: AbstractSet[str]) -> None:
    _check_known(file, "family", [role.family], entries.families.keys(), "family")
    _check_known(file, "onet", role.onet, occupations, "O*NET occupation with evidence")
    _check_known(file, "tasks", [part.task for part in role.tasks], entries.tasks.keys(), "task")
    _check_known(file, "skills", role.skills, entries.skills.keys(), "skill")
    _check_no_repeat(file, "tasks", [part.task for part in role.tasks])
    _check_no_repeat(file, "skills", role.skills)
    _check_no_repeat(file, "onet", role.onet)
    if (total := sum(part.share for part in role.tasks)) != 100:
        raise CatalogueError(file, "tasks", f"the shares must sum to 100, not {total}")
    if len(role.tasks) not in USUAL_TASKS and not all(part.page_band for part in role.tasks):
        raise CatalogueError(file, "tasks", f"expected 5 to 9 tasks, not {len(role.tasks)}, or a page_band on each")
    used = {skill for part in role.tasks for skill in entries.tasks[part.task][1].skills}
    for skill in role.skills:
        if skill not in used:
            raise CatalogueError(file, "skills", f"{skill}: none of the tasks of {slug} uses this skill")


def _check_counted_once(entries: Entries, file: str, role: RoleEntry, onet_tasks: Mapping[str, OnetTask]) -> None:
    cited = [(key, part.task) for part in role.tasks for key in entries.tasks[part.task][1].onet]
    _check_distinct(file, "tasks", cited, onet_tasks)


def _check_distinct(file: str, key: str, cited: Sequence[tuple[str, str]], onet_tasks: Mapping[str, OnetTask]) -> None:
    """Raises CatalogueError if an O*NET task counts twice, under one id or as one statement under two.

    `cited` are (id, our task). Evidence that counts twice looks surer than it is.
    """
    if len({onet_tasks[onet].wording for onet, _ in cited}) == len(cited):
        return  # true for nearly all
    seen: dict[str, tuple[str, str]] = {}
    for onet, slug in cited:
        first, other = seen.setdefault(onet_tasks[onet].wording, (onet, slug))
        if (first, other) != (onet, slug):
            why = f"{other} cites it too" if first == onet else f"{other} cites the same statement as {first}"
            raise CatalogueError(file, key, f"{onet} of {slug} counts twice: {why}")


def _check_known(file: str, key: str, used: Collection[str], known: AbstractSet[str], what: str) -> None:
    if known >= set(used):
        return  # as nearly always
    for reference in used:
        if reference not in known:
            raise CatalogueError(file, key, f"{reference}: there is no such {what}")


def _check_no_repeat(file: str, key: str, values: Sequence[str]) -> None:
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise CatalogueError(file, key, f"{twice} is listed twice")


def _check_written_once(texts: Iterable[tuple[str, str, str]]) -> None:
    """Raises CatalogueError if two entries share a text. `texts` are (file, key, text)."""
    texts = list(texts)
    if len({text for _, _, text in texts}) == len(texts):
        return  # as nearly always
    seen: dict[str, tuple[str, str]] = {}
    for file, key, text in texts:
        other_file, other_key = seen.setdefault(text, (file, key))
        if (other_file, other_key) != (file, key):
            raise CatalogueError(file, key, f"the same words are in {other_file}: {other_key}; each needs its own")


def _texts(entries: Entries) -> Iterator[tuple[str, str, str]]:
    for slug, (file, task) in entries.tasks.items():
        yield file, f"{slug}.rationale", task.rationale
        yield file, f"{slug}.stays_human", task.stays_human
        yield file, f"{slug}.next_step", task.next_step
    for slug, (file, skill) in entries.skills.items():
        yield file, f"{slug}.reason", skill.reason
    for file, role in entries.roles.values():
        yield file, "shares_because", role.shares_because
