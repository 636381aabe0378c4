"""The fields of forms and query strings, for every page: read with bounds, and without control characters.

Nothing else reads them: PostgreSQL refuses a NUL, and no field has a use for another control character.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from worker.plain_text import printable
from worker.web.body_size import media_type, read_body
from worker.web.problems import Problem

FORM_TYPE = "application/x-www-form-urlencoded"


async def posted_fields(request: Request, *, max_bytes: int, max_fields: int) -> Mapping[str, str]:
    """Return the fields; the last one counts where a name comes twice. Raises Problem as `posted_pairs` does."""
    return dict(await posted_pairs(request, max_bytes=max_bytes, max_fields=max_fields))


async def posted_pairs(request: Request, *, max_bytes: int, max_fields: int) -> list[tuple[str, str]]:
    """Return name and value of each field, in order.

    Raises Problem 413 for a body that is too large, 415 for one that is no form, 422 for one that cannot be read.
    """
    if media_type(request) != FORM_TYPE:
        raise Problem(415, "not-a-form", f"Send the form as {FORM_TYPE}.")
    body = await read_body(request, max_bytes)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=max_fields, errors="strict")
    except ValueError:
        raise Problem(422, "invalid-form", "The form cannot be read.") from None
    return [(printable(name), printable(value)) for name, value in pairs]


def query_fields(request: Request) -> dict[str, str]:
    """Return the fields of the query string; the last one counts where a name comes twice."""
    return {printable(name): printable(value) for name, value in request.query_params.multi_items()}
