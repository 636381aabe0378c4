"""The published figures under data/evidence, read from text: O*NET tasks and occupations, percentiles.

The files hold all of O*NET: 19,265 tasks and 923 occupations. The worker reads only the rows that the catalogue cites.
data/README.md lists the columns; `scripts/catalog-evidence` compares them with the publishers' files. A blank cell
means "not available", never zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from worker.errors import CatalogueError
from worker.report import occupation_names
from worker.report.exposure import Label, OnetTask
from worker.report.tables import Row, rows, rows_of_two_keys, rows_under

OCCUPATIONS_FILE = occupation_names.OCCUPATIONS_FILE
TASKS_FILE = "evidence/tasks.csv"
PERCENTILES_FILE = "evidence/percentiles.csv"
KINDS_FILE = "evidence/kinds_of_work.csv"
REPORTED_TITLES_FILE = "evidence/reported_titles.csv"

TASKS_HEADER = (
    "onet_soc",
    "task_id",
    "task_type",
    "human",
    "gpt4",
    "alternative",
    "seen",
    "claude_percent",
    "in_onet_30_1",
    "wording",
)
OCCUPATIONS_HEADER = (
    "onet_soc",
    "title",
    "oews_code",
    "jobs",
    "n_core",
    "n_supplemental",
    "human_alpha",
    "human_beta",
    "human_gamma",
    "gpt4_alpha",
    "gpt4_beta",
    "gpt4_gamma",
    "alternative_beta",
    "mean_beta",
    "percentile",
    "copilot_applicability",
    "claude_matchable",
    "claude_coverage",
    "observed_exposure",
)
PERCENTILES_HEADER = ("percentile", "human_beta", "gpt4_beta", "mean_beta", "copilot_applicability")
KINDS_HEADER = ("onet_soc", "task_id", "iwa", "source", "confidence")
REPORTED_TITLES_HEADER = ("onet_soc", "title", "occupations")

ONET_LINKS = "onet-18.1"  # the source of O*NET's own links between tasks and kinds of work
LEAST_CONFIDENCE = 0.8  # of our own matches of tasks and kinds of work

_LABELS = dict(Label.__members__)
_SEEN = {"1": True, "0": False, "": None}
_IS_CORE = {"Core": True, "Supplemental": False, "": False}


@dataclass(frozen=True, slots=True)
class Occupation:
    """Published means of one O*NET occupation. Shares and means are 0..1; `percentile` is 0..100 among US jobs.

    alpha: share of tasks that a language model alone exposes; gamma: with all software built; beta: halfway (E2 counts
    1/2). `copilot_applicability`: Microsoft's score from Copilot use in 2024. `claude_coverage`: share of its tasks
    seen in Anthropic's sample of February 2025; `claude_matchable`: share that the sample could show.
    `observed_exposure`: Anthropic's measure from use in August and November 2025.
    """

    code: str
    title: str
    oews_code: str
    jobs: int | None
    """US jobs of the BLS occupation `oews_code`, in May 2024; several O*NET occupations may share them."""
    sorted_tasks: bool
    """Whether O*NET has sorted its tasks into Core and Supplemental."""
    human_alpha: float
    human_beta: float
    human_gamma: float
    gpt4_alpha: float
    gpt4_beta: float
    gpt4_gamma: float
    mean_beta: float
    percentile: float | None
    copilot_applicability: float | None
    claude_matchable: float
    claude_coverage: float | None
    observed_exposure: float | None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Values at percentiles 0..100 of occupations, weighted by US jobs (BLS OEWS May 2024)."""

    human_beta: tuple[float, ...]
    gpt4_beta: tuple[float, ...]
    mean_beta: tuple[float, ...]
    copilot_applicability: tuple[float, ...]


def read_onet_tasks(
    text: str, occupations: Mapping[str, Occupation], cited: AbstractSet[str] | None = None
) -> Mapping[str, OnetTask]:
    """O*NET tasks by `code:id`: those in `cited`, or all if it is None. Other rows are skipped unchecked.

    Raises CatalogueError, also where a task's code is not one of `occupations`.
    """
    tasks: dict[str, OnetTask] = {}
    for key, row in rows_of_two_keys(text, TASKS_FILE, TASKS_HEADER, cited):
        code = row["onet_soc"]
        if code not in occupations:
            raise row.error("onet_soc", f"{code} is missing from {OCCUPATIONS_FILE}")
        if key in tasks:
            raise row.error("task_id", f"{key} is listed twice")
        tasks[key] = _onet_task(key, row, occupations[code])
    return tasks


