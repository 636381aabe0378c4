"""Matches free text with a job, a task or a skill. A wrong match is worse than none: precision before recall.

Titles are read by `title_reader`, skills by `skill_names`. A task is read in the week of the reader's own job first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from rapidfuzz import fuzz, process

from worker.report.catalogue import Catalogue, Role, Task
from worker.report.name_lookup import NameLookup
from worker.report.reading import TitleKind
from worker.report.skill_names import SkillNames
from worker.report.spelling import fold_work
from worker.report.subject import Subject
from worker.report.task_words import TaskWords, WordWeights
from worker.report.title_reader import TitleReader
from worker.report.trades import Trades

NEAR_SCORE = 70.0  # least similarity, 0..100, of words that we could not place and the task that we thought of
_CACHED = 1024  # titles whose reading is kept: a form asks at each letter, and intake after it
_FILLERS_BEFORE = frozenset(
    [
        fold_work(word)
        for word in ("do", "doing", "make", "handle", "perform", "conduct", "work", "deal", "come", "up", "update")
    ]
    + [fold_work(word) for word in ("regular", "daily", "weekly", "general", "various", "other", "some", "lots")]
)
_AFTER_HEAD = re.compile(r"\s(?:for|with|of|from)\s.*", re.IGNORECASE | re.DOTALL)
_FILLERS_AFTER = frozenset(fold_work(word) for word in ("work", "tasks", "duties", "activities", "stuff"))


class Matcher:
    """Looks up free text in one catalogue. Each look-up is pure and never raises."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.read_title = lru_cache(_CACHED)(TitleReader(catalogue).read_title)
        self._tasks = NameLookup(catalogue.names.tasks)
        self._weights = WordWeights(map(_folded_names, catalogue.tasks.values()))
        self._week_of_role = lru_cache(_CACHED)(self._read_role)
        self._skills = SkillNames(catalogue)
        self._trades = Trades(catalogue)

    def task(self, text: str, role: str | None = None, subject: Subject | None = None) -> str | None:
        """The slug of the task that a text means, or None.

        A meaning in the usual week of `role` (a slug), or of `subject`, comes first: as one of its names, then by the
        words of its names or by a skill that it needs. Outside of that week only a whole name counts, letter by
        letter, and only of work that people of that job may have.
        """
        week = self._week_of_role(role) if subject is None else self._week_of(subject)
        if not week.names:
            written = fold_work(text)
            return self._tasks.exact(written) or self._tasks.exact(_bare(written)) or self._tasks.only_near(written)
        return next(filter(None, self._meanings(text, week)), None)

    def _meanings(self, text: str, week: _Week) -> Iterator[str | None]:
        """What a text may mean in a week, surest first; None for each way to read it that finds nothing."""
        written = fold_work(text)
        bare = _bare(written)
        outside = self._tasks.exact(written) or self._tasks.exact(bare)
        yield week.names.get(written) or week.names.get(bare)
        if outside and self.catalogue.tasks[outside].any_job:
            yield week.words.find_whole(bare) or outside
        yield week.lookup.only_near(written) or week.words.find(bare)
        yield week.with_skill(self._skills.exact(written, week.skills) or self._skills.exact(bare, week.skills))
        if outside and self._trades.near(outside, week.occupations):
            yield outside
        yield week.words.find_meaning(bare)
        if outside and " " in written and self._trades.both_at_desks(outside, week.occupations):
            yield outside
        yield week.names.get(_bare(fold_work(_AFTER_HEAD.sub("", text))))

    def _read_role(self, slug: str | None) -> _Week:
        role = self.catalogue.roles.get(slug or "")
        if role is None:
            return _Week({}, {}, {}, None, self._weights)
        return self._week(role, self.catalogue.tasks, self.catalogue.names.tasks_in_role[role.slug])

    def _week(self, role: Role, tasks: Mapping[str, Task], called: Mapping[str, str]) -> _Week:
        names: dict[str, str] = {}
        for part in sorted(role.tasks, key=lambda part: -part.share):
            for name in _folded_names(tasks[part.task]) if part.task in tasks else ():
                names.setdefault(name, part.task)
        shares = {part.task: part.share for part in role.tasks}
        needing = {slug: tasks[slug].skills for slug in shares if slug in tasks}
        return _Week({**names, **called}, shares, needing, role, self._weights)

    def _week_of(self, subject: Subject) -> _Week:
        if subject.kind is TitleKind.ROLE:
            return self._week_of_role(subject.role.slug)
        return self._week(subject.role, subject.tasks, subject.names)

    def nearest(self, text: str, week: Sequence[Task]) -> Task | None:
        """The task in `week` one of whose names comes closest to a text: no match, only what we thought of.

        None if nothing comes near, or only by words that several tasks of the week have: "washing patients" is not
        "Teach patients".
        """
        written = fold_work(text)
        owners = {fold_work(name): task for task in week for name in (task.name, *task.synonyms)}
        found = process.extractOne(written, owners.keys(), scorer=fuzz.token_set_ratio, score_cutoff=NEAR_SCORE)
        if found is None:
            return None
        words = (set(" ".join(_folded_names(task)).split()) for task in week)
        tasks_with = Counter(word for of_task in words for word in of_task)
        shared = set(written.split()) & set(found[0].split())
        return owners[found[0]] if any(tasks_with[word] == 1 for word in shared) else None

    def skill(self, text: str, subject: Subject | None = None) -> str | None:
        """The slug of the skill that a text means to people of that job, or None."""
        return self._skills.find(text, self._week_of(subject).skills if subject else ())


class _Week:
    """The names of the tasks of one usual week, folded, and what looks them up."""

    def __init__(
        self,
        names: Mapping[str, str],
        shares: Mapping[str, float],
        needing: Mapping[str, Sequence[str]],
        role: Role | None,
        weights: WordWeights,
    ) -> None:
        """`shares` are the tasks' parts of the week, `needing` the skills that each needs."""
        self.names = names
        self.occupations = role.occupations if role else ()
        self.skills = tuple(
            dict.fromkeys([*(role.skills if role else ()), *(skill for needed in needing.values() for skill in needed)])
        )
        self._shares = shares
        self._needing = needing
        self._weights = weights

    def with_skill(self, skill: str | None) -> str | None:
        """The task with the largest part of the week that needs a skill."""
        found = [slug for slug, needed in self._needing.items() if skill in needed]
        return max(found, key=lambda slug: self._shares[slug], default=None)

    @cached_property
    def lookup(self) -> NameLookup:
        """By names one typo away."""
        return NameLookup(self.names)

    @cached_property
    def words(self) -> TaskWords:
        """By the words of the names."""
        return TaskWords(self.names, self._weights, self._shares)


def _folded_names(task: Task) -> list[str]:
    return [fold_work(name) for name in (task.name, *task.synonyms)]


def _bare(task: str) -> str:
    """A folded task without filler words: "doing daily admin work" is "admin"."""
    words = task.split()
    while len(words) > 1 and words[0] in _FILLERS_BEFORE:
        words = words[1:]
    while len(words) > 1 and words[-1] in _FILLERS_AFTER:
        words = words[:-1]
    return " ".join(words)
