"""`worker doctor`: everything that must be right before a letter can leave, each checked for real."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from worker.boot.core import build_composer, check_letter_templates, read_catalogue, read_theme
from worker.check_results import CheckResult
from worker.cli.console import Format, print_rows, stdout
from worker.cli.queued_signups import ask_queues
from worker.cli.resources import opened_to_read, settings_for_command
from worker.cli.services import opened_redis
from worker.errors import QueueUnavailable, WorkerError
from worker.findings import Severity
from worker.ledger.installation import read_installation
from worker.ledger.patience import COUNTING_S
from worker.ledger.status import read_status
from worker.ledger.store import Ledger, database_now, open_ledger
from worker.mailers.registry import mailer_module
from worker.operations.checks.ledger_access import check_access
from worker.operations.checks.placeholders import check_placeholders
from worker.operations.checks.redis_access import check_redis
from worker.operations.checks.times import check_times
from worker.operations.health.gather import gather
from worker.operations.health.verdict import verdict_on
from worker.operations.installation import why_not_ours
from worker.operations.reachable_links import check_service
from worker.redis_owner import RedisOwner, refuse_other_ledger
from worker.redis_queues import open_redis
from worker.report.quality import to_look_at_again
from worker.settings import EMBEDDED_REDIS, Settings

ACCEPTABLE_SKEW_S = 30.0
REFUSED_SKEW_S = 300.0  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-signing.html


Check = Callable[[Settings], Iterator[CheckResult]]


def doctor(
    dns: Annotated[bool, typer.Option("--dns", help="Compare DKIM, SPF and DMARC in the DNS with SES's.")] = False,
    send: Annotated[
        str,
        typer.Option("--send", metavar="ADDRESS", help="Send one letter to SES's simulator, and wait for its event."),
    ] = "",
    wait: Annotated[float, typer.Option(min=1, max=600, help="Seconds to wait for the event of --send.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check everything that sending needs, and say what to fix.

    Checks Redis, ledger, catalogue, templates, links and mailer; with WORKER_MAILER=ses also the SES account: sandbox,
    quota, identity, configuration set, and the way of its events to this worker. Then lists the findings of `worker
    status`. Changes nothing; --send alone sends one letter, to success@simulator.amazonses.com or another address of
    the simulator.

    Exit codes: 0 all checks pass, 1 a check fails, 2 an address of --send is not the simulator's.

    Example: `worker doctor --dns`, or `worker doctor --send success@simulator.amazonses.com`
    """
    settings = settings_for_command()
    checks: dict[str, Check] = {"redis": _redis, "ledger": _ledger, "catalogue": _catalogue, "templates": _templates}
    checks |= {"links": _links, "settings": _settings}
    checks |= {"mailer": mailer_module(settings).check, "events": _events, "health": _health}
    if dns:
        checks["dns"] = _dns
    if send:
        checks = {"trial": _trial(send, wait)}
    rows = [
        {"check": name, "verdict": _verdict(finding.ok), "finding": finding.text}
        for name, check in checks.items()
        for finding in _run(check, settings)
    ]
    if as_json:
        print_rows(rows, (), Format.JSON, empty="")
    else:
        colours = {"ok": "green", "look": "yellow", "wrong": "red"}
        for row in rows:
            verdict = f"[{colours[row['verdict']]}]{row['verdict']:<5}[/]"
            stdout.print(f"{verdict}  {row['check']:<10} {escape(row['finding'])}", soft_wrap=True)
    raise typer.Exit(1 if any(row["verdict"] == "wrong" for row in rows) else 0)


def _verdict(ok: bool | None) -> str:
    return "look" if ok is None else "ok" if ok else "wrong"


def _run(check: Check, settings: Settings) -> Iterator[CheckResult]:
    try:
        yield from check(settings)
    except WorkerError as error:
        yield CheckResult(False, str(error))


def _settings(settings: Settings) -> Iterator[CheckResult]:
    yield from check_placeholders(settings)
    yield from check_times(settings)


def _redis(settings: Settings) -> Iterator[CheckResult]:
    with opened_redis(settings) as url:
        yield from check_redis(url, embedded=settings.redis_url == EMBEDDED_REDIS)


def _dns(settings: Settings) -> Iterator[CheckResult]:
    from worker.operations.checks.dns_records import check_dns  # noqa: PLC0415 - the DNS library is slow to import

    yield from check_dns(settings)


