"""Headers that narrow what a browser may do with our answers, on every one of them."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.web.problems import Problem, answer

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HSTS = "max-age=31536000; includeSubDomains"
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: under it a browser posts forms with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_UNLESS_SET = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """ASGI middleware; an answer may bring its own policy, frame rule and caching."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the answer of an HTTP request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                for name, value in _UNLESS_SET.items():
                    headers.setdefault(name, value)
                if "location" in headers:
                    headers["Location"] = _without_host(headers["location"], Request(scope))
                if scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = HSTS
            await send(message)

        await self._app(scope, receive, send_with_headers)


class OwnPagesOnly:
    """ASGI middleware: what another site's page sends is refused, neighbouring subdomains included.

    Beside the CSRF token: a neighbour could plant that token's cookie, but not what the browser says of the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what changes something and comes from elsewhere; what is no browser says nothing of a site."""
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            request = Request(scope)
            if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
                refused = Problem(403, "foreign-page", "This form was sent by a page of another site.")
                await answer(request, refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class HeadIsGet:
    """ASGI middleware: a HEAD is answered as the GET it asks about; the server leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, a HEAD as a GET."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self._app({**scope, "method": "GET"} if is_head else scope, receive, send)


def _without_host(location: str, request: Request) -> str:
    """A redirect to ourselves by its path alone: which host we are is only what the client, or a proxy, claims."""
    own = f"{request.url.scheme}://{request.headers.get('host', '')}/"
    # A path that begins with two slashes would be another host's address.
    return "/" + location.removeprefix(own).lstrip("/\\") if location.startswith(own) else location
