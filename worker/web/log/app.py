"""The application at /log: its sessions, its form tokens, its routes and its error pages."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from worker.boot.web import WebServices
from worker.passwords import Passwords
from worker.web import problems
from worker.web.log import login
from worker.web.log.board import Board
from worker.web.log.cookies import KeyedSessions
from worker.web.log.csrf import CsrfTokens, FormExpired
from worker.web.log.menu import frame
from worker.web.log.operate import Attention, Audit, Suppressions
from worker.web.log.person import PersonPage
from worker.web.log.refusals import Refusals
from worker.web.log.send_log import SendLog
from worker.web.log.sessions import LoginRequired, Sessions
from worker.web.log.status_page import StatusPage
from worker.web.log.unknown import Unknown
from worker.web.log.unsubscribes import Unsubscribes
from worker.web.log.words import FILTERS
from worker.web.security import OwnPagesOnly
from worker.web.templates import open_templates
from worker.web.thread_pool import ThreadPool

PATH = "/log"
SESSION_COOKIE = "log_session"
VIEWS = (SendLog, Board, Unsubscribes, StatusPage, Attention, Refusals, Suppressions, Audit, PersonPage, Unknown)


def create_log_app(services: WebServices, pool: ThreadPool, *, passwords: Passwords | None = None) -> FastAPI:
    """Return the application, to be mounted at /log under the name `log`."""
    max_age_s = services.core.settings.session_hours * 3600
    tokens = CsrfTokens(services.core.settings.secrets, max_age_s)
    sessions = Sessions(services, pool, passwords or Passwords())
    templates = open_templates("log", context_processors=[frame])
    templates.env.filters.update(FILTERS)
    templates.env.globals["csrf_input"] = tokens.hidden_input
    app = FastAPI(
        openapi_url=None,  # pages, not an API
        dependencies=[Depends(tokens.check)],
        middleware=[
            Middleware(OwnPagesOnly),
            Middleware(
                KeyedSessions,
                services.core.settings.secrets,
                session_cookie=SESSION_COOKIE,
                max_age=int(max_age_s),
                path=PATH,
            ),
        ],
    )
    _answer_errors(app, templates)
    app.include_router(login.routes(sessions, templates))
    behind_login = [Depends(sessions.require_user)]
    for view in VIEWS:
        app.include_router(view(services, pool, templates).routes(), dependencies=behind_login)
    app.add_api_route("/{path:path}", _not_found, methods=["GET", "POST"], dependencies=behind_login)
    return app


def _answer_errors(app: FastAPI, templates: Jinja2Templates) -> None:
    problems.install(app, mounted=True)

    async def on_login_required(request: Request, _error: Exception) -> Response:
        return login.to_login(request)

    async def on_form_expired(request: Request, _error: Exception) -> Response:
        return templates.TemplateResponse(request, "expired.html", status_code=403)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        context: dict[str, Any] = {"status": error.status_code, "detail": problems.sentence(error)}
        return templates.TemplateResponse(request, "error.html", context, error.status_code, error.headers)

    app.add_exception_handler(LoginRequired, on_login_required)
    app.add_exception_handler(FormExpired, on_form_expired)
    app.add_exception_handler(HTTPException, on_http)


def _not_found() -> Response:
    """404 behind the login, so that a visitor without one does not learn which pages exist."""
    raise HTTPException(404)