def read_occupation_tasks(text: str, occupation: Occupation) -> tuple[OnetTask, ...]:
    """All tasks of one occupation. The other rows are neither parsed nor checked. Raises CatalogueError."""
    found = rows_under(text, TASKS_FILE, TASKS_HEADER, occupation.code)
    return tuple(_onet_task(f"{occupation.code}:{row['task_id']}", row, occupation) for row in found)


def _onet_task(key: str, row: Row, occupation: Occupation) -> OnetTask:
    return OnetTask(
        key=key,
        core=row.choice("task_type", _IS_CORE) or not occupation.sorted_tasks,
        human=row.choice("human", _LABELS),
        gpt4=row.choice("gpt4", _LABELS),
        alternative=row.choice("alternative", _LABELS),
        seen=row.choice("seen", _SEEN),
        wording=row["wording"],
    )


def read_kinds_of_work(text: str, code: str) -> Mapping[str, str]:
    """The kind of work, as its IWA, of each task of one occupation that has one, by `code:id`.

    Of several kinds the first counts. Our own matches count from LEAST_CONFIDENCE on. Raises CatalogueError.
    """
    return dict(_kinds_of_work(text, code))


def _kinds_of_work(text: str, code: str) -> Iterator[tuple[str, str]]:
    for row in rows_under(text, KINDS_FILE, KINDS_HEADER, code):
        if row["source"] == ONET_LINKS or row.number("confidence") >= LEAST_CONFIDENCE:
            yield f"{code}:{row['task_id']}", row["iwa"].partition("|")[0]


def read_occupations(text: str, cited: AbstractSet[str] | None = None) -> Mapping[str, Occupation]:
    """Occupations by O*NET-SOC code: those in `cited`, or all if it is None. Raises CatalogueError."""
    occupations: dict[str, Occupation] = {}
    for row in rows(text, OCCUPATIONS_FILE, OCCUPATIONS_HEADER, cited):
        code = row["onet_soc"]
        if code in occupations:
            raise row.error("onet_soc", f"{code} is listed twice")
        occupations[code] = _occupation(code, row)
    return occupations


def _occupation(code: str, row: Row) -> Occupation:
    return Occupation(
        code=code,
        title=row["title"],
        oews_code=row["oews_code"],
        jobs=row.whole_or_none("jobs"),
        sorted_tasks=row["n_core"] != "0" or row["n_supplemental"] != "0",
        human_alpha=row.number("human_alpha"),
        human_beta=row.number("human_beta"),
        human_gamma=row.number("human_gamma"),
        gpt4_alpha=row.number("gpt4_alpha"),
        gpt4_beta=row.number("gpt4_beta"),
        gpt4_gamma=row.number("gpt4_gamma"),
        mean_beta=row.number("mean_beta"),
        percentile=row.number_or_none("percentile"),
        copilot_applicability=row.number_or_none("copilot_applicability"),
        claude_matchable=row.number("claude_matchable"),
        claude_coverage=row.number_or_none("claude_coverage"),
        observed_exposure=row.number_or_none("observed_exposure"),
    )


def read_percentiles(text: str) -> Percentiles:
    """The percentile table: one row for each of 0..100, no value lower than the one before. Raises CatalogueError."""
    table = list(rows(text, PERCENTILES_FILE, PERCENTILES_HEADER))
    if [row["percentile"] for row in table] != [str(percentile) for percentile in range(101)]:
        raise CatalogueError(PERCENTILES_FILE, "percentile", "expected one row for each of 0 to 100, in order")
    columns = {name: tuple(row.number(name) for row in table) for name in PERCENTILES_HEADER[1:]}
    for name, values in columns.items():
        if list(values) != sorted(values):
            raise CatalogueError(PERCENTILES_FILE, name, "values must not fall as the percentile rises")
    return Percentiles(**columns)
