"""Signups from a browser: form tokens and the time of an answer, without a server."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.settings import load_settings
from worker.signing_keys import SigningKeys
from worker.web.browser import ANSWER_STEP_S, FormTokens, Origins, until_answer
from worker.web.problems import Problem

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOKENS = FormTokens(SigningKeys(("s" * 32,)), 3.0)


def test_a_token_is_valid_after_its_first_seconds_and_before_its_last():
    token = TOKENS.issue(NOW)
    assert TOKENS.nonce(token, NOW + timedelta(seconds=3))
    with pytest.raises(Problem) as early:
        TOKENS.nonce(token, NOW + timedelta(seconds=1))
    assert (early.value.status, early.value.headers["Retry-After"]) == (429, "2")
    for later in (timedelta(days=1, seconds=1), timedelta(days=400)):
        with pytest.raises(Problem):
            TOKENS.nonce(token, NOW + later)


@pytest.mark.parametrize(
    "token",
    [
        None,
        5,
        "",
        "x",
        pytest.param(FormTokens(SigningKeys(("t" * 32,)), 0).issue(NOW), id="signed with another secret"),
    ],
)
def test_a_token_that_is_not_ours_is_refused(token):
    with pytest.raises(Problem):
        TOKENS.nonce(token, NOW + timedelta(seconds=10))


@pytest.mark.parametrize("elapsed", [0.0, 0.0001, 0.2, 0.25, 0.26, 7.1])
def test_an_answer_leaves_at_a_multiple_of_the_step(elapsed):
    wait = until_answer(elapsed)
    assert wait >= 0
    assert (elapsed + wait) / ANSWER_STEP_S == pytest.approx(round((elapsed + wait) / ANSWER_STEP_S))


def test_a_form_opened_under_an_older_key_can_still_be_sent():
    old, both, new = (FormTokens(SigningKeys(keys), 0) for keys in (("o" * 32,), ("n" * 32, "o" * 32), ("n" * 32,)))
    assert both.nonce(old.issue(NOW), NOW)
    assert new.nonce(both.issue(NOW), NOW)
    with pytest.raises(Problem):
        new.nonce(old.issue(NOW), NOW)


def test_an_origin_is_compared_as_a_browser_writes_it():
    named = {
        "WORKER_ALLOWED_ORIGINS": "https://Www.Example.com:443",
        "WORKER_SERVICE_URL": "https://Report.Example.com:443/x",
    }
    origins = Origins.of(load_settings(named))
    for origin in ("https://www.example.com", "https://report.example.com"):
        origins.check(origin, own="http://127.0.0.1:8000")
    for origin in ("https://www.example.com:8443", "http://report.example.com", "https://example.com"):
        with pytest.raises(Problem):
            origins.check(origin, own="http://127.0.0.1:8000")
