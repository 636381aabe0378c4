"""The shape of the TOML files under data/: which keys an entry has, and what each may hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints
from pydantic.functional_validators import BeforeValidator

from worker.report.observed import Gap
from worker.report.report import Band, SkillEffect

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_ONET_CODE = r"^\d\d-\d{4}\.\d\d$"
SENTENCES = r"^[^\s<>{}%][^\s<>{}]*( [^\s<>{}%][^\s<>{}]*)*[.!?]$"
"""No word begins with %: `16.3%`, as the letter writes it."""
_CODE_START = r"^\d\d(-\d{4})?$"
_ONET_TASK = r"^\d\d-\d{4}\.\d\d:\d+$"
_IWA = r"^4\.A\.\d\.[a-c]\.\d\.I\d\d$"


def _unwrapped(value: object) -> object:
    """A text wrapped over lines in the file, as one line."""
    return value.strip().replace("\n", " ") if isinstance(value, str) else value


Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=60)]
OnetCode = Annotated[str, StringConstraints(pattern=_ONET_CODE)]
OnetTaskKey = Annotated[str, StringConstraints(pattern=_ONET_TASK)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^\S+( \S+)*$")]
Text = Annotated[str, BeforeValidator(_unwrapped)]
Clause = Annotated[Text, StringConstraints(min_length=10, max_length=240, pattern=SENTENCES)]
"""The rest of a sentence that we begin, and what follows it."""
Prose = Annotated[Text, StringConstraints(min_length=30, max_length=420, pattern=SENTENCES)]


class Entry(BaseModel):
    """What every entry has in common: unknown keys are refused, and nothing can be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskEntry(Entry):
    """`[slug]` of data/tasks/*.toml."""

    name: Name
    onet: Annotated[tuple[OnetTaskKey, ...], Field(min_length=2, max_length=6)]
    skills: tuple[Slug, ...] = ()
    synonyms: tuple[Name, ...] = ()
    in_role: tuple[Name, ...] = ()
    any_job: bool = False
    rationale: Prose
    stays_human: Prose
    next_step: Prose


class KindEntry(Entry):
    """`[slug]` of data/kinds/*.toml: one kind of work, `iwa` by O*NET's number."""

    iwa: Annotated[str, StringConstraints(pattern=_IWA)]
    name: Name
    synonyms: Annotated[tuple[Name, ...], Field(min_length=2, max_length=8)]
    rationale: Prose
    stays_human: Prose
    next_step: Prose


class OverrideEntry(Entry):
    """`["code".kind]` of data/occupations/overrides.toml: what reads otherwise in this occupation."""

    name: Name | None = None
    rationale: Prose | None = None
    stays_human: Prose | None = None
    next_step: Prose | None = None


class OccupationTitles(RootModel[dict[OnetCode, Name]]):
    """data/occupations/titles.toml: the title of one worker by O*NET-SOC code."""


class GroupTitles(RootModel[dict[Annotated[str, StringConstraints(pattern=r"^\d\d$")], Name]]):
    """data/occupations/groups.toml: titles of O*NET's major groups by the first two digits of a code."""


class Readings(RootModel[dict[Annotated[str, StringConstraints(pattern=_CODE_START)], dict[Gap, Clause]]]):
    """data/readings.toml: by the start of an O*NET-SOC code, why observed use lies beside the labels as it does."""


class SkillEntry(Entry):
    """`[slug]` of data/skills/*.toml."""

    name: Name
    effect: SkillEffect
    reason: Prose
    synonyms: tuple[Name, ...] = ()
    in_role: tuple[Name, ...] = ()
    any_job: bool = False


class FamilyEntry(Entry):
    """data/families/<slug>.toml."""

    title: Name


class RoleTaskEntry(Entry):
    """One task of a role: `share` in percent of the week; `page_band` where the role's outlook page rates it."""

    task: Slug
    share: Annotated[int, Field(ge=1, le=100, strict=True)]
    page_band: Band | None = None


class RoleEntry(Entry):
    """data/roles/<slug>.toml."""

    title: Name
    family: Slug
    onet: Annotated[tuple[OnetCode, ...], Field(min_length=1, max_length=40)]
    aliases: tuple[Name, ...] = ()
    endings: tuple[Name, ...] = ()
    tasks: Annotated[tuple[RoleTaskEntry, ...], Field(min_length=3, max_length=9)]
    shares_because: Prose
    skills: Annotated[tuple[Slug, ...], Field(min_length=4, max_length=8)]
    apart_because: Prose | None = None


class SourceEntry(Entry):
    """`[slug]` of data/sources.toml."""

    name: Name
    attribution: Annotated[Text, StringConstraints(min_length=10, max_length=600)]
    licence: Name
    figures: bool = False
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
