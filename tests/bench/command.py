"""The command line of scripts/bench."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

import structlog

from tests.bench import over_time
from tests.bench.catalogue_loading import loading
from tests.bench.per_letter import per_letter
from tests.bench.results import Results
from tests.bench.world import world


def main(description: str) -> int:
    """Measure, print, judge; the exit code."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two rounds of 100 letters, without the rivals")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--letters", type=int, default=400, help="letters of each measure in each round")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--drain", action="store_true")
    parser.add_argument("--loading", action="store_true")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all servers are ended
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    rounds, letters = (2, 100) if asked.quick else (asked.rounds, asked.letters)
    with world() as servers:
        results: Results = per_letter(servers, rounds=rounds, letters=letters, rivals=not asked.quick)
        if asked.memory:
            results.lines.append(over_time.memory(servers))
        if asked.drain:
            results.lines.append(over_time.drain(servers))
    if asked.loading:
        results.lines.append(loading())
    print(results.table())  # noqa: T201
    if asked.json:
        results.write(asked.json)
    return 0 if all(line.met for line in results.lines) else 1
