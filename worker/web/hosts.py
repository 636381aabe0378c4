"""The host names that are ours. A request for another may come from a page that has rebound its name to us."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from worker.settings import Settings
from worker.web.problems import Problem, answer

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics", "/v1/events/ses"})
"""Probes, Prometheus and SNS know us by names of their own; none of these paths serves a browser."""


def own_hosts(settings: Settings) -> frozenset[str]:
    """The host names under which the application answers, in lower case, without ports."""
    addresses = (settings.links_url, settings.public_url)
    return THIS_MACHINE | {urlsplit(address).hostname or "" for address in addresses} | set(settings.allowed_hosts)


class OwnHosts:
    """ASGI middleware: 421 for a host name that is not ours, except under the paths of ANY_HOST."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request for another host."""
        if scope["type"] == "http" and scope["path"] not in ANY_HOST:
            request = Request(scope)
            if _host_name(request.headers.get("host", "")) not in self._hosts:
                refused = Problem(421, "unknown-host", "There is no site of this name here; see WORKER_ALLOWED_HOSTS.")
                await answer(request, refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _host_name(host: str) -> str | None:
    """The name in a Host header, without its port; None where it is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
