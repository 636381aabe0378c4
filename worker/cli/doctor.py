"""`worker doctor`: everything that must be right before a letter can leave, each checked for real."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated

import redis
import typer
from rich.markup import escape

from worker.boot.core import check_letter_templates, read_catalogue, read_theme
from worker.check_results import CheckResult
from worker.cli.console import Format, print_rows, stdout
from worker.cli.resources import settings_for_command
from worker.cli.services import opened_redis
from worker.errors import QueueUnavailable, WorkerError
from worker.ledger.installation import read_installation
from worker.ledger.revision import current_revision, require_migrated
from worker.ledger.store import Ledger, database_now, open_ledger
from worker.mailers.registry import mailer_module
from worker.operations.installation import why_not_ours
from worker.operations.reachable_links import check_service
from worker.redis_owner import RedisOwner, refuse_cluster, refuse_other_ledger
from worker.redis_queues import open_redis
from worker.report.quality import to_look_at_again
from worker.settings import EMBEDDED_REDIS, Settings

ACCEPTABLE_SKEW_S = 30.0
REFUSED_SKEW_S = 300.0  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-signing.html


Check = Callable[[Settings], Iterator[CheckResult]]


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check everything that sending needs, and say what to fix.

    Checks Redis, ledger, catalogue, templates, links and mailer; with WORKER_MAILER=ses also the SES account: sandbox,
    quota, identity, configuration set. Changes nothing.

    Exit codes: 0 all checks pass, 1 a check fails.

    Example: `worker doctor`
    """
    settings = settings_for_command()
    checks: dict[str, Check] = {"redis": _redis, "ledger": _ledger, "catalogue": _catalogue, "templates": _templates}
    checks["links"] = _links
    checks["mailer"] = mailer_module(settings).check
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


def _redis(settings: Settings) -> Iterator[CheckResult]:
    with opened_redis(settings) as url:
        client = open_redis(url)
        try:
            refuse_cluster(client)
            server, memory = client.info("server"), client.info("memory")
            persistence = client.info("persistence")
        except (redis.RedisError, OSError) as error:
            yield CheckResult(False, f"REDIS_URL: does not answer: {type(error).__name__}")
            return
        finally:
            client.close()
    where = "embedded" if settings.redis_url == EMBEDDED_REDIS else "given"
    yield CheckResult(True, f"Redis {server['redis_version']} answers ({where})")
    if not persistence.get("aof_enabled"):
        yield CheckResult(None, "appendonly is off: queued signups not yet received would be lost with Redis")
    policy = memory.get("maxmemory_policy")
    if policy != "noeviction":
        yield CheckResult(None, f"maxmemory-policy is {policy}: queued signups may be evicted; use noeviction")


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
        require_migrated(ledger)
        yield CheckResult(True, f"{ledger.engine.dialect.name} at schema revision {current_revision(ledger)}")
        if (why := why_not_ours(ledger, settings, sends=True)) is not None:
            yield CheckResult(False, why)
        with ledger.read() as tx:
            yield from _clock((datetime.now(UTC) - database_now(tx)).total_seconds())
        _refuse_other_redis(ledger, settings)
    finally:
        ledger.close()


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
