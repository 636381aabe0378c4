"""A shell whose worker sends through SES, in the surroundings that the template of deploy/aws makes."""

import os

import pytest

from tests.parts.aws_server import aws_server
from tests.parts.shell import Shell
from tests.parts.stack import DOMAIN, Stack

SETTINGS = {
    "COLUMNS": "400",
    "NO_COLOR": "1",
    "WORKER_MAILER": "ses",
    "WORKER_FROM": f"AI Exposure Report <reports@{DOMAIN}>",
    "WORKER_PUBLIC_URL": "https://www.northwind.dev",
    "WORKER_POSTAL_ADDRESS": "Northwind Ltd, 12 Quay Street, Bristol",
    "WORKER_SECRET_KEY": "s" * 32,
    "WORKER_IDENTITY_KEY": "i" * 32,
}


@pytest.fixture
def aws():
    with aws_server() as server:
        yield server


@pytest.fixture
def stack(aws, ses):
    return Stack(aws, ses)


@pytest.fixture
def worker(tmp_path, redis_url, sqlite_ledger_url, monkeypatch, aws, stack):
    for name in list(os.environ):
        if name.startswith("WORKER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    given = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": sqlite_ledger_url,
        **SETTINGS,
        **aws.environment,
        **stack.environment,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return Shell(tmp_path, monkeypatch)
