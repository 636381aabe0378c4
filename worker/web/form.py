"""The page at `/`: the form of the outlook pages, to try locally and to copy. It works without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from worker.intake.address_typos import intended_address
from worker.intake.bounds import MAX_PAYLOAD_BYTES
from worker.letter.theme import Theme
from worker.web.browser import CONFIRMED_FIELD, HONEYPOT, TOKEN_FIELD
from worker.web.challenge import FIELDS as CHALLENGE_FIELDS
from worker.web.posted_form import posted_pairs, query_fields
from worker.web.problems import Problem
from worker.web.roles import RoleList
from worker.web.security import content_security_policy
from worker.web.signups import SignupChannel, own_origin

MAX_FIELDS = 300
FREE_TASKS = 3  # rows for tasks in a person's own words
_FREE_ROWS = range(1, FREE_TASKS + 1)
CORRECTED_FIELD = "email_corrected"  # the answer "yes" to "Did you mean ...?"
_NEEDS_NEW_TOKEN = {"form-token", "rate-limited"}  # after any other problem the form keeps the token it has
_SHOWN_IN_FORM = {422, 429, 503}  # problems that a person can solve, shown on the form itself


@dataclass(frozen=True, slots=True)
class PostedForm:
    """The fields of a posted form, and the tasks that were ticked."""

    fields: Mapping[str, str]
    chosen: tuple[str, ...]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> PostedForm:
        """The form with these fields."""
        return cls(dict(pairs), tuple(value for name, value in pairs if name == "task"))

    @property
    def email(self) -> str:
        """The address as typed, or the corrected one that its visitor has chosen.

        A correction of what stood there before counts no longer: Enter in a field presses the form's first button.
        """
        typed = self.fields.get("email", "")
        corrected = self.fields.get(CORRECTED_FIELD)
        return corrected if corrected and corrected == intended_address(typed) else typed

    def signup(self) -> dict[str, Any]:
        """Return the fields of the signup contract that were filled in."""
        signup: dict[str, Any] = {name: self.fields.get(name, "") for name in ("role", TOKEN_FIELD, HONEYPOT)}
        signup["email"] = self.email
        signup |= {name: self.fields[name] for name in (CONFIRMED_FIELD, *CHALLENGE_FIELDS) if self.fields.get(name)}
        profile = {"tasks": self._tasks(), "skills": self._skills(), "experience_years": self._years()}
        profile = {name: value for name, value in profile.items() if value not in (None, [])}
        source = {name: self.fields[name] for name in ("page", "campaign") if self.fields.get(name)}
        return {**signup, **({"profile": profile} if profile else {}), **({"source": source} if source else {})}

    def _tasks(self) -> list[dict[str, Any]]:
        tasks = [(slug, self.fields.get(f"share:{slug}", "")) for slug in self.chosen]
        own = [(self.fields.get(f"own:{row}", ""), self.fields.get(f"own_share:{row}", "")) for row in _FREE_ROWS]
        tasks += [(task, share) for task, share in own if task.strip()]
        return [{"task": task, **({"share": _number(share)} if share.strip() else {})} for task, share in tasks]

    def _skills(self) -> list[str]:
        return [skill.strip() for skill in self.fields.get("skills", "").split(",") if skill.strip()]

    def _years(self) -> float | str | None:
        years = self.fields.get("experience_years", "").strip()
        return _number(years) if years else None


def routes(channel: SignupChannel, roles: RoleList, templates: Jinja2Templates, theme: Theme) -> APIRouter:
    """The form, which answers what is sent to it, and the page after it."""
    router = APIRouter(include_in_schema=False)
    policy = {"Content-Security-Policy": content_security_policy(images=theme.mark.image)}

    def page(
        request: Request, fields: Mapping[str, str], chosen: tuple[str, ...] = (), *, refused: Problem | None = None
    ) -> Response:
        title = fields.get("role", "")
        context = {
            "theme": theme,
            "fields": fields,
            "chosen": chosen,
            "role": roles.understood(title),
            "titles": roles.titles(),
            "token_field": TOKEN_FIELD,
            "token": channel.issue_token(request)
            if refused is None or refused.kind in _NEEDS_NEW_TOKEN
            else fields.get(TOKEN_FIELD, ""),
            "intended": intended_address(fields.get("email", "")) if _asks(refused) else None,
            "confirmed_field": CONFIRMED_FIELD,
            "corrected_field": CORRECTED_FIELD,
            "honeypot": HONEYPOT,
            "free_tasks": FREE_TASKS,
            "problem": refused.detail if refused and not _asks(refused) else None,
            "errors": refused.members.get("errors", []) if refused else [],
        }
        status, headers = (refused.status, refused.headers or {}) if refused else (200, {})
        return templates.TemplateResponse(request, "form.html", context, status, {**policy, **headers})

    @router.api_route("/", methods=["GET", "POST"], name="form")
    async def form(request: Request) -> Response:
        if request.method != "POST":
            return page(request, query_fields(request))
        channel.origins.check(request.headers.get("origin"), own=own_origin(request))
        posted = PostedForm.of(await posted_pairs(request, max_bytes=MAX_PAYLOAD_BYTES, max_fields=MAX_FIELDS))
        try:
            await channel.receive_form(request, posted.signup())
        except Problem as problem:
            if problem.status not in _SHOWN_IN_FORM:
                raise
            return page(request, {**posted.fields, "email": posted.email}, posted.chosen, refused=problem)
        return RedirectResponse("/received", 303)

    @router.get("/received", name="received")
    async def received(request: Request) -> Response:
        kept = {"theme": theme, "retention_days": channel.services.core.settings.retention_days}
        return templates.TemplateResponse(request, "received.html", kept, headers=policy)

    return router


def _asks(refused: Problem | None) -> bool:
    return refused is not None and refused.kind == "address-typo"


def _number(text: str) -> float | str:
    """Return the number that the text is; else the text itself, which the contract refuses by its field's name."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text
