"""The fields of the send log's forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request

from worker.web.posted_form import posted_pairs

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 500  # a list's ticked boxes among them
MAX_REASON_CHARS = 300


async def form_pairs(request: Request) -> Sequence[tuple[str, str]]:
    """Name and value of each field. The body is read once: the form's token is checked before its page asks."""
    if not hasattr(request.state, "posted"):
        request.state.posted = await posted_pairs(request, max_bytes=MAX_FORM_BYTES, max_fields=MAX_FIELDS)
    posted: Sequence[tuple[str, str]] = request.state.posted
    return posted


async def form_fields(request: Request) -> Mapping[str, str]:
    """Return the fields of a posted form without white space around them. Raises Problem as `posted_pairs` does."""
    return {name: value.strip() for name, value in await form_pairs(request)}


async def given_reason(request: Request) -> str:
    """Return the reason that an operator gives in a posted form, for the record; empty where there is none."""
    return (await form_fields(request)).get("reason", "")[:MAX_REASON_CHARS]


async def ticked(request: Request, name: str) -> tuple[int, ...]:
    """Return the ids of the boxes of this name that are ticked in a posted form."""
    values = [value for field, value in await form_pairs(request) if field == name]
    return tuple(int(text) for text in values if text.isascii() and text.isdigit() and len(text) <= 18)
