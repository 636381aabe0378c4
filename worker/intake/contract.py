"""The signup contract, version 1: its fields, and their JSON Schema in data/schema/signup.v1.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyAddress,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails

from worker.address import parse_address
from worker.errors import InvalidSignup
from worker.intake.bounds import (
    DATE_TIME,
    MAX_EMAIL_CHARS,
    MAX_PAYLOAD_BYTES,
    MAX_SHARE,
    MAX_SKILLS,
    MAX_TASKS,
    MAX_TEXT_CHARS,
    MAX_YEARS,
)
from worker.intake.json_text import decode
from worker.intake.providers import untagged
from worker.intake.repair import repair
from worker.plain_text import single_line
from worker.report.profile import TaskProfile, TaskShare

_ADMINISTRATORS = frozenset({"postmaster", "abuse", "mailer-daemon"})


def _text_on_one_line(value: Any) -> Any:
    return single_line(value) if isinstance(value, str) else value


def _address_of_a_reader(email: str) -> str:
    local = untagged(parse_address(email).local.lower(), "+")
    if local in _ADMINISTRATORS:
        raise ValueError(f"{local}@ reaches an administrator, not a person who signed up")
    return email


def _no_boolean(value: Any) -> Any:
    return None if isinstance(value, bool) else value  # true equals 1 in Python, but not in JSON


Text = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT_CHARS, strict=True, json_schema_extra={"pattern": r"\S"}),
    BeforeValidator(_text_on_one_line),
]
Email = Annotated[
    str,
    Field(min_length=3, max_length=MAX_EMAIL_CHARS, json_schema_extra={"format": "email"}),
    AfterValidator(_address_of_a_reader),
]
IpAddress = Annotated[
    IPvAnyAddress, WithJsonSchema({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]})
]
UtcDateTime = Annotated[AwareDatetime, WithJsonSchema({"type": "string", "format": "date-time", "pattern": DATE_TIME})]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignupTask(_Part):
    """One task with its weight."""

    task: Text = Field(description="A catalogue slug, as `write-production-code`, or free text.")
    share: Annotated[float, Field(ge=0, le=MAX_SHARE, strict=True, allow_inf_nan=False)] | None = Field(
        default=None, description="Time spent on it as a weight; percent and hours both work."
    )


class SignupProfile(_Part):
    """What the person does at work."""

    tasks: tuple[SignupTask, ...] = Field(default=(), max_length=MAX_TASKS)
    skills: tuple[Text, ...] = Field(default=(), max_length=MAX_SKILLS)
    experience_years: Annotated[float, Field(ge=0, le=MAX_YEARS, strict=True, allow_inf_nan=False)] | None = None

    def task_profile(self) -> TaskProfile:
        """The profile as the report takes it."""
        tasks = tuple(TaskShare(task=item.task, share=item.share) for item in self.tasks)
        return TaskProfile(tasks=tasks, skills=self.skills, experience_years=self.experience_years)


class SignupSource(_Part):
    """Where the signup came from."""

    page: Text | None = Field(default=None, description="Path of the page with the form, as `/outlook/ml-engineer`.")
    campaign: Text | None = None
    ip: IpAddress | None = Field(
        default=None, description="The browser's address; kept only as a salted hash, for the limit per source."
    )


class Signup(_Part):
    """One signup, as the website sends it, repaired where it is not essential."""

    version: Annotated[Literal[1], BeforeValidator(_no_boolean)]
    signup_id: Text = Field(description="The producer's own id: the same id again is the same signup.")
    email: Email
    role: Text = Field(description="A role slug, as `ml-engineer`, or free text, as `ML Engineer`.")
    profile: SignupProfile = SignupProfile()
    source: SignupSource = SignupSource()
    consented_at: UtcDateTime | None = None


_EXPECTED = {
    "missing": "required",
    "extra_forbidden": "not a field of version 1",
    "literal_error": "expected {expected}",
    "string_type": "expected text",
    "string_too_short": "expected {min_length} or more characters",
    "string_too_long": "expected at most {max_length} characters",
    "tuple_type": "expected a list",
    "too_long": "expected at most {max_length} items",
    "model_type": "expected an object",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "greater_than_equal": "expected {ge:g} or more",
    "less_than_equal": "expected {le:g} or less",
}


def parse_signup(payload: bytes | str | Mapping[str, Any]) -> Signup:
    """Read one signup. Raises InvalidSignup, which names every field that breaks the contract."""
    return read_signup(payload)[0]


def read_signup(payload: bytes | str | Mapping[str, Any]) -> tuple[Signup, tuple[str, ...]]:
    """Read one signup, and note what was repaired: the essentials must be right, and all else is made so.

    Raises InvalidSignup, which names every field that breaks the contract.
    """
    size = len(payload_bytes(payload))
    if size > MAX_PAYLOAD_BYTES:
        raise InvalidSignup([("(all)", f"at most {MAX_PAYLOAD_BYTES} bytes, not {size}")])
    data = payload if isinstance(payload, Mapping) else decode(payload)
    if not isinstance(data, Mapping):
        raise InvalidSignup([("(all)", "expected an object")])
    fields, notes = repair(data)
    try:
        return Signup.model_validate(fields), notes
    except ValidationError as error:
        raise InvalidSignup(_problems(error)) from None


def unchecked_fields(payload: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a payload, unchecked; none if it is not a JSON object."""
    if isinstance(payload, Mapping):
        return payload
    try:
        fields = decode(payload) if len(payload) <= MAX_PAYLOAD_BYTES else None
    except InvalidSignup:
        return {}
    return fields if isinstance(fields, dict) else {}


def payload_bytes(payload: bytes | str | Mapping[str, Any]) -> bytes:
    """The payload as bytes, to measure and to compare it. Raises InvalidSignup if it is nested too deeply."""
    if isinstance(payload, bytes):
        return payload
    try:
        text = (
            payload
            if isinstance(payload, str)
            else json.dumps(payload, sort_keys=True, ensure_ascii=False, default=str)
        )
    except RecursionError:
        raise InvalidSignup([("(all)", "nested too deeply")]) from None
    return text.encode("utf-8", "surrogatepass")


_DESCRIPTION = (
    f"One signup for one report, in at most {MAX_PAYLOAD_BYTES} bytes. version, signup_id, email and role must be "
    "right, and a field that is not listed is refused. What is not right in profile, source and consented_at is read, "
    "cut or dropped; the ledger notes it."
)


def json_schema() -> dict[str, Any]:
    """The contract as JSON Schema (draft 2020-12)."""
    schema = Signup.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Signup, version 1",
        "description": _DESCRIPTION,
        **{key: value for key, value in schema.items() if key not in {"title", "description"}},
    }


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    return [
        (".".join(str(part) for part in details["loc"]) or "(all)", expectation(details))
        for details in error.errors(include_url=False, include_input=False)
    ]


def expectation(details: ErrorDetails) -> str:
    """What was expected, in the words of JSON: its reader may know neither Python nor pydantic."""
    words = _EXPECTED.get(details["type"])
    if words is None:
        return str(details["msg"]).removeprefix("Value error, ")
    return words.format(**details.get("ctx", {}))