def _events(settings: Settings) -> Iterator[CheckResult]:
    if settings.mailer.reports_events:
        from worker.operations.checks.event_path import check_event_path  # noqa: PLC0415 - boto3 is slow to import

        yield from check_event_path(settings)


def _trial(address: str, wait_s: float) -> Check:
    """A check that sends a letter to `address`. Raises ConfigurationError where it is not the simulator's."""
    from worker.operations.checks.trial_letter import read_simulator_address, send_trial  # noqa: PLC0415 - boto3 again

    simulator = read_simulator_address(address)

    def check(settings: Settings) -> Iterator[CheckResult]:
        yield from send_trial(settings, build_composer(settings), simulator, wait_s=wait_s)

    return check


def _refuse_other_redis(ledger: Ledger, settings: Settings) -> None:
    """Raises WrongInstallation where Redis serves another ledger; not where Redis is new or does not answer."""
    with ledger.read() as tx:
        pinned = read_installation(tx)
    with opened_redis(settings) as url, contextlib.closing(open_redis(url)) as client:
        try:
            owner = RedisOwner(client).look()
        except QueueUnavailable:
            return
    if owner is not None:
        refuse_other_ledger(owner.ledger_id, pinned.ledger_id if pinned else "a new ledger")


def _ledger(settings: Settings) -> Iterator[CheckResult]:
    ledger = open_ledger(settings.database_url, timeout_s=settings.ledger_timeout_s)
    try:
        access = list(check_access(ledger))
        yield from access
        if access[0].ok is False:
            return
        if (why := why_not_ours(ledger, settings, sends=True)) is not None:
            yield CheckResult(False, why)
        with ledger.read() as tx:
            yield from _clock((datetime.now(UTC) - database_now(tx)).total_seconds())
        _refuse_other_redis(ledger, settings)
    finally:
        ledger.close()


def _health(settings: Settings) -> Iterator[CheckResult]:
    """The findings of `worker status`."""
    with opened_to_read(settings, warns=False) as ledger:
        queues = ask_queues(settings)
        with ledger.read(wait_s=COUNTING_S) as tx:
            verdict = verdict_on(gather(tx, read_status(tx), settings, queues, ledger))
    for finding in verdict.findings:
        ok = False if finding.severity is Severity.ACT else None
        yield CheckResult(ok, f"{finding.alarm}: {finding.what} {finding.why}. Do: {finding.command or 'nothing'}")
    if not verdict.findings:
        yield CheckResult(True, "nobody has to act: `worker status` has no finding")


def _clock(ahead_s: float) -> Iterator[CheckResult]:
    """Nothing of ours depends on this machine's clock, but AWS refuses what is signed five minutes from its own."""
    if abs(ahead_s) > ACCEPTABLE_SKEW_S:
        which = "ahead of" if ahead_s > 0 else "behind"
        yield CheckResult(
            None if abs(ahead_s) < REFUSED_SKEW_S else False,
            f"this machine's clock is {abs(ahead_s):.0f} s {which} the ledger's; from {REFUSED_SKEW_S:.0f} s on AWS "
            "refuses what it signs",
        )


def _catalogue(_settings: Settings) -> Iterator[CheckResult]:
    catalogue, _ = read_catalogue()
    catalogue.names.check()
    yield CheckResult(True, f"{len(catalogue.roles)} roles, {len(catalogue.tasks)} tasks, version {catalogue.version}")
    if overdue := to_look_at_again(catalogue, datetime.now(UTC).date()):
        yield CheckResult(
            None,
            f"{len(overdue)} statements on AI and work are to be looked at again, first {overdue[0]}; `worker roles "
            "--check` lists them. Reports leave out what is 180 days past its day",
        )


def _links(settings: Settings) -> Iterator[CheckResult]:
    if settings.service_url is None:
        yield CheckResult(
            None,
            "WORKER_SERVICE_URL is not set: unsubscribe and report links lead to WORKER_PUBLIC_URL, so the website "
            "must pass /unsubscribe/, /report/ and /static/ on to `worker serve`",
        )
    else:
        yield from check_service(settings.service_url)


def _templates(settings: Settings) -> Iterator[CheckResult]:
    theme = read_theme(settings)
    yield CheckResult(True, f"theme {theme.name}: every pair of colours can be read")
    notes = check_letter_templates(settings, theme)
    yield CheckResult(True, "letters can be made from the templates: `worker templates check` says more")
    yield from (CheckResult(None, note) for note in notes)
