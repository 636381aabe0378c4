"""/metrics, and that every metric named in the documents, the dashboard and the alerts exists."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server
from worker.errors import QueueUnavailable, Transient
from worker.findings import Verdict
from worker.ledger import accounts
from worker.ledger.cached_counts import CachedCounts
from worker.ledger.canaries import CanaryResult, record_canary
from worker.ledger.limited_signups import save_hour
from worker.ledger.tally_checks import record_check
from worker.mailers.mailer import Outgoing
from worker.mailers.outbox import OutboxMailer
from worker.metrics import LedgerFigures, MeteredMailer, SendMeters
from worker.web.metrics import HttpMeters, Metered

ROOT = Path(__file__).parents[3]
OUTGOING = Outgoing("a" * 32, "ada@example.com", b"letter", "<p>letter</p>")


def samples(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_figures_come_from_the_ledger(site):
    site.sign_up("ada@example.com")
    site.sign_up("ada@example.com")
    found = samples(site.metrics().text)
    assert found["exposure_signups_total", "admitted"] == 1
    assert found["exposure_signups_total", "duplicate"] == 1
    assert found["exposure_reports", "ready"] == 1
    assert found["exposure_conservation_holds",] == 1
    assert found["exposure_http_requests_total", "POST", "/v1/signups", "202"] == 2
    assert "ada@" not in site.metrics().text


def test_the_last_canary_is_measured(site):
    assert "exposure_canary" not in site.metrics().text
    ledger = site.services.core.ledger
    with ledger.write() as tx:
        record_canary(tx, CanaryResult.NOT_DELIVERED, "sent", took_s=60.0)
    found = samples(site.metrics().text)
    assert (found["exposure_canary_good",], found["exposure_canary_seconds",]) == (0, 60)
    assert ("exposure_canary_silence_seconds",) not in found
    with ledger.write() as tx:
        record_canary(tx, CanaryResult.DELIVERED, "sent", took_s=2.5)
    found = samples(site.metrics().text)
    assert (found["exposure_canary_good",], found["exposure_canary_seconds",]) == (1, 2.5)
    assert found["exposure_canary_silence_seconds",] >= 0


def test_no_path_is_a_label(one_site):
    one_site.get("/unsubscribe/a-secret-token")
    one_site.get("/anything-at-all")
    one_site.get("/log/people/a-key")
    text = one_site.metrics().text
    assert "a-secret-token" not in text
    assert "anything-at-all" not in text
    assert "people" not in text
    assert 'route="/unsubscribe' in text
    assert 'route="/log"' in text


def test_a_token_opens_them(one_site):
    assert one_site.get("/metrics").status_code == 401
    assert one_site.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert one_site.metrics().status_code == 200


def test_without_a_token_in_the_settings_they_are_closed_even_to_this_machine(sqlite_ledger_url, redis_url, tmp_path):
    services = web_services(sqlite_ledger_url, redis_url, tmp_path, WORKER_METRICS_TOKEN="")
    with web_server(services) as site:
        assert [site.get("/metrics").status_code, site.metrics().status_code] == [403, 403]
    services.core.ledger.close()


async def no_body():
    return {"type": "http.request"}


async def nobody_listens(message):
    raise AssertionError(message)


def test_a_bug_is_counted_as_one():
    async def app(scope, receive, send):
        raise ZeroDivisionError

    registry = CollectorRegistry()
    scope = {"type": "http", "method": "GET", "path": "/healthz"}
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Metered(app, HttpMeters(registry))(scope, no_body, nobody_listens))
    assert samples(generate_latest(registry).decode())["exposure_http_requests_total", "GET", "other", "500"] == 1


def test_redis_away_is_a_metric(ledger):
    def no_queue():
        raise QueueUnavailable("ConnectionError")

    registry = CollectorRegistry()
    registry.register(LedgerFigures(ledger, CachedCounts(ledger), no_queue, lambda: 0, lambda: Verdict(())))
    found = samples(generate_latest(registry).decode())
    assert (found["exposure_redis_up",], found["exposure_ledger_up",]) == (0, 1)


def test_each_post_is_counted_with_its_ending_and_its_time(tmp_path):
    registry = CollectorRegistry()
    ticks = iter([1.0, 1.5, 2.0, 2.25])
    mailer = MeteredMailer(OutboxMailer(tmp_path), SendMeters(registry), clock=lambda: next(ticks))
    mailer.send(OUTGOING, lambda signed_at: None)

    def refuse(signed_at):
        raise Transient("IntentUnconfirmed", "no")

    with pytest.raises(Transient):
        mailer.send(OUTGOING, refuse)
    found = samples(generate_latest(registry).decode())
    assert found["exposure_posts_total",] == 1
    assert (found["exposure_sends_total", "accepted"], found["exposure_sends_total", "transient"]) == (1, 1)
    assert found["exposure_post_seconds_sum",] == 0.5
    assert mailer.name == "outbox"


def test_documents_dashboard_and_alerts_name_existing_metrics(one_site):
    with one_site.services.core.ledger.write() as tx:
        accounts.save_account(
            tx, production_access=True, sending_enabled=True, enforcement="HEALTHY", max_send_rate=14.0,
            max_24_hour_send=50.0, sent_last_24_hours=1.0,
        )  # fmt: skip
        record_canary(tx, CanaryResult.DELIVERED, "sent", took_s=2.5)
        record_check(tx, wrong=0, example=None)
    one_site.sign_up()
    registry = CollectorRegistry()
    meters = SendMeters(registry)
    meters.endings.labels("accepted").inc()
    text = one_site.metrics().text + generate_latest(registry).decode()
    there = set(re.findall(r"^# TYPE (exposure_\w+)", text, re.MULTILINE)) | {"exposure_feedback", "exposure_attempts"}
    for file in ("metrics.md", "alerts.yml", "grafana-dashboard.json"):
        named = re.findall(r"exposure_[a-z0-9_]+", (ROOT / "docs" / file).read_text())
        assert {re.sub("_(bucket|count)$", "", name) for name in named} - there == set(), file
    documented = set(re.findall(r"exposure_[a-z0-9_]+", (ROOT / "docs/metrics.md").read_text()))
    assert {name for name in there if not name.endswith("_created")} - documented == set()


def test_every_alert_says_what_to_do():
    [group] = yaml.safe_load((ROOT / "docs/alerts.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["annotations"].keys() == {"summary", "action", "runbook_url"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
    panels = json.loads((ROOT / "docs/grafana-dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_what_the_limits_did_is_counted_and_on_the_status_page(one_site):
    with one_site.services.core.ledger.write() as tx:
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        save_hour(tx, hour, {("network", "turned_away"): 445, ("domain", "delayed"): 3})
        save_hour(tx, hour - timedelta(days=3), {("network", "turned_away"): 5})
    found = samples(one_site.metrics().text)
    assert found["exposure_limited_signups_total", "turned_away", "network"] == 450
    page = one_site.logged_in().get("/log/status").text
    assert "domain delayed 3" in page
    assert "turned away, unrecorded 445" in page
