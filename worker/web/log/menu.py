"""The frame of every page of the send log: its menu, the user, and the notices of the action before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from worker.web.log.views import NOTICES, LoggedIn

APP_TITLE = "Exposure reports"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One link of the menu."""

    label: str
    route: str
    operators_only: bool = False


MENU = (
    MenuItem("Send log", "log:index"),
    MenuItem("Board", "log:board"),
    MenuItem("Unsubscribes", "log:unsubscribes"),
    MenuItem("Status", "log:status"),
    MenuItem("Needs attention", "log:attention", operators_only=True),
    MenuItem("Refusals", "log:refusals", operators_only=True),
    MenuItem("Suppressions", "log:suppressions", operators_only=True),
    MenuItem("Audit", "log:audit", operators_only=True),
)


def frame(request: Request) -> dict[str, Any]:
    """Return what layout.html needs. The notices are shown once; only a logged-in user sees the menu."""
    user: LoggedIn | None = getattr(request.state, "user", None)
    menu = [item for item in MENU if user is not None and (user.operator or not item.operators_only)]
    notices = request.session.pop(NOTICES, []) if user is not None else []
    return {"app_title": APP_TITLE, "user": user, "menu": menu, "notices": notices}
