"""Answers that a cache may keep, and that are not sent again where it has them already."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response


def cached_answer(request: Request, body: bytes, media_type: str, *, cache: str, **headers: str) -> Response:
    """The body with an ETag and this Cache-Control; 304 without it where If-None-Match names the tag.

    A cache keeps what our own page was answered apart from what another origin's page is, which may read it (CORS).
    """
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    kept = {"ETag": etag, "Cache-Control": cache, "Vary": "Origin", **headers}
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=kept)
    return Response(body, media_type=media_type, headers=kept)


def _names(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
