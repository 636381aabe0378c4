"""O*NET's 923 occupations as subjects of a report, each compiled from the published figures when first asked for.

An occupation's tasks are grouped by kind of work: figures are those of its tasks, words are from data/kinds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from worker.errors import CatalogueError
from worker.report import evidence
from worker.report.catalogue_entries import read_entry, read_overrides
from worker.report.catalogue_format import GroupTitles, OccupationTitles, OverrideEntry
from worker.report.estimates import estimate
from worker.report.exposure import OnetTask, rate
from worker.report.kinds import Kind, read_kinds
from worker.report.observed import UseSpread, use_spread
from worker.report.occupation_names import TITLES_FILE
from worker.report.occupation_titles import singular_title
from worker.report.reading import TitleKind
from worker.report.roles import Job, RoleTask, Task
from worker.report.subject import MAX_GROUPS, Mix, Subject, is_other_work, other_work, role_like

GROUPS_FILE = "occupations/groups.toml"
OVERRIDES_FILE = "occupations/overrides.toml"
ENOUGH_PLACED = 0.5  # of an occupation's work; below it, its tasks are those of its group of occupations
BROAD_GROUP, MINOR_GROUP, MAJOR_GROUP = 6, 4, 2  # characters of a code that name its group: "35-303", "35-3", "35"
_READ = ("evidence/", "kinds/", "occupations/")
_CACHED = 96  # occupations; bounds the memory of a process


@dataclass(frozen=True)
class _Placed:
    """O*NET tasks by the kind of work that each belongs to; None for those without one."""

    groups: Mapping[str | None, Sequence[OnetTask]]

    @cached_property
    def placed(self) -> float:
        """The part of the work that has a kind, 0..1."""
        return sum(_weight(tasks) for iwa, tasks in self.groups.items() if iwa) / self.weight

    @cached_property
    def weight(self) -> int:
        return sum(map(_weight, self.groups.values()))

    @property
    def tasks(self) -> list[OnetTask]:
        return [task for tasks in self.groups.values() for task in tasks]


class Onet:
    """Every occupation. Nothing is parsed before it is asked for. Shared by all threads of a process.

    `files` are those of data/ by relative path.
    """

    def __init__(self, files: Mapping[str, str], percentiles: evidence.Percentiles) -> None:
        self._files = {file: text for file, text in files.items() if file.startswith(_READ)}
        self._percentiles = percentiles
        self.subject = lru_cache(_CACHED)(self._subject)
        self._placed = lru_cache(_CACHED)(self._read_placed)

    def __contains__(self, code: object) -> bool:
        """Whether there are figures for an O*NET-SOC code."""
        return code in self.occupations

    @cached_property
    def occupations(self) -> Mapping[str, evidence.Occupation]:
        """The published means of all occupations, by O*NET-SOC code."""
        return evidence.read_occupations(self._files[evidence.OCCUPATIONS_FILE])

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kinds of work that have a text, by IWA."""
        return read_kinds(self._files)

    def rationales(self) -> Iterator[tuple[str, str]]:
        """Each rationale of a kind of work, with its slug, and of an override, with its code and slug."""
        for kind in self.kinds.values():
            yield kind.slug, kind.rationale
        for code, overrides in self._overrides.items():
            yield from ((f"{code}.{slug}", entry.rationale) for slug, entry in overrides.items() if entry.rationale)

    def title(self, code: str) -> str:
        """The title of one worker. Raises KeyError for an unknown code."""
        return self._titles.get(code) or singular_title(self.occupations[code].title)

    def people(self, code: str) -> float:
        """US jobs, those that several occupations share divided evenly; 1 where they are not known."""
        occupation = self.occupations[code]
        return (occupation.jobs or 1) / self._sharing[occupation.oews_code]

    @cached_property
    def use_spread(self) -> UseSpread:
        """Observed use over US jobs, of the occupations that have a figure."""
        use = ((occupation.observed_exposure, self.people(code)) for code, occupation in self.occupations.items())
        return use_spread([(value, people) for value, people in use if value is not None])

    def jobs_covered(self, codes: Iterable[str]) -> float:
        """The part of US jobs, 0..1, in the BLS occupations of these O*NET-SOC codes."""
        jobs = {occupation.oews_code: occupation.jobs or 0 for occupation in self.occupations.values()}
        covered = {self.occupations[code].oews_code for code in codes if code in self.occupations}
        return sum(jobs[code] for code in covered) / (sum(jobs.values()) or 1)

    def check(self) -> None:
        """Raises CatalogueError where a kind, an override or a title is wrong."""
        slugs = {kind.slug for kind in self.kinds.values()}
        for code, kinds in self._overrides.items():
            if unknown := kinds.keys() - slugs:
                raise CatalogueError(OVERRIDES_FILE, code, f"{min(unknown)}: there is no such kind of work")
        for file, codes in ((TITLES_FILE, self._titles), (OVERRIDES_FILE, self._overrides)):
            if absent := codes.keys() - self.occupations.keys():
                raise CatalogueError(file, min(absent), "there is no such occupation")
        if absent := {code[:MAJOR_GROUP] for code in self.occupations} - self._groups.keys():
            raise CatalogueError(GROUPS_FILE, min(absent), "this group has no title")

    @cached_property
    def _sharing(self) -> Counter[str]:
        return Counter(occupation.oews_code for occupation in self.occupations.values())

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        return read_entry(OccupationTitles, TITLES_FILE, self._files.get(TITLES_FILE, "")).root

    @cached_property
    def _groups(self) -> Mapping[str, str]:
        return read_entry(GroupTitles, GROUPS_FILE, self._files.get(GROUPS_FILE, "")).root

    @cached_property
    def _overrides(self) -> Mapping[str, Mapping[str, OverrideEntry]]:
        return read_overrides(OVERRIDES_FILE, self._files.get(OVERRIDES_FILE, ""))

    def _subject(self, code: str) -> Subject:
        """An occupation as the subject of a report. Raises KeyError for an unknown code, CatalogueError."""
        own = self._placed(code)
        group = _group_title(self._groups, code)
        borrowed = own.placed < ENOUGH_PLACED
        parts, tasks, mix = self._week(code, self._group_of(code) if borrowed else own)
        if borrowed:
            mix = ((rate(own.tasks), 1.0),)
        role = role_like(
            slug=code,
            title=self.title(code),
            family=group,
            occupations=(code,),
            jobs=(Job(role="", family="", occupation=code),),
            parts=parts,
            exact=estimate(mix),
            percentiles=self._percentiles,
        )
        return Subject(
            kind=TitleKind.OCCUPATION,
            role=role,
            tasks=tasks,
            names=_names(task for slug, task in tasks.items() if not is_other_work(slug)),
            mix=mix,
            borrowed=group if borrowed else None,
        )

    def _week(self, code: str, placed: _Placed) -> tuple[list[RoleTask], dict[str, Task], Mix]:
        """The heaviest kinds of work that have a text, then all other work, with their parts of the whole; their mix.

        In the mix other work is one rating: that it is shown at its levels makes the index no surer.
        """
        named = [(self.kinds[iwa], tasks) for iwa, tasks in placed.groups.items() if iwa and iwa in self.kinds]
        shown = sorted(named, key=lambda group: (-_weight(group[1]), group[0].slug))[:MAX_GROUPS]
        tasks = {kind.slug: self._task(code, kind, cited) for kind, cited in shown}
        parts = [RoleTask(kind.slug, _weight(cited) / placed.weight, None) for kind, cited in shown]
        iwas = {kind.iwa for kind, _ in shown}
        kinds = [cited for iwa, cited in placed.groups.items() if iwa and iwa not in iwas]
        kinds += [[task] for task in placed.groups.get(None, ())]
        rest = [(rate(cited), _weight(cited) / placed.weight) for cited in kinds]
        for task, share in other_work(rest, "this occupation"):
            tasks[task.slug] = task
            parts.append(RoleTask(task.slug, share, None))
        mix = [(tasks[part.task].rating, part.share) for part in parts[: len(shown)]]
        if kinds:
            others = [task for cited in kinds for task in cited]
            mix.append((rate(others), _weight(others) / placed.weight))
        return parts, tasks, tuple(mix)

    def _task(self, code: str, kind: Kind, cited: Sequence[OnetTask]) -> Task:
        texts = {key: getattr(kind, key) for key in ("name", "rationale", "stays_human", "next_step")}
        override = self._overrides.get(code, {}).get(kind.slug)
        if override is not None:
            texts |= override.model_dump(exclude_none=True)
        return Task(slug=kind.slug, synonyms=(kind.name, *kind.synonyms), skills=(), rating=rate(cited), **texts)

    def _group_of(self, code: str) -> _Placed:
        """The work of the occupations of the same group that have enough kinds of work: of the closest that any has."""
        for length in (BROAD_GROUP, MINOR_GROUP, MAJOR_GROUP):
            members = [self._placed(other) for other in self.occupations if other[:length] == code[:length]]
            if enough := [member for member in members if member.placed >= ENOUGH_PLACED]:
                return _Placed(_by_kind((iwa, task) for m in enough for iwa, ts in m.groups.items() for task in ts))
        return self._placed(code)

    def _read_placed(self, code: str) -> _Placed:
        kinds = evidence.read_kinds_of_work(self._files[evidence.KINDS_FILE], code)
        tasks = evidence.read_occupation_tasks(self._files[evidence.TASKS_FILE], self.occupations[code])
        return _Placed(_by_kind((kinds.get(task.key), task) for task in tasks))


def _by_kind(placed: Iterable[tuple[str | None, OnetTask]]) -> Mapping[str | None, Sequence[OnetTask]]:
    groups: dict[str | None, list[OnetTask]] = {}
    for iwa, task in placed:
        groups.setdefault(iwa, []).append(task)
    return groups


def _weight(tasks: Iterable[OnetTask]) -> int:
    return sum(task.weight for task in tasks)


def _group_title(groups: Mapping[str, str], code: str) -> str:
    return groups.get(code[:MAJOR_GROUP], "Other work")


def _names(tasks: Iterable[Task]) -> dict[str, str]:
    """The tasks by folded name: the first for a name that several have."""
    owners: dict[str, str] = {}
    for task in tasks:
        for name in task.folded_names:
            owners.setdefault(name, task.slug)
    return owners
