"""What people call the tasks of one usual week, folded, and what looks a text up in it.

Each table is built when first asked for, and once: a matcher keeps the names of a week as it keeps what it has read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cached_property

from worker.report.name_lookup import NameLookup
from worker.report.roles import Task
from worker.report.subject import Subject, is_other_work
from worker.report.task_words import TaskWords, WordWeights


class WeekNames:
    """The names of the tasks of a subject's usual week."""

    def __init__(self, subject: Subject, weights: WordWeights) -> None:
        """`weights` say how much each word tells."""
        role = subject.role
        self.occupations = role.occupations
        self._role_skills = role.skills
        self._weights = weights
        self._shares = {part.task: part.share for part in role.tasks}
        self._tasks = {slug: subject.tasks[slug] for slug in self._shares}
        self._said = subject.names

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Tasks by each of their names: the largest part of the week for a name that several have."""
        names: dict[str, str] = {}
        for slug in sorted(self._shares, key=lambda slug: -self._shares[slug]):
            for name in self._tasks[slug].folded_names:
                names.setdefault(name, slug)
        return {**names, **self._said}

    @cached_property
    def skills(self) -> Collection[str]:
        """The skills (slugs) that people of this job have: the role's, then those that its tasks need."""
        needed = (skill for task in self._tasks.values() for skill in task.skills)
        return tuple(dict.fromkeys([*self._role_skills, *needed]))

    def with_skill(self, skill: str | None) -> str | None:
        """The task with the largest part of the week that needs a skill."""
        found = [slug for slug, task in self._tasks.items() if skill in task.skills]
        return max(found, key=lambda slug: self._shares[slug], default=None)

    @cached_property
    def lookup(self) -> NameLookup:
        """By names one typo away."""
        return NameLookup(self.names)

    @cached_property
    def words(self) -> TaskWords:
        """By the words of the names."""
        return TaskWords(self.names, self._weights, self._shares)

    @cached_property
    def described(self) -> Mapping[str, Task]:
        """The tasks that have a text, by each of their names: the last of the week for a name that several have."""
        tasks = (task for slug, task in self._tasks.items() if not is_other_work(slug))
        return {name: task for task in tasks for name in task.folded_names}

    @cached_property
    def words_of_one(self) -> Collection[str]:
        """The words that only one task has in its names."""
        named = (task.folded_names for slug, task in self._tasks.items() if not is_other_work(slug))
        words = (set(" ".join(names).split()) for names in named)
        tasks_with = Counter(word for of_task in words for word in of_task)
        return frozenset(word for word, count in tasks_with.items() if count == 1)
