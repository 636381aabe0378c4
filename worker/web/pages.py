"""HTML pages from templates/web/, escaped, and undefined names an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse


class Pages:
    """Renders the public pages."""

    def __init__(self, directory: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(directory), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip

    def answer(self, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """One page as an answer."""
        return HTMLResponse(self._environment.get_template(name).render(context), status)
