"""docs/alerts.yml by Prometheus' own rules: well-formed, silent while all is well, and each alert fires in its case."""

import re
from pathlib import Path

import pytest
import yaml

from tests.parts.promtool import promtool
from worker.findings import SEVERITIES, Alarm, Severity

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "docs" / "alerts.yml"
RUN, SERVE = 'job="exposure-report-worker",instance="a:9191"', 'job="exposure-report-serve",instance="b:8000"'


def _finding(alarm, severity):
    return f'exposure_finding{{finding="{alarm}",severity="{severity}"}}'


def _found(alarm, severity=Severity.ACT):
    return {_finding(alarm, severity): "1x400"}


# A working installation, minute by minute: "1+5x400" begins at 1 and grows by 5 a minute.
WELL = {
    f"up{{{RUN}}}": "1x400",
    f"up{{{SERVE}}}": "1x400",
    f'exposure_build_info{{{RUN},version="1"}}': "1x400",
    f'exposure_build_info{{{SERVE},version="1"}}': "1x400",
    **{_finding(alarm, severity): "0x400" for alarm in Alarm for severity in SEVERITIES[alarm]},
    "exposure_sending_paused": "0x400",
    "exposure_sending_held": "0x400",
    "exposure_oldest_ready_seconds": "2x400",
    "exposure_oldest_unknown_seconds": "0x400",
    "exposure_event_silence_seconds": "0x400",
    'exposure_queue_messages{queue="signups"}': "0x400",
    'exposure_signups_total{outcome="admitted"}': "100+5x400",
    'exposure_signups_total{outcome="duplicate"}': "10+1x400",
    'exposure_sends_total{ending="accepted"}': "100+5x400",
    "exposure_posts_total": "100+5x400",
    'exposure_reports{state="sent"}': "5000x400",
    'exposure_reports{state="failed"}': "0x400",
    'exposure_feedback{kind="bounced"}': "10x400",
    'exposure_feedback{kind="complained"}': "1x400",
    'exposure_send_seconds_bucket{lane="browser",le="60.0"}': "100+5x400",
    'exposure_send_seconds_count{lane="browser"}': "100+5x400",
    'exposure_delivery_seconds_bucket{lane="browser",le="900.0"}': "100+5x400",
    'exposure_delivery_seconds_count{lane="browser"}': "100+5x400",
    'exposure_event_seconds_bucket{lane="browser",le="300.0"}': "100+5x400",
    'exposure_event_seconds_count{lane="browser"}': "100+5x400",
    "exposure_ses_quota": "50000x400",
    "exposure_ses_sent_24_hours": "500x400",
    'exposure_limited_signups_total{rule="domain",action="delayed"}': "1x400",
    'exposure_unexpected_errors_total{place="feedback"}': "0x400",
    'exposure_refused_events_total{reason="raw"}': "0x400",
    'exposure_http_requests_total{route="/v1/signups",status="202"}': "100+60x400",
    'exposure_http_requests_total{route="/v1/signups",status="500"}': "0x400",
}
# Prometheus has rates, so its own figures say these sooner than one look at the ledger does.
FIGURES_OF_PROMETHEUS = {
    Alarm.REPORTS_WAIT: {"SendingStopped", "ReportsWait"},
    Alarm.SIGNUPS_WAIT: {"SignupsWait"},
    Alarm.UNEXPECTED_ERRORS: {"UnexpectedErrors"},
}
# An operator's pause is theirs for an hour, and a worker may be off where nothing waits.
QUIET = {(Alarm.PAUSED_BY_OPERATOR, Severity.LOOK), (Alarm.NO_WORKER, Severity.LOOK)}
GONE = "_x400"  # no value
STOPPED = {'exposure_sends_total{ending="accepted"}': "100x400", "exposure_posts_total": "100x400"}

# Alert -> what is different then, and after how many minutes it fires at the latest.
CASES = {
    "SignupMissing": (_found("signup_missing"), 1),
    "SecondLetter": (_found("second_letters"), 1),
    "WorkerDown": ({f"up{{{RUN}}}": "0x400"}, 3),
    "ServeDown": ({f"up{{{SERVE}}}": GONE}, 3),
    "ProcessDown": ({'up{job="exposure-report-worker",instance="c:9191"}': "0x400"}, 11),
    "SendingStopped": ({**STOPPED, "exposure_oldest_ready_seconds": "0+60x400"}, 9),
    "SignupsWait": (
        {
            'exposure_queue_messages{queue="signups"}': "7x400",
            'exposure_signups_total{outcome="admitted"}': "100x400",
            'exposure_signups_total{outcome="duplicate"}': "10x400",
        },
        13,
    ),
    "SendingPaused": (_found("stopped_in_a_row"), 11),
    "LedgerAway": (_found("ledger_away"), 3),
    "RedisAway": (_found("redis_away"), 6),
    "ReportsWait": ({"exposure_oldest_ready_seconds": "0+60x400"}, 37),
    "SentLate": (_found("sent_late", Severity.LOOK), 11),
    "DeliveredLate": ({'exposure_delivery_seconds_bucket{lane="browser",le="900.0"}': "100+2x400"}, 390),
    "EventsLate": ({'exposure_event_seconds_bucket{lane="browser",le="300.0"}': "100+2x400"}, 45),
    "UnknownSends": (_found("unknown_sends", Severity.LOOK), 1),
    "EventSilence": (_found("event_silence"), 1),
    "CanaryFailed": (_found("canary_missing"), 1),
    "CanarySilent": (_found("canary_missing", Severity.LOOK), 1),
    "LimitsBite": (_found("limits_bite", Severity.LOOK), 1),
    "MoreThanOnePostPerSend": ({"exposure_posts_total": "100+10x400"}, 30),
    "ReportsStopped": (_found("reports_stopped", Severity.LOOK), 31),
    "Bounces": ({'exposure_feedback{kind="bounced"}': "300x400"}, 1),
    "Complaints": ({'exposure_feedback{kind="complained"}': "6x400"}, 1),
    "QuotaNearlySpent": (_found("quota_nearly_spent", Severity.LOOK), 1),
    "UnexpectedErrors": ({'exposure_unexpected_errors_total{place="feedback"}': "0+1x400"}, 3),
    "EventsRefused": ({'exposure_refused_events_total{reason="raw"}': "0+1x400"}, 3),
    "ServerErrors": ({'exposure_http_requests_total{route="/v1/signups",status="500"}': "0+6x400"}, 12),
    "AccountUnreadable": (_found("account_unreadable"), 6),
    "SesOutOfReach": (_found("ses_out_of_reach"), 1),
    "StartRefused": (_found("broken_template"), 1),
    "WrongInstallation": (_found("wrong_installation"), 3),
    "DiskFull": (_found("disk_nearly_full"), 1),
    "DiskNearlyFull": (_found("disk_nearly_full", Severity.LOOK), 31),
    "WorkerGone": (_found("worker_gone", Severity.LOOK), 6),
    "ResultsWait": (_found("result_spooled", Severity.LOOK), 16),
    "CountsWrong": (_found("counts_wrong", Severity.LOOK), 1),
    "RetentionLate": (_found("retention_late", Severity.LOOK), 1),
    "VersionsDiffer": ({f'exposure_build_info{{{SERVE},version="2"}}': "1x400"}, 61),
}


