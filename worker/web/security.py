"""What a browser may do with our answers, and from which pages it may post."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.web.problems import Problem, answer

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{images}; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CONTENT_SECURITY_POLICY = _POLICY.format(images="")
HSTS = "max-age=31536000; includeSubDomains"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: under it a browser posts forms with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_KEY_PATHS = ("/report/", "/unsubscribe/")
"""What follows is a key: it goes to no other site, into no cache, and to no search engine."""
_FOR_KEYS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_UNLESS_SET = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def content_security_policy(*, images: str | None) -> str:
    """The policy of a page that also shows an image of another host: `images` is its https URL."""
    parts = urlsplit(images or "")
    return _POLICY.format(images=f" https://{parts.netloc}" if parts.netloc else "")


class SecurityHeaders:
    """ASGI middleware: security headers on every answer; one may bring its own policy, frame rule and caching."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to each HTTP answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                always = _ALWAYS | _FOR_KEYS if scope.get("path", "").startswith(_KEY_PATHS) else _ALWAYS
                for name, value in always.items():
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
    """ASGI middleware: a form that another site's page sends is refused, a neighbouring subdomain's included.

    The CSRF token alone would not do: a neighbour may plant a session cookie of its own, together with its token.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request that may change something and comes from elsewhere."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            request = Request(scope)
            if not _from_own_page(request):
                refused = Problem(403, "foreign-page", "This form was sent from a page of another site.")
                await answer(request, refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _from_own_page(request: Request) -> bool:
    """What the browser says: Sec-Fetch-Site, or Origin if it is older. A client that is no browser sends neither."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


class HeadIsGet:
    """ASGI middleware: HEAD is answered as GET, which FastAPI does not do by itself; uvicorn leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a HEAD on as a GET."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self._app({**scope, "method": "GET"} if is_head else scope, receive, send)


def _without_host(location: str, request: Request) -> str:
    """A redirect to ourselves by its path alone: our host is only what the client or a proxy claims."""
    own = f"{request.url.scheme}://{request.headers.get('host', '')}/"
    # A path that begins with two slashes would name another host.
    return "/" + location.removeprefix(own).lstrip("/\\") if location.startswith(own) else location
