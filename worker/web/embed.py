"""The form for any website: /embed.js, what its element asks for, and /embed, the lines to copy into a page."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from worker.letter.theme import Link
from worker.letter.theme_css import embedded_theme_css
from worker.web.embedded_script import VERSION, EmbeddedScript, current_script, earlier_scripts
from worker.web.entity_tags import cached_answer
from worker.web.form import FormPages, sender_name
from worker.web.form_words import WORDS
from worker.web.openapi import examples
from worker.web.problems import Problem
from worker.web.security import content_security_policy
from worker.web.signups import own_origin

CACHE_CURRENT = "public, max-age=300"
CACHE_FOR_EVER = "public, max-age=31536000, immutable"
_JAVASCRIPT = "text/javascript"
_FOREIGN_PAGES = {"Cross-Origin-Resource-Policy": "cross-origin"}  # also those that isolate themselves


class FormSettings(BaseModel):
    """What the form shows of this installation."""

    style: str = Field(description="CSS: the colours and the typeface of the theme.")
    sender: str = Field(description="Whom the letter comes from.")
    days: int = Field(description="Days for which a signup without a report is kept.")
    privacy: str | None = Field(description="The URL of the privacy notice, from the theme.")
    contact: str | None = Field(description="Where to ask, from the theme: a URL or `mailto:`.")


_EXAMPLE = FormSettings(
    style=".exposure { --brand: var(--ai-exposure-brand, #0f5666); }",
    sender="AI Exposure Report",
    days=90,
    privacy="https://www.example.com/privacy",
    contact="mailto:help@example.com",
)


def routes(pages: FormPages) -> APIRouter:
    """The scripts, GET /v1/form and the page at /embed."""
    router = APIRouter()
    current = current_script(pages.templates)
    scripts = {**earlier_scripts(), current.name: current}
    settings = _settings(pages)

    @router.get("/embed.js", include_in_schema=False)
    @router.get(f"/embed/v{VERSION}.js", include_in_schema=False)
    def newest(request: Request) -> Response:
        return cached_answer(request, current.body, _JAVASCRIPT, cache=CACHE_CURRENT, **_FOREIGN_PAGES)

    @router.get("/embed/{name}", include_in_schema=False)
    def pinned(request: Request, name: str) -> Response:
        if name not in scripts:
            raise Problem(404, "http", "There is no script of this name.")
        return cached_answer(request, scripts[name].body, _JAVASCRIPT, cache=CACHE_FOR_EVER, **_FOREIGN_PAGES)

    @router.get("/embed", include_in_schema=False, name="embed")
    def lines_to_copy(request: Request) -> Response:
        return _page(pages, request, current)

    @router.get(
        "/v1/form",
        tags=["signups"],
        operation_id="formSettings",
        summary="What the form shows of this installation",
        response_model=FormSettings,
        responses=examples(200, {"with links": _EXAMPLE}),
    )
    def form_settings(request: Request) -> Response:
        return cached_answer(request, settings.model_dump_json().encode(), "application/json", cache=CACHE_CURRENT)

    return router


def _settings(pages: FormPages) -> FormSettings:
    theme, settings = pages.theme, pages.channel.services.core.settings
    return FormSettings(
        style=embedded_theme_css(theme),
        sender=sender_name(settings.sender),
        days=settings.retention_days,
        privacy=_url(theme.privacy),
        contact=_url(theme.contact),
    )


def _url(link: Link | None) -> str | None:
    return str(link.url) if link else None


def _page(pages: FormPages, request: Request, current: EmbeddedScript) -> Response:
    service = pages.channel.services.core.settings.service_url or own_origin(request)
    context = {
        "words": WORDS,
        "theme": pages.theme,
        "service": service.rstrip("/"),
        "name": current.name,
        "integrity": current.integrity,
    }
    policy = content_security_policy(images=pages.theme.mark.image)
    return pages.templates.TemplateResponse(request, "embed.html", context, headers={"Content-Security-Policy": policy})
