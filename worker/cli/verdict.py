"""The verdict as a terminal shows it: first whether somebody must act, then each finding with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.markup import escape

from worker.cli.console import stdout
from worker.findings import Finding, Severity, Verdict
from worker.times import duration, timestamp

STYLES = {Severity.ACT: "bold red", Severity.LOOK: "yellow", Severity.WAIT: "cyan"}


def print_verdict(verdict: Verdict, now: datetime | None) -> None:
    """Print the verdict, then what to do. `now` is the ledger's clock, where that is known."""
    style = STYLES[verdict.findings[0].severity] if verdict.findings else "green"
    stdout.print(f"[{style}]{escape(verdict.headline)}[/]", soft_wrap=True, highlight=False)
    for finding in verdict.findings:
        tag = f"{finding.severity:<5}"
        stdout.print(f"\n[{STYLES[finding.severity]}]{tag} {escape(finding.what)}[/]", soft_wrap=True, highlight=False)
        for name, text in _lines(finding, now):
            stdout.print(f"      {name:<6} {escape(text)}", soft_wrap=True, highlight=False)


def _lines(finding: Finding, now: datetime | None) -> Iterator[tuple[str, str]]:
    if finding.command is not None:
        yield "do", finding.command
    yield "why", finding.why
    if finding.since is not None:
        ago = f", {duration((now - finding.since).total_seconds())} ago" if now is not None else ""
        yield "since", f"{timestamp(finding.since)} UTC{ago}"
    if finding.ends is not None:
        at = f", at {timestamp(finding.ends_at)} UTC" if finding.ends_at is not None else ""
        yield "ends", f"by itself {finding.ends}{at}"
    yield "more", f"docs/operations.md#{finding.alarm}"
