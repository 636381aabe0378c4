"""Findings on the machines that workers run on: results that wait there, and the disk that keeps them."""

from __future__ import annotations

from collections.abc import Iterator

from worker.findings import Alarm, Finding, Severity
from worker.ledger.heartbeats import Process
from worker.operations.health.facts import Facts

NEARLY_FULL_BYTES = 256 * 1024 * 1024
LITTLE_LEFT = 0.05  # share of the disk


def findings(facts: Facts) -> Iterator[Finding]:
    """All of them."""
    machines = _latest_by_host(facts.processes)
    yield from _spooled(machines, facts)
    for process in machines.values():
        if process.condition.results_lost:
            yield _lost(process)
        if process.lives(facts.now):
            yield from _disk(process)


def _latest_by_host(processes: tuple[Process, ...]) -> dict[str, Process]:
    """The latest heartbeat of each machine; a process that refused to start gives none."""
    latest: dict[str, Process] = {}
    for process in processes:  # the latest heartbeat first
        if process.refusal is None and process.condition.disk_size_bytes is not None:
            latest.setdefault(process.host, process)
    return latest


def _spooled(machines: dict[str, Process], facts: Facts) -> Iterator[Finding]:
    waiting = {host: process for host, process in machines.items() if process.condition.spooled}
    count = sum(process.condition.spooled for process in waiting.values())
    if not waiting and not facts.spooled_here:
        return
    written_back = bool(waiting) and all(process.lives(facts.now) for process in waiting.values())
    where = ", ".join(waiting) or "this machine"
    yield Finding(
        alarm=Alarm.RESULT_SPOOLED,
        severity=Severity.WAIT if written_back else Severity.LOOK,
        what="Results of sends wait on a spool for the ledger.",
        why=f"the ledger was away right after a POST; results: {count or facts.spooled_here}, on {where}",
        command=None if written_back else "start `worker run` on that machine, with the same WORKER_STATE_DIR",
        since=None,
        ends="with the next sweep on that machine",
    )


def _lost(process: Process) -> Finding:
    return Finding(
        alarm=Alarm.RESULT_LOST,
        severity=Severity.LOOK,
        what="The result of a send was neither recorded nor spooled: ledger and disk were away at once.",
        why=f"{process.name} counts {process.condition.results_lost} since its start",
        command="find `result neither recorded nor spooled` in its log; decide with it in `worker resolve`",
        ends="where SES's event settles the report",
    )


def _disk(process: Process) -> Iterator[Finding]:
    free, size = process.condition.disk_free_bytes, process.condition.disk_size_bytes
    if free is None or not size or (free >= NEARLY_FULL_BYTES and free / size >= LITTLE_LEFT):
        return
    yield Finding(
        alarm=Alarm.DISK_NEARLY_FULL,
        severity=Severity.ACT if free < NEARLY_FULL_BYTES else Severity.LOOK,
        what=f"The disk of {process.host} is nearly full.",
        why=f"{free / 1e6:,.0f} MB of {size / 1e9:,.1f} GB are free under WORKER_STATE_DIR, for results on the spool",
        command="free some space, or enlarge the volume",
    )
