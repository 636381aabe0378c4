"""Errors: RFC 9457 problem details for programs, a small page for a person's browser."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from worker.errors import LedgerUnavailable
from worker.intake.contract import expectation
from worker.unexpected import count_unexpected

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_LEDGER_S = 5  # Retry-After while the ledger is away
_SENTENCES = {
    404: "There is no page at this address.",
    405: "This address does not accept that method.",
}
_TYPE = "urn:exposure-report:problem:"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/theme.css"><link rel="stylesheet" href="/static/pages.css"></head>
<body><main><h1>{title}</h1><p>{detail}</p><p><a href="/">To the start</a></p></main></body></html>
"""


class FieldProblem(BaseModel):
    """What is wrong with a field of a request. `label` is what its visitor sees, for the fields of a form."""

    field: str
    label: str | None = None
    problem: str


class ProblemDetails(BaseModel):
    """An error, as RFC 9457 writes it. `type` is stable, `detail` is for a person; neither repeats the request."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class Problem(Exception):
    """An answer other than success. `members` are added to its problem details."""

    def __init__(
        self, status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(f"{status} {kind}: {detail}")
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def details(self) -> ProblemDetails:
        """The body of the answer."""
        kind = "about:blank" if self.kind == "http" else f"{_TYPE}{self.kind}"
        title = HTTPStatus(self.status).phrase
        return ProblemDetails(type=kind, title=title, status=self.status, detail=self.detail, **self.members)

    def body(self) -> dict[str, Any]:
        """The same as JSON, without unset members."""
        return self.details().model_dump(mode="json", exclude_unset=True)


_KNOWN = (Problem, LedgerUnavailable, ClientDisconnect)


def retry_after(seconds: float) -> dict[str, str]:
    """The header that says after how many seconds a repeat makes sense."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def unavailable(detail: str, *, seconds: float = RETRY_LEDGER_S) -> Problem:
    """503: nothing was recorded, and the same request may be sent again."""
    return Problem(503, "unavailable", detail, headers=retry_after(seconds))


def answer(request: Request, problem: Problem) -> Response:
    """The problem as a page for a browser that asks for one, else as problem details."""
    if "text/html" in request.headers.get("accept", ""):
        title = HTTPStatus(problem.status).phrase
        page = _PAGE.format(title=html.escape(title), detail=html.escape(problem.detail))
        return HTMLResponse(page, problem.status, headers=problem.headers)
    return JSONResponse(problem.body(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI, *, mounted: bool = False) -> None:
    """Answer every error of the application as a problem. The application around a mounted one logs its bugs."""

    async def on_known(request: Request, error: Exception) -> Response:
        assert isinstance(error, _KNOWN)
        return answer(request, problem_of(error))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer(request, Problem(error.status_code, "http", sentence(error), headers=error.headers))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [
            {"field": ".".join(map(str, item["loc"][1:])), "problem": expectation(item)} for item in error.errors()
        ]
        return answer(request, Problem(422, "invalid-parameter", "A parameter is invalid.", errors=errors))

    async def on_bug(request: Request, error: Exception) -> Response:
        if not mounted:
            count_unexpected("http", error)
            log.error("request failed", error=type(error).__name__, path=_route(request))
        return answer(request, Problem(500, "http", "Something went wrong on our side."))

    for known in _KNOWN:
        app.add_exception_handler(known, on_known)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_bug)


def problem_of(error: Problem | LedgerUnavailable | ClientDisconnect) -> Problem:
    """The problem that an error is answered with. Logs a ledger that is away."""
    if isinstance(error, ClientDisconnect):  # the client is gone, but without it this would be logged as a bug
        return Problem(400, "http", "The request ended before its body did.")
    if isinstance(error, LedgerUnavailable):
        log.error("ledger unavailable", ledger=str(error))
        return unavailable("The ledger is not available; nothing was recorded. Please try again.")
    return error


def sentence(error: HTTPException) -> str:
    """The framework's own errors in our words; the detail of others as it is."""
    if error.detail != HTTPStatus(error.status_code).phrase:
        return str(error.detail)
    return _SENTENCES.get(error.status_code, str(error.detail))


def _route(request: Request) -> str | None:
    """The route's template, never the path itself: that may hold the token of a reader's link."""
    return getattr(request.scope.get("route"), "path", None)
