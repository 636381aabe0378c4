"""GET /static/theme.css: the colours, spaces and sizes of the theme, for every page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from worker.letter.theme import Theme
from worker.letter.theme_css import theme_css

PATH = "/static/theme.css"


def routes(theme: Theme) -> APIRouter:
    """The route of the style sheet, which is the same until the process is started again."""
    router = APIRouter()
    css = theme_css(theme)

    @router.get(PATH, include_in_schema=False)
    def style_sheet() -> Response:
        return Response(css, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})

    return router
