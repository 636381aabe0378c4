"""CPU of a letter: the worker, its stages and its rivals over bare boto3 calls, all in turn within one run."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.child import BenchError, Child, write_letters
from tests.bench.mix import Mix, reader_of
from tests.bench.results import Line, Results
from tests.bench.stages import COMPOSING, DELIVERING, LINT, RECEIVE
from tests.bench.throwaway_environment import throwaway_environment
from tests.bench.worker_run import WorkerRun, worker_run
from tests.bench.world import Installation, World, aws_environment
from worker.boot.core import CoreServices
from worker.delivery.composer import Composed

LEDGERS = {"sqlite": 2.5, "postgresql": 3.0}
"""Kinds of ledgers, and the bar of each: CPU of a letter in bare calls."""
COMPOSE_BAR = 0.6
POST_OFFICE_BAR = 2.0
USUAL_BAR = 6.0
READY_LETTERS = 50
WARM_UP_ROUNDS = 5
"""The first letters of a title cost more than the next, and a worker in production lives for days."""
USUAL_SHARE = 5  # of all letters one in so many: the usual pipeline is slow

BARE, FLOOR, USUAL, POST_OFFICE = "bare", "floor", "usual", "post_office"
Measure = Callable[[int], Mapping[str, float]]
"""CPU seconds of a letter, by what they are spent on, over so many letters."""


def per_letter(world: World, *, rounds: int, letters: int, rivals: bool) -> Results:
    """Take `rounds` of each measure in turn, `letters` each, after a longer one to warm up; medians of ratios.

    Raises BenchError.
    """
    results = Results()
    taken: defaultdict[str, list[float]] = defaultdict(list)
    with contextlib.ExitStack() as running:
        bare, measures = _measures(world, running, results, rivals=rivals)
        for number in range(rounds + 1):
            calls = [bare.spend(letters)[BARE]]
            each = letters if number else letters * WARM_UP_ROUNDS
            spent = {name: seconds for measure in measures for name, seconds in measure(each).items()}
            calls.append(bare.spend(letters)[BARE])  # before and after, as the machine changes
            if number:
                for name, seconds in spent.items():
                    taken[name].append(seconds / statistics.mean(calls))
            sys.stderr.write(f"round {number} of {rounds}\n")
    results.rounds = dict(taken)
    results.each = {name: statistics.median(ratios) for name, ratios in taken.items()}
    _judge(results)
    return results


def _measures(
    world: World, running: contextlib.ExitStack, results: Results, *, rivals: bool
) -> tuple[Child, list[Measure]]:
    stages = {
        ledger: running.enter_context(contextlib.closing(stages_of(world.install(f"stages-{ledger}", ledger))))
        for ledger in LEDGERS
    }
    runs = {ledger: running.enter_context(worker_run(world.install(ledger, ledger))) for ledger in LEDGERS}
    ready = world.home / "letters.jsonl"
    write_letters(ready, list(_ready_letters(runs["sqlite"].core)))
    rivals_environment = aws_environment(world.ses.url)

    def program(name: str, *arguments: str | Path, python: str | Path = sys.executable) -> Child:
        child = Child([python, "-m", f"tests.bench.{name}", *arguments], rivals_environment, world.home / f"{name}.log")
        return running.enter_context(contextlib.closing(child))

    measures = [_drain(ledger, run) for ledger, run in runs.items()]
    measures += [_each(ledger, child) for ledger, child in stages.items()]
    for ledger in LEDGERS:
        installation = world.install(f"{FLOOR}-{ledger}", ledger)
        measures.append(_each(ledger, running.enter_context(contextlib.closing(_floor(installation, ready)))))
    if rivals:
        usual = program("usual", ready, world.redis_url)
        measures.append(lambda letters: usual.spend(max(10, letters // USUAL_SHARE)))
        try:
            programs = throwaway_environment(world.home / "django", "django-post_office", "django-ses")
        except BenchError as error:
            results.notes.append(f"not measured: django-post_office. {error}")
        else:
            django = program("post_office", ready, world.home, python=programs / "python")
            measures.append(django.spend)
    return program("bare", ready), measures


def stages_of(installation: Installation) -> Child:
    """The program that measures stages, on this installation."""
    command = [sys.executable, "-m", "tests.bench.stages"]
    return Child(command, installation.environment, installation.home / "stages.log")


def _floor(installation: Installation, ready: Path) -> Child:
    database_url = installation.environment["DATABASE_URL"]
    command: list[str | Path] = [sys.executable, "-m", "tests.bench.floor", ready, installation.redis_url, database_url]
    return Child(command, installation.environment, installation.home / "floor.log")


def _drain(ledger: str, run: WorkerRun) -> Measure:
    mix, numbers = Mix(run.core.catalogue), itertools.count()

    def drain(letters: int) -> Mapping[str, float]:
        run.owe(mix.signups(letters, name=f"drain{next(numbers)}"))
        return {f"worker, {ledger}": run.drain()}

    return drain


def _each(ledger: str, program: Child) -> Measure:
    """What a program measures, with the kind of its ledger."""

    def spend(letters: int) -> Mapping[str, float]:
        return {f"{name}, {ledger}": seconds for name, seconds in program.spend(letters).items()}

    return spend


def _ready_letters(core: CoreServices) -> Iterator[dict[str, object]]:
    """Letters of the mix, ready to send."""
    for signup in Mix(core.catalogue).signups(READY_LETTERS, name="ready"):
        reader = reader_of(signup, core.matcher)
        composed = core.composer.compose(reader, attempt_id="0" * 32, date=datetime.now(UTC))
        assert isinstance(composed, Composed), composed
        letter = composed.letter
        yield {
            "recipient": letter.recipient, "subject": letter.subject, "html": letter.html, "text": letter.text,
            "message": letter.message,
        }  # fmt: skip


def _judge(results: Results) -> None:
    each, lines = results.each, results.lines
    for ledger, bar in LEDGERS.items():
        whole = each[f"worker, {ledger}"]
        lines.append(Line(f"worker run, {ledger} / bare send_email", whole, bar))
        stages = {stage: each[f"{stage}, {ledger}"] for stage in DELIVERING}
        results.stages[ledger] = {
            **stages,
            "unexplained": whole - sum(stages.values()),
            "whole": whole,
            "before: receive": each[f"{RECEIVE}, {ledger}"],
            "the floor": each[f"{FLOOR}, {ledger}"],
        }
    composing = statistics.mean(sum(each[f"{stage}, {ledger}"] for stage in COMPOSING) for ledger in LEDGERS)
    lines.append(Line("compose and lint / bare send_email", composing, COMPOSE_BAR))
    lint = statistics.mean(each[f"{LINT}, {ledger}"] for ledger in LEDGERS)
    lines.append(Line("lint alone / bare send_email", lint))
    for name, rival, bar in (
        ("django-post_office with django-ses", POST_OFFICE, POST_OFFICE_BAR),
        ("usual pipeline", USUAL, USUAL_BAR),
    ):
        if rival in each:
            lines.append(Line(f"{name} / worker run", each[rival] / each["worker, sqlite"], bar, at_least=True))
