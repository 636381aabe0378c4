"""What goes over the wire for a signup: the bodies that POST /v1/signups accepts, and what it answers.

These models describe; they do not check. A signup is read by intake, which records an invalid one too.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from worker.intake.contract import Signup
from worker.ledger.outcomes import Outcome
from worker.web.browser import CONFIRMED_FIELD, HONEYPOT, TOKEN_FIELD
from worker.web.challenge import FIELDS as CHALLENGE_FIELDS

SERVER_EXAMPLE: dict[str, Any] = {
    "version": 1,
    "signup_id": "order-4711",
    "email": "ada@example.com",
    "role": "ml-engineer",
    "profile": {
        "tasks": [{"task": "write-production-code", "share": 40}, {"task": "Mentoring", "share": 10}],
        "skills": ["Python"],
        "experience_years": 6,
    },
    "source": {"page": "/outlook/ml-engineer", "campaign": "autumn", "ip": "203.0.113.7"},
    "consented_at": "2026-11-23T10:00:00Z",
}
BROWSER_EXAMPLE: dict[str, Any] = {
    "email": "ada@example.com",
    "role": "ML Engineer",
    "source": {"page": "/outlook/ml-engineer"},
    TOKEN_FIELD: "the form_token of GET /v1/form-token",
    HONEYPOT: "",
}

_NOT_OF_A_BROWSER = {"signup_id", "consented_at"}
_BROWSER_FIELDS: dict[str, Any] = {
    **{name: (field.annotation, field) for name, field in Signup.model_fields.items() if name not in _NOT_OF_A_BROWSER},
    "version": (Literal[1], 1),
    TOKEN_FIELD: (str, ...),
    CONFIRMED_FIELD: (
        str,
        Field(default="", description="The address again, after the problem `address-typo`: it is spelt as intended."),
    ),
    CHALLENGE_FIELDS[0]: (str, Field(default="", description="The answer to the challenge; see WORKER_CHALLENGE_URL.")),
    HONEYPOT: (Annotated[str, Field(max_length=0, description="Leave this empty.")], ""),
}
BrowserSignup = create_model(
    "BrowserSignup",
    __config__=ConfigDict(extra="forbid"),
    __doc__=f"A signup from a browser: {TOKEN_FIELD} in place of signup_id; the server adds the visitor's IP address.",
    **_BROWSER_FIELDS,
)


class ServerReceipt(BaseModel):
    """What became of a server's signup. `report` is there if the person has a report, new or old."""

    outcome: Literal[Outcome.ADMITTED, Outcome.DUPLICATE, Outcome.SUPPRESSED, Outcome.UNKNOWN_ROLE]
    reason: str | None
    signup: int = Field(description="The signup's row in the ledger.")
    report: int | None = None
    kept_days: int | None = Field(
        default=None,
        description="Of an unknown role: days for which we keep the signup and write if we can.",
    )


class BrowserReceipt(BaseModel):
    """The answer to every browser: new, known and suppressed people get the same.

    What it says about the role follows from role and tasks alone.
    """

    status: Literal["received"]
    role_known: bool = Field(
        description="Whether role or tasks say what to report on; false: no report can be written."
    )
    title: str | None = Field(description="What the role was read as; null if it means no job that we know.")


class FormToken(BaseModel):
    """The token of a form that was opened just now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"form_token": "WzE3...", "min_fill_s": 3.0}]})

    form_token: str
    min_fill_s: float = Field(description="Seconds that a person needs at least to fill in the form.")


# FastAPI leaves null out of examples, so the server's is a signup whose reason is not null.
RECEIPT_EXAMPLES: dict[str, ServerReceipt | BrowserReceipt] = {
    "server": ServerReceipt(outcome=Outcome.DUPLICATE, reason="report_exists", signup=12, report=7),
    "browser": BrowserReceipt(status="received", role_known=True, title="ML Engineer"),
}
