"""GET /v1/roles: the roles we can report on, for the autocompletion and the task list of a form."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from worker.report.catalogue import Catalogue, Role
from worker.report.matching import Matcher
from worker.report.reading import TitleKind
from worker.report.spelling import fold_title
from worker.report.subject import is_other_work
from worker.report.subjects import read_subject, subject_of
from worker.web.entity_tags import cached_answer
from worker.web.openapi import documented, examples
from worker.web.problems import Problem
from worker.web.request_limits import RequestLimit, too_often

CACHE_S = 300
QUERIES_PER_HOUR = 3600  # from one source: a form asks while a title is typed
MAX_QUERY_CHARS = 200
MAX_NEAREST = 5  # roles to offer for a title that we do not know
_SHORTEST_WORD = 3  # letters of a title, or of its last word, from which roles that have it are near


class NamedTask(BaseModel):
    """A task of a role."""

    slug: str
    name: str
    share: int = Field(description="Percent of a usual week.")


class NamedSkill(BaseModel):
    """A skill of a role."""

    slug: str
    name: str


class ListedRole(BaseModel):
    """A role as a form needs it."""

    slug: str
    title: str
    aliases: list[str]
    page: str | None = Field(description="Path of the outlook page.")
    tasks: list[NamedTask]
    skills: list[NamedSkill]


class UnderstoodTitle(BaseModel):
    """What a title is understood as: a role, an O*NET occupation, or a family of several."""

    kind: Literal["role", "occupation", "family"]
    title: str = Field(description="Its name; for a family, the names of all that it may mean.")
    occupations: list[str] = Field(description="The O*NET-SOC codes that are meant.")
    candidates: list[str] = Field(description="For a family: slugs of roles and O*NET-SOC codes, most jobs first.")
    tasks: list[NamedTask] = Field(description="The tasks of its usual week that have a name.")


class RolesFound(BaseModel):
    """Roles, best match first."""

    catalogue_version: str
    read_as: str | None = Field(description="The role that a signup is read as; null if it is read as no role.")
    reading: UnderstoodTitle | None = Field(
        description="What a signup is read as, and gets a report on; null if the title means no job that we know."
    )
    choices: list[str] = Field(
        description="Titles to offer: what a family may mean, or what is nearest to a title without a reading. A "
        "signup with one of them is read as just that."
    )
    roles: list[ListedRole]


class RoleList:
    """The catalogue's roles as a form needs them. Make it once per process."""

    def __init__(self, catalogue: Catalogue, matcher: Matcher) -> None:
        self._catalogue = catalogue
        self._matcher = matcher
        self._by_title = sorted(catalogue.roles.values(), key=lambda role: role.title)
        self._listed = {role.slug: _listed(catalogue, role) for role in self._by_title}

    def find(self, query: str) -> list[ListedRole]:
        """Return the roles that a title means, may mean or begins, best match first; every role for an empty query."""
        if not query.strip():
            return list(self._listed.values())
        reading = self._matcher.read_title(query)
        prefix = fold_title(query)
        keys = [(key, role.slug) for role in self._by_title if (key := _sort_key(prefix, role)) is not None]
        found = [reading.role, *reading.candidates, *(slug for _, slug in sorted(keys))]
        return [self._listed[slug] for slug in dict.fromkeys(found) if slug in self._listed]

    def understood(self, query: str) -> UnderstoodTitle | None:
        """Return what a title is read as, None if it means no job that we know."""
        reading = self._matcher.read_title(query)
        subject = read_subject(self._catalogue, reading) if query.strip() else None
        if subject is None:
            return None
        named = [(part, subject.tasks[part.task]) for part in subject.role.tasks if not is_other_work(part.task)]
        return UnderstoodTitle(
            kind=reading.kind,
            title=reading.title,
            occupations=list(reading.occupations),
            candidates=list(reading.candidates),
            tasks=[NamedTask(slug=task.slug, name=task.name, share=round(part.share * 100)) for part, task in named],
        )

    def choices(self, query: str) -> list[str]:
        """Return the titles to offer for one that may mean several jobs, or that we do not know; else none."""
        reading = self._matcher.read_title(query)
        if reading.kind in {TitleKind.ROLE, TitleKind.OCCUPATION} or not query.strip():
            return []
        slugs = reading.candidates or (self._nearest(query) if reading.names_a_job else [])
        subjects = [subject_of(self._catalogue, self._matcher, slug, "") for slug in slugs]
        titles = [subject.role.title for subject in subjects if subject is not None]
        return [title for title in titles if self._matcher.read_title(title).slug in slugs]

    def _nearest(self, query: str) -> list[str]:
        """Slugs of the roles whose title has these words or begins so, else of those that end in the last word."""
        words = fold_title(query)
        last = words.rpartition(" ")[2]
        if len(last) < _SHORTEST_WORD:
            return []
        named = [(f" {fold_title(role.title)} ", role) for role in self._by_title]
        found = (
            [role for name, role in named if f" {words} " in name]
            or [role for name, role in named if f" {words}" in name]
            or [role for name, role in named if name.endswith(f" {last} ")]
        )
        return [role.slug for role in sorted(found, key=lambda role: -self._people(role))][:MAX_NEAREST]

    def _people(self, role: Role) -> float:
        return sum(self._catalogue.onet.people(code) for code in role.occupations)

    def titles(self) -> list[str]:
        """Return the title of every role, in alphabetical order."""
        return [role.title for role in self._by_title]

    def answer(self, query: str, most: int | None = None) -> RolesFound:
        """Return the answer of GET /v1/roles, with `most` roles; None for all that were found."""
        return RolesFound(
            catalogue_version=self._catalogue.version,
            read_as=self._matcher.read_title(query).role if query.strip() else None,
            reading=self.understood(query),
            choices=self.choices(query),
            roles=self.find(query)[:most],
        )


