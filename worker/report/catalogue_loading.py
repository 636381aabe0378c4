"""Reads data/ into a `Catalogue`: checks every reference and computes every rating and index."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from worker.errors import CatalogueError
from worker.report import catalogue_format as fmt
from worker.report import evidence
from worker.report.catalogue import Catalogue
from worker.report.catalogue_checks import check_catalogue
from worker.report.catalogue_entries import (
    FOLDERS,
    Entries,
    cited_occupations,
    cited_tasks,
    read_entries,
    read_entry,
    read_table,
)
from worker.report.catalogue_names import Names
from worker.report.catalogue_subjects import Subjects
from worker.report.estimates import estimate, index_of, percentile_of
from worker.report.exposure import OnetTask, rate
from worker.report.made_when_used import MadeWhenUsed
from worker.report.nearby import Neighbours
from worker.report.observations import Observations
from worker.report.onet import Onet
from worker.report.report import RoleSummary, Source
from worker.report.roles import Job, Role, RoleTask, Skill, Task
from worker.report.statement_entries import read_findings
from worker.report.statements import Statements
from worker.report.title_data import WORD_FILES, read_title_data
from worker.report.title_index import INDEX_FILE

VERSION_LENGTH = 12  # hexadecimal digits of the content's SHA-256
SOURCES_FILE = "sources.toml"
READINGS_FILE = "readings.toml"


def load_catalogue(directory: Path) -> Catalogue:
    """The catalogue in data/. Raises CatalogueError with the file, the key and what was expected there."""
    with _without_collecting():
        return _load(directory)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No garbage is collected meanwhile, nor looked for in the catalogue later: it lives as long as the process.

    Looking costs a tenth of the loading, and as much again when collecting begins anew.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()


def _load(directory: Path) -> Catalogue:
    files = _read_files(directory)
    sources = {
        slug: Source(entry.name, entry.attribution, entry.licence, entry.url, entry.figures)
        for slug, entry in read_table(fmt.SourceEntry, SOURCES_FILE, files[SOURCES_FILE]).items()
    }
    entries = read_entries(files)
    occupations = evidence.read_occupations(files[evidence.OCCUPATIONS_FILE], cited_occupations(entries))
    onet_tasks = evidence.read_onet_tasks(files[evidence.TASKS_FILE], occupations, cited_tasks(entries))
    percentiles = evidence.read_percentiles(files[evidence.PERCENTILES_FILE])
    check_catalogue(entries, onet_tasks, occupations.keys())
    tasks = MadeWhenUsed(entries.tasks, lambda slug: _task(slug, entries.tasks[slug][1], onet_tasks))
    roles = MadeWhenUsed(entries.roles, lambda slug: _role(slug, entries, tasks, percentiles))
    skills = {slug: _skill(slug, entry) for slug, (_, entry) in entries.skills.items()}
    names, onet = Names(entries), Onet(files, percentiles)
    readings = read_entry(fmt.Readings, READINGS_FILE, files[READINGS_FILE]).root
    return Catalogue(
        version=_version(files),
        roles=roles,
        tasks=tasks,
        skills=MappingProxyType(skills),
        occupations=MappingProxyType(dict(occupations)),
        percentiles=percentiles,
        sources=MappingProxyType(sources),
        names=names,
        findings=Statements(
            read_findings(
                files,
                {slug: source.name for slug, source in sources.items()},
                entries.roles.keys() | entries.families.keys(),
                _codes(files),
            )
        ),
        neighbours=Neighbours(roles, skills),
        observations=Observations(onet, readings, sources, percentiles.mean_beta),
        onet=onet,
        subjects=Subjects(roles, tasks, names, onet, percentiles),
        titles=read_title_data(directory / INDEX_FILE, files),
    )


def _read_files(directory: Path) -> dict[str, str]:
    """Every file of the catalogue by its path relative to data/, in a fixed order."""
    named = [
        SOURCES_FILE, READINGS_FILE, evidence.TASKS_FILE, evidence.OCCUPATIONS_FILE, evidence.PERCENTILES_FILE,
        evidence.KINDS_FILE, INDEX_FILE, *WORD_FILES,
    ]  # fmt: skip
    found = sorted(
        f"{folder}/{name}" for folder in FOLDERS for name in _listed(directory / folder) if name.endswith(".toml")
    )
    texts = {}
    for file in [*named, *found]:
        try:
            texts[file] = Path(f"{directory}/{file}").read_bytes().decode()
        except OSError as error:
            raise CatalogueError(file, "file", f"cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise CatalogueError(file, f"byte {error.start}", "expected UTF-8") from None
    return texts


def _listed(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _version(files: Mapping[str, str]) -> str:
    digest = sha256()
    for file in sorted(files):
        digest.update(f"{file}\0".encode())
        digest.update(files[file].encode())
        digest.update(b"\0")
    return digest.hexdigest()[:VERSION_LENGTH]


def _task(slug: str, entry: fmt.TaskEntry, onet_tasks: Mapping[str, OnetTask]) -> Task:
    return Task(
        slug=slug,
        name=entry.name,
        synonyms=entry.synonyms,
        skills=entry.skills,
        rating=rate([onet_tasks[key] for key in entry.onet]),
        rationale=entry.rationale,
        stays_human=entry.stays_human,
        next_step=entry.next_step,
        any_job=entry.any_job,
    )


def _skill(slug: str, entry: fmt.SkillEntry) -> Skill:
    return Skill(slug, entry.name, entry.synonyms, entry.effect, entry.reason, entry.in_role, entry.any_job)


def _role(slug: str, entries: Entries, tasks: Mapping[str, Task], percentiles: evidence.Percentiles) -> Role:
    entry = entries.roles[slug][1]
    family = entries.families[entry.family][1]
    exact = estimate([(tasks[part.task].rating, part.share / 100) for part in entry.tasks])
    page = f"/outlook/{slug}"
    return Role(
        slug=slug,
        title=entry.title,
        aliases=entry.aliases,
        endings=entry.endings,
        occupations=entry.onet,
        tasks=tuple(RoleTask(part.task, part.share / 100, part.page_band) for part in entry.tasks),
        shares_because=entry.shares_because,
        skills=entry.skills,
        apart_because=entry.apart_because,
        jobs=(Job(slug, entry.family, entry.onet[0]),),
        estimate=exact,
        summary=RoleSummary(
            slug=slug,
            title=entry.title,
            family=family.title,
            page=page,
            index=index_of(exact),
            percentile=percentile_of(exact, percentiles.mean_beta),
        ),
    )


def _codes(files: Mapping[str, str]) -> set[str]:
    """The O*NET-SOC codes of all occupations."""
    return {line.partition(",")[0] for line in files[evidence.OCCUPATIONS_FILE].splitlines()[1:]}
