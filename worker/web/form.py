"""The page at `/`: the form as a page of its own, which works without JavaScript; with it, /embed.js takes over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from worker.errors import LedgerUnavailable
from worker.intake.address_typos import intended_address
from worker.intake.bounds import MAX_PAYLOAD_BYTES
from worker.intake.quantities import read_share, read_years
from worker.intake.reading import read_list
from worker.letter.theme import Theme
from worker.web.browser import CONFIRMED_FIELD, HONEYPOT, TOKEN_FIELD
from worker.web.challenge import FIELDS as CHALLENGE_FIELDS
from worker.web.form_words import WORDS, sentence
from worker.web.posted_form import posted_pairs, query_fields
from worker.web.problems import Problem, problem_of
from worker.web.roles import RoleList
from worker.web.security import content_security_policy
from worker.web.signup_bodies import BrowserReceipt
from worker.web.signups import SignupChannel, own_origin

MAX_FIELDS = 300
FREE_TASKS = 3  # rows for tasks in a person's own words
_FREE_ROWS = range(1, FREE_TASKS + 1)
CORRECTED_FIELD = "email_corrected"  # the answer "yes" to "Did you mean ...?"
CHOSEN_ROLE_FIELD = "role_chosen"  # one of the titles that were offered
UNKNOWN_ROLE_FIELD = "role_unknown"  # the role again, where its visitor knows that no report can be written
UNKNOWN_ROLE = "unknown-role"
NO_ERRORS = {"email": "", "role": ""}  # the fields that show what is wrong with them
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

    @property
    def role(self) -> str:
        """The title as typed, or the one that was chosen of those offered."""
        return self.fields.get(CHOSEN_ROLE_FIELD) or self.fields.get("role", "")

    def signup(self) -> dict[str, Any]:
        """Return the fields of the signup contract that were filled in."""
        signup: dict[str, Any] = {name: self.fields.get(name, "") for name in (TOKEN_FIELD, HONEYPOT)}
        signup |= {"email": self.email, "role": self.role}
        signup |= {name: self.fields[name] for name in (CONFIRMED_FIELD, *CHALLENGE_FIELDS) if self.fields.get(name)}
        profile = {"tasks": self.tasks, "skills": self._skills(), "experience_years": self._years()}
        profile = {name: value for name, value in profile.items() if value not in (None, [])}
        source = {name: self.fields[name] for name in ("page", "campaign") if self.fields.get(name)}
        return {**signup, **({"profile": profile} if profile else {}), **({"source": source} if source else {})}

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """The tasks that were ticked or written, as the contract has them."""
        tasks = [(slug, self.fields.get(f"share:{slug}", "")) for slug in self.chosen]
        own = [(self.fields.get(f"own:{row}", ""), self.fields.get(f"own_share:{row}", "")) for row in _FREE_ROWS]
        tasks += [(task, share) for task, share in own if task.strip()]
        return [
            {"task": task, **({"share": _number(share, read_share)} if share.strip() else {})} for task, share in tasks
        ]

    def _skills(self) -> list[str]:
        return read_list(self.fields.get("skills", ""))

    def _years(self) -> float | str | None:
        years = self.fields.get("experience_years", "").strip()
        return _number(years, read_years) if years else None


@dataclass(frozen=True, slots=True)
class FormPages:
    """The form, what is asked about it, and the page after it."""

    channel: SignupChannel
    roles: RoleList
    templates: Jinja2Templates
    theme: Theme

    def show(self, request: Request, posted: PostedForm, refused: Problem | None = None) -> Response:
        """The form with these fields, and with what was wrong with them."""
        errors = refused.members.get("errors", []) if refused else []
        asked_address = refused is not None and refused.kind == "address-typo"
        asked_role = refused is not None and refused.kind == UNKNOWN_ROLE
        token = posted.fields.get(TOKEN_FIELD, "")
        context = {
            **fixed_context(scripted=False),
            "theme": self.theme,
            "fields": {**posted.fields, "email": posted.email, "role": posted.role},
            "chosen": posted.chosen,
            "role": self.roles.understood(posted.role),
            "choices": self.roles.choices(posted.role),
            "titles": self.roles.titles(),
            "token": self.channel.issue_token(request)
            if refused is None or refused.kind in _NEEDS_NEW_TOKEN
            else token,
            "intended": intended_address(posted.fields.get("email", "")) if asked_address else None,
            "unknown": asked_role,
            "refused": refused,
            "problem": _problem_text(refused, errors) if refused and not asked_address and not asked_role else None,
            "errors": {**NO_ERRORS, **{error["field"]: error["problem"] for error in errors}},
            "days": self.channel.services.core.settings.retention_days,
        }
        status, headers = (refused.status, refused.headers or {}) if refused else (200, {})
        return self._page(request, "form.html", context, status, headers)

    def received(self, request: Request) -> Response:
        """The page after the form: with the title that we read, or that we read none."""
        asked = query_fields(request)
        reading = self.roles.understood(asked.get("role", ""))
        context = {
            **fixed_context(scripted=False),
            "theme": self.theme,
            "known": "unknown" not in asked,
            "title": reading.title if reading else None,
            "sender": sender_name(self.channel.services.core.settings.sender),
            "days": self.channel.services.core.settings.retention_days,
        }
        return self._page(request, "received.html", context)

    def _page(
        self, request: Request, name: str, context: dict[str, Any], status: int = 200, headers: Mapping[str, str] = {}
    ) -> Response:
        policy = {"Content-Security-Policy": content_security_policy(images=self.theme.mark.image)}
        return self.templates.TemplateResponse(request, name, context, status, {**policy, **headers})


def routes(pages: FormPages) -> APIRouter:
    """The form, which answers what is sent to it, and the page after it."""
    router = APIRouter(include_in_schema=False)
    channel = pages.channel

    @router.api_route("/", methods=["GET", "POST"], name="form")
    async def form(request: Request) -> Response:
        if request.method != "POST":
            return pages.show(request, PostedForm(query_fields(request), ()))
        channel.origins.check(request.headers.get("origin"), own=own_origin(request))
        posted = PostedForm.of(await posted_pairs(request, max_bytes=MAX_PAYLOAD_BYTES, max_fields=MAX_FIELDS))
        try:
            _ask_about_role(posted, pages.roles)
            receipt = await channel.receive_form(request, posted.signup())
        except (Problem, LedgerUnavailable) as error:
            problem = problem_of(error)
            if problem.status not in _SHOWN_IN_FORM:
                raise
            return pages.show(request, posted, problem)
        return RedirectResponse(f"/received?{urlencode(_of(receipt, posted))}".rstrip("?"), 303)

    @router.get("/received", name="received")
    async def received(request: Request) -> Response:
        return pages.received(request)

    return router


def fixed_context(*, scripted: bool) -> dict[str, Any]:
    """What every form and every answer has in its template; `scripted` for the element of /embed.js."""
    return {
        "scripted": scripted,
        "words": WORDS,
        "say": sentence,
        "level": 2 if scripted else 1,
        "token_field": TOKEN_FIELD,
        "confirmed_field": CONFIRMED_FIELD,
        "corrected_field": CORRECTED_FIELD,
        "role_field": CHOSEN_ROLE_FIELD,
        "unknown_field": UNKNOWN_ROLE_FIELD,
        "honeypot": HONEYPOT,
        "free_tasks": FREE_TASKS,
    }


def sender_name(mailbox: str) -> str:
    """Return the name in a From header, or its address where it has none."""
    name, address = parseaddr(mailbox)
    return name or address


def _ask_about_role(posted: PostedForm, roles: RoleList) -> None:
    """Raises Problem 422 if nothing says what to report on, unless the visitor has seen that and sends it anyway."""
    role = posted.role
    unsaid = role.strip() and not posted.tasks and posted.fields.get(UNKNOWN_ROLE_FIELD) != role
    if unsaid and roles.understood(role) is None:
        raise Problem(422, UNKNOWN_ROLE, WORDS["unknown"])


def _of(receipt: BrowserReceipt, posted: PostedForm) -> dict[str, str]:
    """The query of the page after the form. It repeats no more than the role, which that page reads again."""
    if not receipt.role_known:
        return {"unknown": "1"}
    return {"role": posted.role} if receipt.title else {}


def _problem_text(refused: Problem, errors: Sequence[Mapping[str, str]]) -> str | None:
    """What the form says above its fields; None where each field says what is wrong with it."""
    if refused.status == 503:
        return WORDS["unavailable"]
    elsewhere = [f"{error['label']}: {error['problem']}" for error in errors if error["field"] not in NO_ERRORS]
    return " ".join([refused.detail, *elsewhere]) if elsewhere or not errors else None


def _number(text: str, read: Callable[[str], float | None]) -> float | str:
    """Return the number that the text is; else the text itself, which intake leaves out with a note."""
    number = read(text)
    return text if number is None else number
