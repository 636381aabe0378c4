"""Credentials that cannot be had are everybody's trouble: sending pauses with the reason, and no letter pays for it."""

from __future__ import annotations

import hashlib
import json
import socket

import pytest
from botocore.credentials import SSOProvider

from tests.faults.promise import assert_promise_kept
from tests.parts.identity_provider import identity_provider
from tests.parts.waiting import wait_for
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState

pytestmark = pytest.mark.faults


@pytest.fixture
def no_keys(ses, monkeypatch):
    """No key is in the environment, and nobody retries for long."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return monkeypatch


@pytest.fixture
def web_identity(no_keys, tmp_path):
    """As on Kubernetes: a token in a file, and STS gives credentials for it."""
    token = tmp_path / "token"
    token.write_text("a web identity token")
    no_keys.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    no_keys.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/sender")
    with identity_provider() as provider:
        no_keys.setenv("AWS_ENDPOINT_URL_STS", provider.url)
        yield provider


def test_an_identity_provider_that_is_away(sqlite_installation, web_identity):
    installation = sqlite_installation
    installation.environment["WORKER_ACCOUNT_INTERVAL_S"] = "0.3"
    web_identity.away = True
    installation.sign_up("first", "second")
    with installation.worker_thread():
        wait_for(lambda: pause(installation) is not None, "the pause")
        assert "InvalidIdentityToken" in pause(installation).reason
        assert nothing_booked(installation, "first", "second")
        web_identity.away = False
        wait_for(lambda: pause(installation) is None, "the end of the pause")
        installation.settle()
    assert set(installation.states().values()) == {ReportState.SENT}
    assert nothing_booked(installation, "first", "second")
    assert_promise_kept(installation.services.core.ledger, installation.ses.accepted, signups=2)


def test_an_identity_provider_that_cannot_be_reached(sqlite_installation, web_identity, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{port}")
    assert_paused(sqlite_installation, "EndpointConnectionError")


def test_an_expired_sso_session(sqlite_installation, no_keys, tmp_path):
    """A developer's machine, or a host that somebody logged in once."""
    config = tmp_path / "config"
    config.write_text(
        "[profile old-sso]\nsso_start_url = https://made-up.example/start\nsso_region = eu-west-1\n"
        "sso_account_id = 111122223333\nsso_role_name = Sender\nregion = eu-west-1\n"
    )
    cache = tmp_path / "cache"
    cache.mkdir()
    token = {"startUrl": "https://made-up.example/start", "region": "eu-west-1", "accessToken": "x"}
    name = hashlib.sha1(token["startUrl"].encode(), usedforsecurity=False).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps({**token, "expiresAt": "2026-01-01T00:00:00Z"}))
    no_keys.setenv("AWS_CONFIG_FILE", str(config))
    no_keys.setenv("AWS_PROFILE", "old-sso")
    no_keys.setattr(SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(cache))
    assert_paused(sqlite_installation, "UnauthorizedSSOTokenError")


def assert_paused(installation, code):
    """One delivery pauses sending with this reason, posts nothing and books nothing on the letter."""
    reports = installation.sign_up("reader")
    assert installation.services.deliverer.deliver(reports["reader"]) == "ready"
    assert code in pause(installation).reason
    assert installation.ses.posts == 0
    assert nothing_booked(installation, "reader")


def nothing_booked(installation, *names):
    """Whether no refusal and no attempt counts against these letters."""
    return all(installation.report(name).refusals == 0 for name in names)


def pause(installation):
    """The current pause."""
    with installation.services.core.ledger.read() as tx:
        return pauses.current_pause(tx)
