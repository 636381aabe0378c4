"""The OpenAPI document and the endpoints agree: every answer is documented, and none is a server error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.integration.web.conftest import web_services
from tests.parts.web_server import TOKEN, Site, web_server
from worker.web.signup_bodies import SERVER_EXAMPLE

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, unsupported_method,
]  # fmt: skip
OPERATIONS = {
    "/v1/signups": "post", "/v1/form-token": "get", "/v1/form": "get", "/v1/roles": "get", "/v1/events/ses": "post",
    "/healthz": "get", "/readyz": "get", "/metrics": "get",
}  # fmt: skip
SERVER = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE_S = 60  # for an answer, on a machine that does something else too
CREDENTIALS = [
    {},
    SERVER,
    {"Authorization": "Bearer wrong"},
    {"Origin": "https://evil.example"},
]


@pytest.fixture
def site(ledger_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    services = web_services(ledger_url, redis_url, tmp_path, WORKER_TOTAL_LIMIT_PER_HOUR="20")
    with web_server(services) as site:
        yield site
    services.core.ledger.close()


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=["nobody", "server", "wrong", "foreign-page"])
@pytest.mark.parametrize("path", OPERATIONS)
def test_every_answer_is_documented_and_none_is_a_server_error(site, path, credentials):
    schema = schemathesis.openapi.from_url(f"{site.url}/v1/openapi.json", timeout=PATIENCE_S)
    operation = schema[path][OPERATIONS[path].upper()]

    @settings(
        max_examples=25, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def answers(case):
        case.call_and_validate(headers=credentials, checks=CHECKS, timeout=PATIENCE_S)

    given(case=operation.as_strategy())(answers)()


def test_every_operation_is_tried(site):
    document = site.get("/v1/openapi.json").json()
    assert {path: next(iter(methods)) for path, methods in document["paths"].items()} == OPERATIONS


def valid(document, schema, value):
    """Raises if the value does not match a schema of the document."""
    Draft202012Validator.check_schema(schema)
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def responses(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                yield path, method, int(status), response


def test_the_examples_of_a_signup_are_valid(site):
    document = site.get("/v1/openapi.json").json()
    body = document["paths"]["/v1/signups"]["post"]["requestBody"]["content"]["application/json"]
    for example in body["examples"].values():
        valid(document, body["schema"], example["value"])
    answer = site.post("/v1/signups", json=SERVER_EXAMPLE, headers=SERVER)
    assert answer.status_code == 202, answer.text
    documented = document["paths"]["/v1/signups"]["post"]["responses"]["202"]["content"]["application/json"]
    valid(document, documented["schema"], answer.json())
    examples = {name: example["value"] for name, example in documented["examples"].items()}
    for example in examples.values():
        valid(document, documented["schema"], example)
    again = site.post("/v1/signups", json=SERVER_EXAMPLE | {"signup_id": "order-4712"}, headers=SERVER).json()
    assert {**again, "signup": 12, "report": 7} == examples["server"]
    assert site.browse_up().json() == examples["browser"]


def test_the_example_of_each_answer_is_a_real_one(site):
    document = site.get("/v1/openapi.json").json()
    tried = set()
    for path, method, status, response in responses(document):
        content = response.get("content", {}).get("application/json")
        if method != "get" or status != 200 or content is None:
            continue
        answer = site.get(path, params={"q": "ML Engineer"}).json()
        valid(document, content["schema"], answer)
        for example in examples_of(document, content):
            valid(document, content["schema"], example)
            assert example.keys() == answer.keys(), path
            tried.add(path)
    assert tried == {"/v1/form-token", "/v1/form", "/v1/roles", "/readyz"}


def examples_of(document, content):
    if "examples" in content:
        return [example["value"] for example in content["examples"].values()]
    model = content["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][model].get("examples", [])


def test_the_example_of_each_refusal_is_of_that_refusal(site):
    document = site.get("/v1/openapi.json").json()
    refusals = 0
    for path, _, status, response in responses(document):
        if status >= 400:
            [(media_type, refusal)] = response["content"].items()
            assert media_type == "application/problem+json", (path, status)
            valid(document, refusal["schema"], refusal["example"])
            assert refusal["example"]["status"] == status, (path, status)
            refusals += 1
    assert refusals > 10


def test_the_document_has_no_dangling_reference(site):
    document = site.get("/v1/openapi.json").json()
    text = json.dumps(document)
    referred = set(re.findall(r'"\$ref": "([^"]+)"', text))
    assert referred <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert "HTTPValidationError" not in text
