"""What the OpenAPI document says about each address: bodies, answers, examples."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from worker.intake.signup import json_schema
from worker.web.browser import HONEYPOT, TOKEN_FIELD
from worker.web.problems import MEDIA_TYPE

SECURITY_SCHEME = {"bearerToken": {"type": "http", "scheme": "bearer", "description": "One of WORKER_API_TOKENS."}}

_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "problem"],
                "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
SERVER_EXAMPLE = {
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
BROWSER_EXAMPLE = {
    "email": "ada@example.com",
    "role": "ML Engineer",
    "source": {"page": "/outlook/ml-engineer"},
    TOKEN_FIELD: "the answer of GET /v1/form-token",
    HONEYPOT: "",
}


def problem(description: str, *, retry: bool = False, **members: Any) -> dict[str, Any]:
    """A documented refusal."""
    example = {"type": "about:blank", "title": description, "status": 0, "detail": "...", **members}
    told = {"description": description, "content": {MEDIA_TYPE: {"schema": _PROBLEM_SCHEMA, "example": example}}}
    return {**told, "headers": _RETRY_AFTER} if retry else told


def _json(description: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


def _signup_schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """The contract's schema with its parts in place, and the browser's variant of it."""
    contract = json_schema()
    parts = contract.pop("$defs")
    contract.pop("$schema")
    server = _inlined(contract, parts)
    browser = deepcopy(server)
    browser["properties"].pop("signup_id")
    browser["title"] = "Signup from a browser"
    browser["description"] = f"The same, with a {TOKEN_FIELD} in place of the signup_id; the source's ip is added here."
    browser["properties"][TOKEN_FIELD] = {"type": "string"}
    browser["properties"][HONEYPOT] = {"type": "string", "maxLength": 0, "description": "Must stay empty."}
    browser["required"] = ["email", "role", TOKEN_FIELD]
    return server, browser


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, parts) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {key: _inlined(value, parts) for key, value in schema.items()}


_SERVER, _BROWSER = _signup_schemas()
_OUTCOME = {
    "type": "object",
    "required": ["outcome", "reason", "signup"],
    "properties": {
        "outcome": {"enum": ["admitted", "duplicate", "suppressed", "unknown_role"]},
        "reason": {"type": ["string", "null"]},
        "signup": {"type": "integer"},
        "report": {"type": ["integer", "null"]},
    },
}
_RECEIVED = {"type": "object", "required": ["status"], "properties": {"status": {"const": "received"}}}

SIGNUPS: dict[str, Any] = {
    "operation_id": "signUp",
    "summary": "Sign a person up for their one report",
    "description": (
        "From a server: a bearer token and the signup contract; the answer tells the outcome. The same signup_id with "
        "the same content gets the same answer again, with other content 409. After a 429 send a new signup_id.\n\n"
        "From a browser: no token, an allowed Origin, and a form token; the answer is the same for everybody.\n\n"
        "202 means that the signup is committed to the ledger."
    ),
    "status_code": 202,
    "response_model": None,
    "responses": {
        202: {
            "description": "Received, and committed.",
            "content": {
                "application/json": {
                    "schema": {"anyOf": [_OUTCOME, _RECEIVED]},
                    "examples": {
                        "server": {"value": {"outcome": "admitted", "reason": None, "signup": 12, "report": 7}},
                        "browser": {"value": {"status": "received"}},
                    },
                }
            },
        },
        400: problem("A header is malformed"),
        401: problem("No token, or a wrong one"),
        403: problem("A browser's page that is not allowed"),
        409: problem("The signup_id was used for another signup"),
        413: problem("More than 32 KB"),
        415: problem("Not application/json, or compressed"),
        422: problem("A field is not as it should be", errors=[{"field": "email", "problem": "not an email address"}]),
        429: problem("Too many signups", retry=True),
        503: problem("The ledger does not answer; nothing was recorded", retry=True),
    },
    "openapi_extra": {
        "security": [{"bearerToken": []}, {}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [_SERVER, _BROWSER]},
                    "examples": {"server": {"value": SERVER_EXAMPLE}, "browser": {"value": BROWSER_EXAMPLE}},
                }
            },
        },
    },
}

FORM_TOKEN: dict[str, Any] = {
    "operation_id": "formToken",
    "summary": "A token for a form just opened",
    "response_model": None,
    "responses": {
        200: _json(
            "The token, and how long a person needs at least.",
            {
                "type": "object",
                "required": [TOKEN_FIELD, "min_fill_s"],
                "properties": {TOKEN_FIELD: {"type": "string"}, "min_fill_s": {"type": "number"}},
            },
            {TOKEN_FIELD: "WzE3...", "min_fill_s": 3.0},
        )
    },
}

ROLES: dict[str, Any] = {
    "operation_id": "listRoles",
    "summary": "The roles we can report on, with their tasks and skills",
    "response_model": None,
    "responses": {
        200: {
            **_json(
                "Roles, best match first.",
                {
                    "type": "object",
                    "required": ["catalog_version", "roles"],
                    "properties": {
                        "catalog_version": {"type": "string"},
                        "roles": {"type": "array", "items": {"type": "object", "required": ["slug", "title"]}},
                    },
                },
                {
                    "catalog_version": "0123456789ab",
                    "roles": [
                        {
                            "slug": "ml-engineer",
                            "title": "ML Engineer",
                            "aliases": ["Machine Learning Engineer"],
                            "page": "/outlook/ml-engineer",
                            "tasks": [{"slug": "write-production-code", "name": "Write production code", "share": 40}],
                            "skills": [{"slug": "python", "name": "Python"}],
                        }
                    ],
                },
            ),
            "headers": {"ETag": {"schema": {"type": "string"}}, "Cache-Control": {"schema": {"type": "string"}}},
        },
        304: {"description": "Not changed since the ETag in If-None-Match."},
        422: problem("The query is too long"),
    },
}

SES_EVENTS: dict[str, Any] = {
    "operation_id": "sesEvent",
    "summary": "An SES event, through SNS",
    "response_model": None,
    "responses": {
        200: _json("Recorded, or known already.", {"type": "object"}, {"status": "recorded"}),
        400: problem("Not an SNS message"),
        403: problem("The signature or the topic is not ours"),
        413: problem("More than 256 KB"),
        503: problem("The ledger does not answer; SNS will try again", retry=True),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "text/plain": {"schema": {"type": "string"}},
                "application/json": {"schema": {"type": "object"}},
            },
        }
    },
}

HEALTH: dict[str, Any] = {
    "operation_id": "health",
    "summary": "The process answers",
    "response_model": None,
    "responses": {200: _json("It does.", {"type": "object"}, {"status": "ok"})},
}

METRICS: dict[str, Any] = {
    "operation_id": "metrics",
    "summary": "Figures for Prometheus",
    "response_model": None,
    "responses": {
        200: {"description": "The figures.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        401: problem("WORKER_METRICS_TOKEN is set, and was not sent"),
        403: problem("No token is set, and the request comes from another machine"),
    },
    "openapi_extra": {"security": [{"bearerToken": []}, {}]},
}

READY: dict[str, Any] = {
    "operation_id": "ready",
    "summary": "Ledger, Redis, schema and catalogue are as they should be",
    "response_model": None,
    "responses": {
        200: _json("Ready.", {"type": "object"}, {"status": "ready", "checks": {"ledger": "ok"}}),
        503: problem("Not ready; `checks` says why", retry=True),
    },
}
