"""The signup contract, version 1: its fields, and their JSON Schema in data/schema/signup.v1.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
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
from pydantic_core import ErrorDetails, from_json

from worker.address import parse_address
from worker.errors import InvalidSignup
from worker.intake.address_repair import repair_address
from worker.intake.providers import untagged
from worker.plain_text import single_line
from worker.report.profile import TaskProfile, TaskShare

MAX_PAYLOAD_BYTES = 32 * 1024
MAX_EMAIL_CHARS = 254
MAX_TEXT_CHARS = 200
MAX_TASKS = 40
MAX_SKILLS = 60
MAX_YEARS = 80
MAX_SHARE = 1_000_000
_ADMINISTRATORS = frozenset({"postmaster", "abuse", "mailer-daemon"})
_CONSENT_YEARS = range(2000, 2101)  # a time far outside is a mistake, and some databases cannot hold it
_DATE_TIME_EXPECTED = "expected date, time and offset from UTC, as 2026-11-23T10:00:00Z"
_DATE_TIME = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$"


def _text_on_one_line(value: Any) -> Any:
    return single_line(value) if isinstance(value, str) else value


def _intended_address(value: Any) -> Any:
    return repair_address(value)[0] if isinstance(value, str) else value


def _address_of_a_reader(email: str) -> str:
    local = untagged(parse_address(email).local.lower(), "+")
    if local in _ADMINISTRATORS:
        raise ValueError(f"{local}@ reaches an administrator, not a person who signed up")
    return email


def _no_boolean(value: Any) -> Any:
    return None if isinstance(value, bool) else value  # true equals 1 in Python, but not in JSON


def _ip_address_text(value: Any) -> Any:
    if not isinstance(value, str) or "%" in value:
        raise ValueError("expected an IPv4 or IPv6 address as a string, without a zone")
    return value


def _date_time_text(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and re.match(_DATE_TIME, value)):
        return value
    raise ValueError(_DATE_TIME_EXPECTED)


def _plausible_in_utc(value: datetime) -> datetime:
    if value.year not in _CONSENT_YEARS:
        raise ValueError(f"expected a year from {_CONSENT_YEARS.start} to {_CONSENT_YEARS.stop - 1}")
    return value.astimezone(UTC)


Text = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT_CHARS, strict=True, json_schema_extra={"pattern": r"\S"}),
    BeforeValidator(_text_on_one_line),
]
Email = Annotated[
    str,
    Field(min_length=3, max_length=MAX_EMAIL_CHARS, json_schema_extra={"format": "email"}),
    BeforeValidator(_intended_address),
    AfterValidator(_address_of_a_reader),
]
IpAddress = Annotated[
    IPvAnyAddress,
    BeforeValidator(_ip_address_text),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
]
UtcDateTime = Annotated[
    AwareDatetime,
    BeforeValidator(_date_time_text),
    AfterValidator(_plausible_in_utc),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _DATE_TIME}),
]


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
    """One signup, as the website sends it."""

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
    "datetime_from_date_parsing": _DATE_TIME_EXPECTED,
}


def parse_signup(payload: bytes | str | Mapping[str, Any]) -> Signup:
    """Check one signup against the contract. Raises InvalidSignup, which names every field that breaks it."""
    size = len(payload_bytes(payload))
    if size > MAX_PAYLOAD_BYTES:
        raise InvalidSignup([("(all)", f"at most {MAX_PAYLOAD_BYTES} bytes, not {size}")])
    data = dict(payload) if isinstance(payload, Mapping) else _decode(payload)
    try:
        return Signup.model_validate(data)
    except ValidationError as error:
        raise InvalidSignup(_problems(error)) from None


def unchecked_fields(payload: bytes | str | Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a payload, unchecked; none if it is not a JSON object."""
    if isinstance(payload, Mapping):
        return payload
    try:
        fields = _decode(payload) if len(payload) <= MAX_PAYLOAD_BYTES else None
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
    except TypeError:  # from_json raises it for a string with half a surrogate pair
        raise InvalidSignup([("(all)", "not Unicode text")]) from None


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