@pytest.fixture(scope="module")
def rules():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def test_the_rules_are_rules():
    assert "SUCCESS" in promtool("check", "rules", "--lint-fatal", ALERTS)


def test_every_alert_has_a_case(rules):
    assert {rule["alert"] for rule in rules} == CASES.keys()


def test_each_alert_has_a_runbook_at_an_anchor_that_exists(rules):
    for rule in rules:
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        text = (ROOT / page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
        assert anchor in anchors | set(re.findall(r'<a id="(\w+)">', text)), rule["alert"]


def test_what_somebody_must_act_on_pages_and_what_ends_by_itself_raises_no_alert(rules):
    severities = {rule["alert"]: rule["labels"]["severity"] for rule in rules}
    for alarm in Alarm:
        if alarm in FIGURES_OF_PROMETHEUS:
            assert {severities[alert] for alert in FIGURES_OF_PROMETHEUS[alarm]} == {"page"}
            continue
        for severity in SEVERITIES[alarm]:
            labels = {rule["labels"]["severity"] for rule in rules if _reads(rule, alarm, severity)}
            expected = {Severity.ACT: {"page"}, Severity.LOOK: {"ticket"}, Severity.WAIT: set()}[severity]
            assert labels == expected or (alarm, severity) in QUIET, (alarm, severity)


def _reads(rule, alarm, severity):
    for selector in re.findall(r"exposure_finding\{([^}]*)\}", rule["expr"]):
        named = re.search(r'finding=~?"([^"]*)"', selector)[1].split("|")
        severities = re.findall(r'severity="(\w+)"', selector) or SEVERITIES[alarm]
        if alarm in named and severity in severities:
            return True
    return False


def test_what_stops_letters_or_signups_pages_within_a_quarter_of_an_hour(rules):
    severities = {rule["alert"]: rule["labels"]["severity"] for rule in rules}
    for alert in ("WorkerDown", "ServeDown", "SendingStopped", "SignupsWait", "LedgerAway"):
        assert severities[alert] == "page"
        assert CASES[alert][1] <= 15


def test_each_alert_fires_in_its_case_alone_and_none_while_all_is_well(tmp_path):
    tests = [_case("all is well", {}, 390, set())]
    tests += [_case(alert, changes, minutes, {alert}) for alert, (changes, minutes) in CASES.items()]
    backlog = {f"up{{{RUN}}}": "0x400", **dict.fromkeys(STOPPED, GONE), "exposure_oldest_ready_seconds": "0+60x400"}
    tests.append(_case("the only worker is killed", backlog, 9, {"WorkerDown", "SendingStopped"}))
    waits = {
        "exposure_sending_paused": "1x400",
        **_found("account_paused"),
        **STOPPED,
        "exposure_oldest_ready_seconds": "0+60x400",
    }
    tests.append(_case("paused with a backlog", waits, 60, {"SendingPaused"}))
    held = {
        "exposure_sending_held": "1x400",
        **_found("quota_spent", Severity.WAIT),
        **STOPPED,
        "exposure_oldest_ready_seconds": "0+60x400",
    }
    tests.append(_case("the quota is spent", held, 60, set()))
    tests.append(_case("no worker gives a heartbeat", _found("no_worker"), 3, {"WorkerDown"}))
    file = tmp_path / "alerts_test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", file)


def _case(name, changes, minutes, firing):
    series = {**WELL, **changes}
    expected = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in sorted(firing)]
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{minutes}m",
                "exp_samples": expected,
            }
        ],
    }


def test_prometheus_reads_the_configuration(rules):
    folder = ROOT / "deploy" / "prometheus"
    promtool("check", "config", "--syntax-only", folder / "prometheus.yml")
    jobs = {job["job_name"] for job in yaml.safe_load((folder / "prometheus.yml").read_text())["scrape_configs"]}
    assert jobs == {"exposure-report-worker", "exposure-report-serve"}
    assert all(job in ALERTS.read_text() for job in jobs)
