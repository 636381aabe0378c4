"""What the pages of the send log share: services, templates, the user, and the notice that the next page shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from worker.boot.web import WebServices
from worker.ledger.users import UserRole
from worker.web.thread_pool import ThreadPool

SEE_OTHER = 303
NOTICES = "notices"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The user of this request."""

    username: str
    role: UserRole

    @property
    def operator(self) -> bool:
        """Whether this user may pause, replay, resolve and suppress."""
        return self.role is UserRole.OPERATOR

    @property
    def actor(self) -> str:
        """The user's name in the audit trail."""
        return f"log:{self.username}"


class LogView(ABC):
    """One page with its actions."""

    title: str

    def __init__(self, services: WebServices, pool: ThreadPool, templates: Jinja2Templates) -> None:
        self._services = services
        self._pool = pool
        self._templates = templates

    @abstractmethod
    def routes(self) -> APIRouter:
        """Return the routes of the page and its actions."""

    def page(self, request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
        """Render a template with the page's title."""
        return self._templates.TemplateResponse(request, template, {"title": self.title, **context}, status_code=status)

    def back(self, request: Request, route: str, notice: str, *, kind: str = "success") -> Response:
        """Redirect to a page that shows the notice; `kind` is success, warning or error."""
        notices = request.session.get(NOTICES, [])
        request.session[NOTICES] = [*notices, {"category": kind, "message": notice}]
        return RedirectResponse(request.url_for(f"log:{route}").path, SEE_OTHER)


def user_of(request: Request) -> LoggedIn:
    """Return the user of this request, whom `Login.require_user` has put there."""
    user = request.state.user
    assert isinstance(user, LoggedIn), "every page behind the login has a user"
    return user


def require_operator(request: Request) -> None:
    """Dependency of the routes that are for operators alone. Raises HTTPException 403 for a viewer."""
    if not user_of(request).operator:
        raise HTTPException(403, "This is for operators only.")