def routes(roles: RoleList, limit: RequestLimit) -> APIRouter:
    """GET /v1/roles."""
    router = APIRouter(prefix="/v1", tags=["roles"])

    @router.get(
        "/roles",
        operation_id="listRoles",
        summary="The roles we can report on, with their tasks and skills",
        response_model=RolesFound,
        responses=examples(200, {"ML Engineer": _EXAMPLE}, headers=_HEADERS)
        | {304: {"description": "Not changed since the ETag in If-None-Match."}}
        | documented(_TOO_LONG, too_often()),
    )
    def list_roles(
        request: Request,
        q: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = "",
        most: Annotated[int | None, Query(ge=1, description="Roles to answer with; all if it is left out.")] = None,
    ) -> Response:
        limit.count(request)
        body = roles.answer(q, most).model_dump_json().encode()
        return cached_answer(request, body, "application/json", cache=f"public, max-age={CACHE_S}")

    return router


def _sort_key(prefix: str, role: Role) -> tuple[bool, int, str] | None:
    """Sort key: titles before aliases, shorter names first. None if no word of a name starts with the prefix."""
    names = [(False, role.title), *((True, alias) for alias in role.aliases)]
    keys = [(is_alias, len(name), role.title) for is_alias, name in names if f" {prefix}" in f" {fold_title(name)}"]
    return min(keys, default=None) if prefix else None


def _listed(catalogue: Catalogue, role: Role) -> ListedRole:
    return ListedRole(
        slug=role.slug,
        title=role.title,
        aliases=list(role.aliases),
        page=role.summary.page,
        tasks=[
            NamedTask(slug=part.task, name=catalogue.tasks[part.task].name, share=round(part.share * 100))
            for part in role.tasks
        ],
        skills=[NamedSkill(slug=slug, name=catalogue.skills[slug].name) for slug in role.skills],
    )


_EXAMPLE = RolesFound(
    catalogue_version="0123456789ab",
    read_as="ml-engineer",
    reading=UnderstoodTitle(
        kind="role",
        title="ML Engineer",
        occupations=["15-2051.00", "15-1252.00"],
        candidates=[],
        tasks=[NamedTask(slug="write-production-code", name="Write production code", share=40)],
    ),
    choices=[],
    roles=[
        ListedRole(
            slug="ml-engineer",
            title="ML Engineer",
            aliases=["Machine Learning Engineer"],
            page="/outlook/ml-engineer",
            tasks=[NamedTask(slug="write-production-code", name="Write production code", share=40)],
            skills=[NamedSkill(slug="python", name="Python")],
        )
    ],
)
_HEADERS = {name: {"schema": {"type": "string"}} for name in ("ETag", "Cache-Control")}
_TOO_LONG = Problem(
    422, "invalid-parameter", "A parameter is invalid.",
    errors=[{"field": "q", "problem": f"expected at most {MAX_QUERY_CHARS} characters"}],
)  # fmt: skip
