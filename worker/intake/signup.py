"""The signup contract, version 1: what a producer may send, and its JSON Schema (data/schema/signup.v1.json)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyAddress, ValidationError
from pydantic_core import from_json

from worker.errors import InvalidSignup
from worker.report.profile import TaskProfile, TaskShare

MAX_PAYLOAD_BYTES = 32 * 1024
MAX_EMAIL_CHARS = 254
MAX_TEXT_CHARS = 200
MAX_TASKS = 40
MAX_SKILLS = 60
MAX_YEARS = 80
MAX_SHARE = 1_000_000

# Control characters, and the marks that reorder text on screen: neither belongs in a name, a header or a log line.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean_text(text: str) -> str:
    """NFC, control and direction-override characters to spaces, runs of white space to one, ends trimmed."""
    return " ".join(_UNWANTED.sub(" ", unicodedata.normalize("NFC", text)).split())


def _clean(value: Any) -> Any:
    return clean_text(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_clean), Field(min_length=1, max_length=MAX_TEXT_CHARS)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignupTask(_Part):
    """One task with its weight."""

    task: Text = Field(description="A catalogue slug, as `write-production-code`, or free text.")
    share: Annotated[float, Field(ge=0, le=MAX_SHARE, strict=True, allow_inf_nan=False)] | None = Field(
        default=None, description="Time spent on it as a weight; percent and hours both work."
    )


class SignupProfile(_Part):
    """What the person says about their work."""

    tasks: tuple[SignupTask, ...] = Field(default=(), max_length=MAX_TASKS)
    skills: tuple[Text, ...] = Field(default=(), max_length=MAX_SKILLS)
    experience_years: Annotated[float, Field(ge=0, le=MAX_YEARS, strict=True, allow_inf_nan=False)] | None = None

    def task_profile(self) -> TaskProfile:
        """The same, in the report's own words."""
        tasks = tuple(TaskShare(task=item.task, share=item.share) for item in self.tasks)
        return TaskProfile(tasks=tasks, skills=self.skills, experience_years=self.experience_years)


class SignupSource(_Part):
    """Where the signup came from."""

    page: Text | None = Field(default=None, description="Path of the page with the form, as `/outlook/ml-engineer`.")
    campaign: Text | None = None
    ip: IPvAnyAddress | None = Field(
        default=None, description="The browser's address; kept only as a salted hash, for the limit per source."
    )


class Signup(_Part):
    """One signup, as the website sends it."""

    version: Literal[1]
    signup_id: Text = Field(description="The producer's own id: the same id again is the same signup.")
    email: Annotated[str, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)] = Field(
        min_length=3, max_length=MAX_EMAIL_CHARS, json_schema_extra={"format": "email"}
    )
    role: Text = Field(description="A role slug, as `ml-engineer`, or free text, as `ML Engineer`.")
    profile: SignupProfile = SignupProfile()
    source: SignupSource = SignupSource()
    consented_at: AwareDatetime | None = None


def parse_signup(payload: bytes | str | Mapping[str, Any]) -> Signup:
    """Check one signup against the contract. Raises InvalidSignup naming every field that breaks it."""
    if isinstance(payload, Mapping):
        size = len(json.dumps(payload, ensure_ascii=False, default=str).encode("utf-8", "replace"))
        data: Any = dict(payload)
    else:
        size = len(payload if isinstance(payload, bytes) else payload.encode("utf-8", "replace"))
        data = _decode(payload) if size <= MAX_PAYLOAD_BYTES else None
    if size > MAX_PAYLOAD_BYTES:
        raise InvalidSignup([("(all)", f"at most {MAX_PAYLOAD_BYTES} bytes, not {size}")])
    try:
        return Signup.model_validate(data)
    except ValidationError as error:
        raise InvalidSignup(_problems(error)) from None


def json_schema() -> dict[str, Any]:
    """The contract as JSON Schema (draft 2020-12)."""
    schema = Signup.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Signup, version 1",
        "description": f"One signup for one report. At most {MAX_PAYLOAD_BYTES} bytes; unknown fields are refused.",
        **{key: value for key, value in schema.items() if key not in {"title", "description"}},
    }


def _decode(payload: bytes | str) -> Any:
    try:
        return from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidSignup([("(all)", f"not JSON: {error}")]) from None


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    return [
        (".".join(str(part) for part in item["loc"]) or "(all)", str(item["msg"]))
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
