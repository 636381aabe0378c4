"""Which tasks people of another job may have too: nearly all may have office work, few the work of another's hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from worker.report.catalogue import Catalogue

_GROUP = 2  # characters of an O*NET-SOC code that name its major group
_OFFICE = "43"  # office and administrative support: what it does, people of any job do beside their own work
_DESK = frozenset(["11", "13", "15", "17", "19", "23", "27", "41", _OFFICE])


class Trades:
    """The major groups of occupations by the tasks that their roles have."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def _users(self) -> Mapping[str, AbstractSet[str]]:
        users: dict[str, set[str]] = defaultdict(set)
        for role in self._catalogue.roles.values():
            for part in role.tasks:
                users[part.task].add(role.occupations[0][:_GROUP])
        return users

    def near(self, task: str, occupations: Iterable[str]) -> bool:
        """Whether people of these occupations (O*NET-SOC codes) have a task (slug) as a matter of course."""
        users, own = self._users.get(task, frozenset()), _groups(occupations)
        return _OFFICE in users or not users.isdisjoint(own) or (len(users & _DESK) > 1 and not own.isdisjoint(_DESK))

    def both_at_desks(self, task: str, occupations: Iterable[str]) -> bool:
        """Whether a task is done at a desk, and the work of these occupations is too."""
        users = self._users.get(task, frozenset())
        return not users.isdisjoint(_DESK) and not _groups(occupations).isdisjoint(_DESK)


def _groups(occupations: Iterable[str]) -> AbstractSet[str]:
    return {code[:_GROUP] for code in occupations}
