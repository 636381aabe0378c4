"""The command line of scripts/bench."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

import structlog

from tests.bench.catalogue_loading import loading
from tests.bench.child import BenchError
from tests.bench.commands import commands
from tests.bench.latency import latency
from tests.bench.over_time import drain, memory
from tests.bench.per_letter import per_letter
from tests.bench.profiling import profile
from tests.bench.results import Results
from tests.bench.world import world

ROUNDS, LETTERS = 7, 300
QUICK_ROUNDS, QUICK_LETTERS = 2, 100


def main(description: str) -> int:
    """Measure, print, judge; the exit code."""
    asked = _asked(description)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all servers are ended
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        results = _measure(asked)
    except BenchError as error:
        sys.stderr.write(f"scripts/bench: {error}\n")
        return 2
    return 0 if all(line.met for line in results.lines) else 1


def _asked(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    quick = f"{QUICK_ROUNDS} rounds of {QUICK_LETTERS} letters, without the rivals"
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--rounds", type=int, help=f"instead of {ROUNDS}")
    parser.add_argument("--letters", type=int, help=f"letters of each measure in each round, instead of {LETTERS}")
    for name in ("memory", "drain", "latency", "loading"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="also sample a worker on each kind of ledger")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to this file")
    asked = parser.parse_args()
    usual = (QUICK_ROUNDS, QUICK_LETTERS) if asked.quick else (ROUNDS, LETTERS)
    asked.rounds, asked.letters = asked.rounds or usual[0], asked.letters or usual[1]
    if asked.rounds < 1 or asked.letters < 1:
        parser.error("--rounds and --letters are 1 at least")
    return asked


def _measure(asked: argparse.Namespace) -> Results:
    """All that was asked for; what is known is kept after each part, as a whole run takes long."""
    with world() as servers:
        results = per_letter(servers, rounds=asked.rounds, letters=asked.letters, rivals=not asked.quick)
        parts = (
            (True, lambda: None),  # so that the letters' figures are kept before anything else is measured
            (True, lambda: results.lines.extend(commands(asked.rounds))),
            (asked.latency, lambda: latency(servers, results)),
            (asked.memory, lambda: memory(servers, results)),
            (asked.drain, lambda: drain(servers, results)),
            (asked.loading, lambda: results.lines.append(loading())),
            (asked.profile, lambda: profile(servers, asked.profile, letters=asked.letters)),
        )
        for wanted, part in parts:
            if wanted:
                part()
            if asked.json:
                results.write(asked.json)
    print(results.table())  # noqa: T201
    return results
