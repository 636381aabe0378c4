"""Reads job titles. A wrong reading is worse than none: precision before recall, at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from worker.report.catalogue import Catalogue
from worker.report.likely_occupations import LikelyOccupations
from worker.report.name_lookup import TITLE_TYPO_SCORE, Spelling, tails
from worker.report.reading import NoneBecause, TitleKind, TitleReading
from worker.report.role_titles import RoleTitles
from worker.report.school_years import school_teachers
from worker.report.spelling import MAX_TEXT, fold_title
from worker.report.title_candidates import MAX_FAMILY, Candidates, listed_candidates, says_too_little
from worker.report.title_index import Listed, TitleIndex, TitleSource
from worker.report.title_parts import jobs, outside_brackets, parts, tidied, without_introduction
from worker.report.titles import (
    bare,
    persons,
    practitioners,
    readings,
    without_deputy,
    without_misspelt_rank,
    without_tail,
)


class TitleReader:
    """Reads job titles by one catalogue. Each reading is pure and never raises."""

    def __init__(self, catalogue: Catalogue, index: TitleIndex | None = None) -> None:
        """`index` takes the place of the catalogue's own, where a title is to be left out of it."""
        self._catalogue = catalogue
        self._index = index or catalogue.titles.index
        self._onet = catalogue.onet
        self._words = catalogue.titles.words
        self._roles = RoleTitles(catalogue, self._index)
        self._occupations = LikelyOccupations(self._index, self._onet.people)

    def read_title(self, text: str) -> TitleReading:
        """What a job title means, as a reader typed it."""
        text = tidied(without_introduction(text[:MAX_TEXT]))
        if text in self._catalogue.roles:
            return self._role(text)
        folded = fold_title(text)
        if slug := self._roles.named(folded):
            return self._role(slug)
        if code := self._shown.get(folded):
            return self._occupation(code)
        if folded in self._words.not_a_job or fold_title(outside_brackets(text)) in self._words.not_a_job:
            return self._before_no_job(text) or _NOT_A_JOB
        every = list(parts(text))
        found = (
            self._first(every, self._by_school_year)
            or self._first(every, self._exact)
            or self._two_jobs(text)
            or self._misspelt(every)
        )
        found = found or self._by_ending(text) or self._likely(text) or self._without_beside(text)
        return found or replace(_NOT_KNOWN, candidates=self._roles.ended_by(bare(text)))

    @cached_property
    def _shown(self) -> Mapping[str, str]:
        """The codes of O*NET's occupations by the titles that we show them under, which readers type in turn."""
        return {fold_title(self._onet.title(code)): code for code in self._onet.occupations}

    def _first(self, texts: Iterable[str], read: Callable[[str], TitleReading | None]) -> TitleReading | None:
        return next(filter(None, map(read, texts)), None)

    def _by_school_year(self, text: str) -> TitleReading | None:
        return self._family([self._named([name]) for name in school_teachers(fold_title(text))])

    def _exact(self, text: str) -> TitleReading | None:
        """By a name that the catalogue or O*NET has: as it is, without rank, or with its short forms written out."""
        names = list(readings(text))
        for name in names:
            if name in self._words.not_a_job and name != names[0]:
                names = names[: names.index(name)]
                break
        if found := self._named(names) or self._by_short_form(names) or self._listed(names) or self._translated(names):
            return found
        written = [full for name in names for full in self._words.abbreviations.written_out(name)]
        people = [person for name in names for person in practitioners(name)]
        led = [name for title in (*names, *written) for name in self._words.abbreviations.led(title)]
        principals = [name for title in (*names, *written, *led) for name in without_deputy(title, text)]
        for candidates in (written, led, principals):
            if found := self._named(candidates) or self._by_short_form(candidates) or self._listed(candidates):
                return found
        return self._named(people)

    def _named(self, names: Sequence[str]) -> TitleReading | None:
        """A role's own name; but a title that O*NET has with its words of rank may be another job than without."""
        for position, name in enumerate(names):
            if slug := self._roles.named(name):
                longer = self._listed(names[:position])
                ours = self._role(slug)
                return longer if longer and not _overlap(longer, ours) else ours
        return None

    def _by_short_form(self, names: Sequence[str]) -> TitleReading | None:
        for name in names:
            if titles := self._words.abbreviations.whole(name):
                return self._family([self._named([title]) or self._listed([title]) for title in titles])
        return None

    def _translated(self, names: Sequence[str]) -> TitleReading | None:
        for name in names:
            if translation := self._words.translations.get(name):
                found = self._family([self._named([title]) or self._listed([title]) for title in translation.titles])
                return found and replace(found, language=translation.languages[0])
        return None

    def _listed(self, names: Sequence[str]) -> TitleReading | None:
        """By O*NET's titles: the first of `names` that is one."""
        found = ((name, self._find(name)) for name in names)
        name, listed = next(((name, listed) for name, listed in found if listed), ("", {}))
        candidates = listed_candidates(name, listed, self._onet.people)
        return None if self._says_too_little(name, candidates) else self._of(candidates)

    def _says_too_little(self, name: str, candidates: Candidates) -> bool:
        """Of single words alone: two say what is done, or by whom."""
        ended = (listed for _, listed in self._index.ended_by(name))
        return " " not in name and candidates.certain and says_too_little(candidates.codes, ended)

    def _find(self, name: str) -> Listed:
        """Where O*NET lists a folded title: the same for a salesperson, a salesman and a sales person."""
        listed = dict(self._index.find(name))
        for form in persons(name):
            for code, source in self._index.find(form).items():
                listed[code] = min(source, listed.get(code, source), key=list(TitleSource).index)
        return listed

    def _two_jobs(self, text: str) -> TitleReading | None:
        """The jobs that a title names beside each other. Each must be one: "installation and repair" are two halves."""
        beside = jobs(text)
        named = [self._first(ways, self._exact) for ways in beside if not self._no_job_beside(ways)]
        return self._family(named) if len(beside) > 1 and named and all(named) else None

    def _before_no_job(self, text: str) -> TitleReading | None:
        """The job of a "cashier and student": one word that is no job stands last, unlike in "law and art student"."""
        beside = jobs(text)
        last = fold_title(beside[-1][0]) if len(beside) > 1 else ""
        return self._two_jobs(text) if " " not in last and last in self._words.not_a_job else None

    def _no_job_beside(self, ways: Sequence[str]) -> bool:
        """Whether what is named beside a job is none: a "student and barista" is a barista."""
        return fold_title(ways[-1]) in self._words.not_a_job

    @cached_property
    def _spelling(self) -> Spelling:
        """What a misspelt title may be besides a role: each other name of a job, and each word that one ends with."""
        names = dict.fromkeys(self._words.abbreviations.titles)
        for title, _ in self._index:
            names[title] = names[title.rsplit(" ", 1)[-1]] = None
        return Spelling(names, TITLE_TYPO_SCORE)

    def _misspelt(self, texts: Iterable[str]) -> TitleReading | None:
        """With all words of rank and with none: each look costs milliseconds."""
        named = (title for text in texts for title in (next(readings(text), ""), bare(text)) if title)
        return self._first(dict.fromkeys(map(without_misspelt_rank, named)), self._misspelt_name)

    def _misspelt_name(self, title: str) -> TitleReading | None:
        near = self._roles.near(title)
        if len(near) == 1:
            return self._role(near[0])
        if near:
            return None
        found = [self._by_name(name) for name in self._spelling.near(title)]
        return self._family(found[:MAX_FAMILY]) if all(found) else None

    def _by_name(self, name: str) -> TitleReading | None:
        return self._by_short_form([name]) or self._listed([name])

    def _by_ending(self, text: str) -> TitleReading | None:
        title = bare(without_tail(text))
        if ending := self._roles.ending(text, title):
            tail, slug = ending
            longer = [name for name in tails(title) if len(name) > len(tail)]
            ours = self._role(slug)
            if (listed := self._listed(longer)) and not _overlap(listed, ours):
                return listed
            return self._family([ours, self._other_than(ours, self._likely(text, leaders=True))])
        return None

    def _without_beside(self, text: str) -> TitleReading | None:
        """Without places and employers: "order picker amazon", "NHS nurse". The rest is read by exact names only."""
        folded = fold_title(text)
        title = self._words.not_a_job.without_beside(folded)
        return self._first(parts(title), self._exact) if title and title != folded else None

    def _other_than(self, ours: TitleReading, likely: TitleReading | None) -> TitleReading | None:
        """What the likely occupations mean besides the role that a title ends with; None if it is most likely that.

        A "hospice social worker" is a healthcare social worker first.
        """
        if likely is None or not _overlap(likely, ours):
            return likely
        heaviest = self._candidate(_candidates(likely)[0])
        return None if _overlap(heaviest, ours) else heaviest

    def _likely(self, text: str, *, leaders: bool = False) -> TitleReading | None:
        """By what the titles that share its words agree on."""
        return self._of(self._occupations.of(bare(without_tail(outside_brackets(text))), leaders=leaders))

    def _role(self, slug: str) -> TitleReading:
        role = self._catalogue.roles[slug]
        return TitleReading(TitleKind.ROLE, role=slug, title=role.title, occupations=role.occupations)

    def _of(self, candidates: Candidates) -> TitleReading | None:
        """The role, occupation or family that these occupations are; None if there is none."""
        if not candidates.certain:
            return None
        return self._family([self._occupation(code) for code in candidates.codes])

    def _candidate(self, slug: str) -> TitleReading:
        return self._role(slug) if slug in self._catalogue.roles else self._occupation(slug)

    def _occupation(self, code: str) -> TitleReading:
        if slug := self._roles.for_occupation(code):
            return self._role(slug)
        return TitleReading(TitleKind.OCCUPATION, title=self._onet.title(code), occupations=(code,))

    def _family(self, readings: Iterable[TitleReading | None]) -> TitleReading | None:
        """All of `readings` together: the only one, or a family of them; None if there is none."""
        found = {
            reading.slug or reading.candidates: reading
            for reading in readings
            if reading and reading.kind is not TitleKind.NONE
        }
        if len(found) < 2:
            return next(iter(found.values()), None)
        candidates = tuple(dict.fromkeys(slug for reading in found.values() for slug in _candidates(reading)))
        return TitleReading(
            TitleKind.FAMILY,
            title=_named_together([self._candidate(slug).title for slug in candidates[:MAX_FAMILY]]),
            occupations=tuple(dict.fromkeys(code for reading in found.values() for code in reading.occupations)),
            candidates=candidates[:MAX_FAMILY],
            language=next((reading.language for reading in found.values() if reading.language), None),
        )


_NOT_A_JOB = TitleReading(TitleKind.NONE, none_because=NoneBecause.NOT_A_JOB)
_NOT_KNOWN = TitleReading(TitleKind.NONE, none_because=NoneBecause.NOT_KNOWN)


def _candidates(reading: TitleReading) -> tuple[str, ...]:
    return (reading.slug,) if reading.slug else reading.candidates


def _overlap(first: TitleReading, second: TitleReading) -> bool:
    """Whether one occupation may be meant by both."""
    return not {code[:7] for code in first.occupations}.isdisjoint(code[:7] for code in second.occupations)


def _named_together(titles: Sequence[str]) -> str:
    return " or ".join([", ".join(titles[:-1]), titles[-1]])
