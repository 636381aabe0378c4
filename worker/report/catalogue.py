"""The catalogue as one frozen value: roles, tasks, skills and the figures behind them.

`catalogue_loading` makes it from the files in data/, whose format data/README.md describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.report import evidence
from worker.report.catalogue_names import Names
from worker.report.catalogue_subjects import Subjects
from worker.report.nearby import Neighbours
from worker.report.observations import Observations
from worker.report.onet import Onet
from worker.report.report import Source
from worker.report.roles import Role, RoleTask, Skill, Task
from worker.report.statements import Statements
from worker.report.title_data import TitleData

__all__ = ["Catalogue", "Role", "RoleTask", "Skill", "Task"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries by slug; the occupations that they cite, by O*NET-SOC code; `onet` has every occupation."""

    version: str
    roles: Mapping[str, Role]
    tasks: Mapping[str, Task]
    skills: Mapping[str, Skill]
    occupations: Mapping[str, evidence.Occupation]
    percentiles: evidence.Percentiles
    sources: Mapping[str, Source]
    findings: Statements
    observations: Observations
    names: Names
    titles: TitleData
    onet: Onet
    neighbours: Neighbours
    subjects: Subjects
