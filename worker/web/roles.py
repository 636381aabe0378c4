"""GET /v1/roles: the roles we can report on, for the autocompletion and the task list of a form."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from worker.report.catalogue import Catalogue, Role
from worker.report.matching import Matcher
from worker.report.spelling import fold_title
from worker.report.subject import OTHER_WORK
from worker.report.subjects import read_subject
from worker.web.openapi import documented, examples
from worker.web.problems import Problem
from worker.web.request_limits import RequestLimit, too_often

CACHE_S = 300
QUERIES_PER_HOUR = 3600  # from one source: a form asks while a title is typed
MAX_QUERY_CHARS = 200


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
        named = [(part, subject.tasks[part.task]) for part in subject.role.tasks if part.task != OTHER_WORK]
        return UnderstoodTitle(
            kind=reading.kind,
            title=reading.title,
            occupations=list(reading.occupations),
            candidates=list(reading.candidates),
            tasks=[NamedTask(slug=task.slug, name=task.name, share=round(part.share * 100)) for part, task in named],
        )

    def titles(self) -> list[str]:
        """Return the title of every role, in alphabetical order."""
        return [role.title for role in self._by_title]

    def answer(self, query: str) -> RolesFound:
        """Return the answer of GET /v1/roles."""
        return RolesFound(
            catalogue_version=self._catalogue.version,
            read_as=self._matcher.read_title(query).role if query.strip() else None,
            reading=self.understood(query),
            roles=self.find(query),
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
    def list_roles(request: Request, q: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = "") -> Response:
        limit.count(request)
        body = roles.answer(q).model_dump_json().encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {"ETag": etag, "Cache-Control": f"public, max-age={CACHE_S}"}
        if _names(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return router


def _sort_key(prefix: str, role: Role) -> tuple[bool, int, str] | None:
    """Sort key: titles before aliases, shorter names first. None if no word of a name starts with the prefix."""
    names = [(False, role.title), *((True, alias) for alias in role.aliases)]
    keys = [(is_alias, len(name), role.title) for is_alias, name in names if f" {prefix}" in f" {fold_title(name)}"]
    return min(keys, default=None) if prefix else None


def _names(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags


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
