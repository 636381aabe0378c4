"""The names by which roles, tasks and skills are looked up, folded; no name may mean two things."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.errors import CatalogueError
from worker.report.catalogue_entries import Entries
from worker.report.catalogue_format import RoleEntry
from worker.report.spelling import fold_title, fold_work

# the names that an entry lists under one key: (file, key, slug, names)
_Named = tuple[str, str, str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Names:
    """Slugs by folded name. A title that ends with one of `endings` means that role."""

    roles: Mapping[str, str]
    endings: Mapping[str, str]
    tasks: Mapping[str, str]
    tasks_in_role: Mapping[str, Mapping[str, str]]
    """By role: names that mean one of its tasks in this role only, the largest of the week that has the name."""
    skills: Mapping[str, str]


def folded_names(entries: Entries) -> Names:
    """The names of all entries. Raises CatalogueError if a name belongs to two entries, or is listed twice."""
    roles: list[_Named] = []
    endings: list[_Named] = []
    for slug, (file, role) in entries.roles.items():
        roles += [(file, "title", slug, [role.title]), (file, "aliases", slug, role.aliases)]
        endings.append((file, "endings", slug, role.endings))
    tasks: list[_Named] = []
    for slug, (file, task) in entries.tasks.items():
        tasks += [(file, f"{slug}.name", slug, [task.name]), (file, f"{slug}.synonyms", slug, task.synonyms)]
    skills: list[_Named] = []
    for slug, (file, skill) in entries.skills.items():
        skills += [(file, f"{slug}.name", slug, [skill.name]), (file, f"{slug}.synonyms", slug, skill.synonyms)]
    return Names(
        roles=_owners(roles, "role", fold_title, entries.roles),
        endings=_owners(endings, "ending of", fold_title),
        tasks=_owners(tasks, "task", fold_work, entries.tasks),
        tasks_in_role=InRole({slug: _said_in_role(role, entries) for slug, (_, role) in entries.roles.items()}),
        skills=_owners(skills, "skill", fold_work, entries.skills),
    )


class InRole(Mapping[str, Mapping[str, str]]):
    """`Names.tasks_in_role`. The names of a role are folded when first asked for: only those of a few roles are, soon.

    `said` holds, by role, its tasks (slugs), largest first, and the names that each has in it.
    """

    def __init__(self, said: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._said = said
        self._folded: dict[str, Mapping[str, str]] = {}

    def __getitem__(self, role: str) -> Mapping[str, str]:
        found = self._folded.get(role)
        if found is None:
            found = self._folded[role] = _owned(self._said[role])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)


def _said_in_role(role: RoleEntry, entries: Entries) -> dict[str, Sequence[str]]:
    by_share = sorted(role.tasks, key=lambda part: -part.share)
    return {part.task: entries.tasks[part.task][1].in_role for part in by_share}


def _owned(said: Mapping[str, Sequence[str]]) -> dict[str, str]:
    owners: dict[str, str] = {}
    for slug, names in said.items():
        for name in map(fold_work, names):
            owners.setdefault(name, slug)
    return owners


def _owners(
    named: Iterable[_Named],
    what: str,
    fold: Callable[[str], str],
    entries: Mapping[str, tuple[str, object]] | None = None,
) -> dict[str, str]:
    """Slugs by folded name. The slug of each of `entries` is a name too, and may repeat a name of the same entry."""
    owners: dict[str, str] = {}
    for file, key, slug, names in named:
        for name in names:
            folded = fold(name)
            if not folded:
                raise CatalogueError(file, key, f"{name!r} has no letters or digits to look it up by")
            if folded in owners:
                raise CatalogueError(file, key, f"{name!r} already means the {what} {owners[folded]}")
            owners[folded] = slug
    for slug, (file, _) in (entries or {}).items():
        if (other := owners.setdefault(fold(slug.replace("-", " ")), slug)) != slug:
            raise CatalogueError(file, slug, f"the slug already means the {what} {other}")
    return owners
