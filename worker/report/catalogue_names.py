"""The names by which roles, tasks and skills are looked up, folded; no name may mean two things."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from worker.errors import CatalogueError
from worker.report.catalogue_entries import Entries
from worker.report.catalogue_format import RoleEntry, SkillEntry, TaskEntry
from worker.report.spelling import fold_title, fold_work

# the names that an entry lists under one key: (file, key, slug, names)
_Named = tuple[str, str, str, Iterable[str]]


class Names:
    """Slugs by folded name, each table folded when first asked for: most commands look up no name.

    Each raises CatalogueError then if a name belongs to two entries, or is listed twice; `check` asks for all.
    """

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def check(self) -> None:
        """Raises CatalogueError at the first fault in a name."""
        for names in (self.roles, self.endings, self.tasks, self.skills):
            len(names)

    @cached_property
    def roles(self) -> Mapping[str, str]:
        """Roles by title, alias and slug."""
        named: list[_Named] = []
        for slug, (file, role) in self._entries.roles.items():
            named += [(file, "title", slug, [role.title]), (file, "aliases", slug, role.aliases)]
        return _owners(named, "role", fold_title, self._entries.roles)

    @cached_property
    def endings(self) -> Mapping[str, str]:
        """Roles by the end of a title that means them."""
        named = [(file, "endings", slug, role.endings) for slug, (file, role) in self._entries.roles.items()]
        return _owners(named, "ending of", fold_title)

    @cached_property
    def tasks(self) -> Mapping[str, str]:
        """Tasks by name, synonym and slug."""
        return _owners(_names_and_synonyms(self._entries.tasks), "task", fold_work, self._entries.tasks)

    @cached_property
    def tasks_in_role(self) -> Mapping[str, Mapping[str, str]]:
        """By role: names that mean one of its tasks in this role only, the largest of the week that has the name."""
        return InRole({slug: _said_in_role(role, self._entries) for slug, (_, role) in self._entries.roles.items()})

    @cached_property
    def skills(self) -> Mapping[str, str]:
        """Skills by name, synonym and slug."""
        return _owners(_names_and_synonyms(self._entries.skills), "skill", fold_work, self._entries.skills)


def _names_and_synonyms(
    entries: Mapping[str, tuple[str, TaskEntry]] | Mapping[str, tuple[str, SkillEntry]],
) -> Iterator[_Named]:
    for slug, (file, entry) in entries.items():
        yield file, f"{slug}.name", slug, [entry.name]
        yield file, f"{slug}.synonyms", slug, entry.synonyms


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
