"""The pages /log/login and /log/logout."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from worker.web.log.forms import form_pairs
from worker.web.log.sessions import LoginRefused, Sessions
from worker.web.log.views import SEE_OTHER
from worker.web.posted_form import query_fields

_OWN_PAGE = re.compile(r"/log/[\w/?&=.%+~-]*", re.ASCII)


def routes(sessions: Sessions, templates: Jinja2Templates) -> APIRouter:
    """Return the routes of both pages."""
    router = APIRouter()

    @router.get("/login", name="login")
    async def show(request: Request) -> Response:
        if await sessions.find_user(request) is not None:
            return RedirectResponse(_next_page(request), SEE_OTHER)
        return templates.TemplateResponse(request, "login.html", {"error": None})

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        fields = dict(await form_pairs(request))  # a password may begin or end with a space
        try:
            await sessions.open(request, fields.get("username", ""), fields.get("password", ""))
        except LoginRefused as error:
            return templates.TemplateResponse(request, "login.html", {"error": str(error)}, status_code=400)
        return RedirectResponse(_next_page(request), SEE_OTHER)

    @router.post("/logout", name="logout", dependencies=[Depends(sessions.require_user)])
    async def log_out(request: Request) -> Response:
        await sessions.end_all(request)
        return RedirectResponse(request.url_for("log:index").path, SEE_OTHER)

    return router


def to_login(request: Request) -> Response:
    """Redirect to the login page, from which a successful login leads back to the page that was asked for."""
    page = request.url.path if request.method == "GET" else request.url_for("log:index").path
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    return RedirectResponse(f"{request.url_for('log:login').path}?{urlencode({'next': page + query})}", SEE_OTHER)


def _next_page(request: Request) -> str:
    """The page named by `next`, if it is one of the send log's own."""
    page = query_fields(request).get("next", "")
    return page if _OWN_PAGE.fullmatch(page) else request.url_for("log:index").path
