"""Matches free text with a job, a task or a skill. A wrong match is worse than none: precision before recall.

Titles are read by `title_reader`, skills by `skill_names`. A task is read in the week of the reader's own job first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz, process

from worker.report.catalogue import Catalogue, Task
from worker.report.name_lookup import NameLookup
from worker.report.skill_names import SkillNames
from worker.report.spelling import fold_work
from worker.report.subject import Subject
from worker.report.task_words import WordWeights
from worker.report.title_reader import TitleReader
from worker.report.trades import Trades
from worker.report.week_names import WeekNames

NEAR_SCORE = 70.0  # least similarity, 0..100, of words that we could not place and the task that we thought of
_CACHED = 512  # titles whose reading is kept: a form asks at each letter, and intake after it
_CACHED_TASKS = 512  # texts whose task is kept: most readers choose theirs from the form, in the catalogue's words
_CACHED_WEEKS = 256  # usual weeks whose names are kept, some tens of kilobytes each
_FILLERS_BEFORE = frozenset(
    [
        fold_work(word)
        for word in ("do", "doing", "make", "handle", "perform", "conduct", "work", "deal", "come", "up", "update")
    ]
    + [fold_work(word) for word in ("regular", "daily", "weekly", "general", "various", "other", "some", "lots")]
)
_AFTER_HEAD = re.compile(r"\s(?:for|with|of|from)\s.*", re.IGNORECASE | re.DOTALL)
_FOR_WHOM = re.compile(r"\s(?:for|with|of|from|to|about|between|at|in)\s", re.IGNORECASE)
_FILLERS_AFTER = frozenset(fold_work(word) for word in ("work", "tasks", "duties", "activities", "stuff"))


class Matcher:
    """Looks up free text in one catalogue. Each look-up is pure and never raises."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.read_title = lru_cache(_CACHED)(TitleReader(catalogue).read_title)
        self.task = lru_cache(_CACHED_TASKS)(self._task)
        self.nearest = lru_cache(_CACHED_TASKS)(self._nearest)
        self.skill = lru_cache(_CACHED_TASKS)(self._skill)
        self._tasks = NameLookup(catalogue.names.tasks)
        self._weights = WordWeights(task.folded_names for task in catalogue.tasks.values())
        self._week_of = lru_cache(_CACHED_WEEKS)(lambda subject: WeekNames(subject, self._weights))
        self._skills = SkillNames(catalogue)
        self._trades = Trades(catalogue)

    def _task(self, text: str, subject: Subject | None = None) -> str | None:
        """The slug of the task that a text means, or None.

        A meaning in the usual week of `subject` comes first: as one of its names, then by the words of its names or by
        a skill that it needs. Outside of that week only a whole name counts, letter by letter, and only of work that
        people of that job may have.
        """
        week = self._week_of(subject) if subject else None
        if week is None or not week.names:
            written = fold_work(text)
            return self._tasks.exact(written) or self._tasks.exact(_bare(written)) or self._tasks.only_near(written)
        return next(filter(None, self._meanings(text, week)), None)

    def _meanings(self, text: str, week: WeekNames) -> Iterator[str | None]:
        """What a text may mean in a week, surest first; None for each way to read it that finds nothing."""
        written = fold_work(text)
        yield week.names.get(written)
        bare = _bare(written)
        yield week.names.get(bare)
        outside = self._tasks.exact(written) or self._tasks.exact(bare)
        if outside and self.catalogue.tasks[outside].any_job:
            yield week.words.find_whole(bare) or self._own(outside, bare, week) or outside
        yield week.lookup.only_near(written) or week.words.find(bare)
        yield week.with_skill(self._skills.exact(written, week.skills) or self._skills.exact(bare, week.skills))
        if outside and self._trades.near(outside, week.occupations):
            yield outside
        yield self._of_any_job(text, week)
        yield week.words.find_meaning(bare)
        if outside and " " in written and self._trades.both_at_desks(outside, week.occupations):
            yield outside
        yield week.names.get(_bare(fold_work(_AFTER_HEAD.sub("", text))))

    def _own(self, outside: str, bare: str, week: WeekNames) -> str | None:
        """The task of the week that has a word of the text as its name, if the task outside has that name too.

        "Sweeping the floor" is cleaning, and hairdressers have a task that they call so.
        """
        names = self.catalogue.tasks[outside].folded_names
        words = bare.split()
        shared = [word for word in (*words, *map(self._weights.meaning, words)) if word in names]
        return next(filter(None, map(week.names.get, shared)), None)

    def _of_any_job(self, text: str, week: WeekNames) -> str | None:
        """The task of "meetings with the boss", where "meetings" are work of any job.

        It is one of the week that has to do with the boss, else what meetings are in this week, else in any job.
        """
        head, *tail = _FOR_WHOM.split(text, maxsplit=1)
        name = _bare(fold_work(head))
        slug = self._tasks.exact(name) if tail else None
        if slug is None or not self.catalogue.tasks[slug].any_job:
            return None
        own = week.words.find_meaning(_bare(fold_work(text)))
        if own and week.words.has_any(own, fold_work(tail[0])):
            return own
        return week.names.get(name) or slug

    def _nearest(self, text: str, subject: Subject) -> Task | None:
        """The task in the subject's usual week with the name that comes closest to a text: only what we thought of.

        None if nothing comes near, or only by words that several tasks of the week have: "washing patients" is not
        "Teach patients".
        """
        week = self._week_of(subject)
        written = fold_work(text)
        names = week.described
        found = process.extractOne(written, names.keys(), scorer=fuzz.token_set_ratio, score_cutoff=NEAR_SCORE)
        if found is None:
            return None
        shared = set(written.split()) & set(found[0].split())
        return names[found[0]] if not shared.isdisjoint(week.words_of_one) else None

    def _skill(self, text: str, subject: Subject | None = None) -> str | None:
        """The slug of the skill that a text means to people of that job, or None."""
        return self._skills.find(text, self._week_of(subject).skills if subject else ())


def _bare(task: str) -> str:
    """A folded task without filler words: "doing daily admin work" is "admin"."""
    words = task.split()
    while len(words) > 1 and words[0] in _FILLERS_BEFORE:
        words = words[1:]
    while len(words) > 1 and words[-1] in _FILLERS_AFTER:
        words = words[:-1]
    return " ".join(words)
