"""The verdict as a terminal shows it: first whether somebody must act, then each finding with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.markup import escape

from worker.cli.console import counted, stdout
from worker.findings import Finding, Severity, Verdict
from worker.times import duration, timestamp

STYLES = {Severity.ACT: "bold red", Severity.LOOK: "yellow", Severity.WAIT: "cyan"}


def print_verdict(verdict: Verdict, now: datetime | None) -> None:
    """Print the verdict, then what to do. `now` is the ledger's clock, where that is known."""
    stdout.print(headline(verdict), soft_wrap=True)
    for finding in verdict.findings:
        stdout.print(f"\n[{STYLES[finding.severity]}]{escape(finding.what)}[/]", soft_wrap=True)
        for name, text in _lines(finding, now):
            stdout.print(f"  {name:<6} {escape(text)}", soft_wrap=True)


def headline(verdict: Verdict) -> str:
    """One line in rich markup: whether somebody must act."""
    counts = [(severity, len(verdict.having(severity))) for severity in Severity]
    acts, looks, waits = (count for _, count in counts)
    if acts:
        return (
            f"[bold red]ACT NOW[/]: {counted(acts, 'finding')}, {looks + waits} more"
            if looks + waits
            else (f"[bold red]ACT NOW[/]: {counted(acts, 'finding')}")
        )
    if looks:
        return f"[yellow]Nothing to do now[/]; {counted(looks, 'finding')} to look at during working hours"
    if waits:
        return f"[cyan]Nothing to do[/]: {counted(waits, 'finding')}, which ends by itself"
    return "[green]All is well.[/]"


def _lines(finding: Finding, now: datetime | None) -> Iterator[tuple[str, str]]:
    if finding.since is not None:
        ago = f", {duration((now - finding.since).total_seconds())} ago" if now is not None else ""
        yield "since", f"{timestamp(finding.since)} UTC{ago}"
    yield "why", finding.why
    if finding.command is not None:
        yield "do", finding.command
    if finding.ends is not None:
        at = f", at {timestamp(finding.ends_at)} UTC" if finding.ends_at is not None else ""
        yield "ends", f"by itself {finding.ends}{at}"
