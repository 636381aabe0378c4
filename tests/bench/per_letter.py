"""CPU of a letter: the worker, its stages and its rivals over bare boto3 calls, all in turn within one run."""

from __future__ import annotations

import contextlib
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.child import ROOT, Child, write_letters
from tests.bench.django_environment import django_python
from tests.bench.mix import Mix, reader_of
from tests.bench.results import Line, Results
from tests.bench.worker_run import WorkerRun, worker_run
from tests.bench.world import World, aws_environment
from worker.boot.core import CoreServices
from worker.delivery.composer import Composed

LEDGERS = {"sqlite": 2.5, "postgresql": 3.0}
"""Kinds of ledgers, and the bar of each: CPU of a letter in bare calls."""
COMPOSE_BAR = 0.6
POST_OFFICE_BAR = 2.0
USUAL_BAR = 6.0
READY_LETTERS = 50
DELIVERING = ("compose", "ledger", "witness", "pace", "post", "hop")
"""The stages between message and recorded result; their sum should be the whole."""

Measure = Callable[[], float]


def per_letter(world: World, *, rounds: int, letters: int, rivals: bool) -> Results:
    """Take `rounds` of each measure in turn, `letters` each, after one round to warm up; medians of ratios."""
    results = Results()
    with contextlib.ExitStack() as running:
        measures = _measures(world, running, results, letters=letters, rivals=rivals)
        taken: dict[str, list[float]] = {name: [] for name in measures}
        for number in range(rounds + 1):
            bare = [measures["bare"]()]
            others = {name: measure() for name, measure in measures.items() if name != "bare"}
            bare.append(measures["bare"]())  # before and after, as the machine changes
            if number:
                for name, seconds in others.items():
                    taken[name].append(seconds / statistics.mean(bare))
                sys.stderr.write(".")
            sys.stderr.flush()
        sys.stderr.write("\n")
    taken["bare"] = [1.0]
    results.each = {name: statistics.median(ratios) for name, ratios in taken.items()}
    _judge(results)
    return results


def _measures(
    world: World, running: contextlib.ExitStack, results: Results, *, letters: int, rivals: bool
) -> dict[str, Measure]:
    runs = {ledger: running.enter_context(worker_run(world.install(ledger, ledger))) for ledger in LEDGERS}
    ready = world.home / "letters.jsonl"
    write_letters(ready, list(_ready_letters(runs["sqlite"].core)))
    environment = aws_environment(world.ses.url)

    def program(name: str, *arguments: str | Path, python: str | Path = sys.executable) -> Child:
        module = ["-m", f"tests.bench.{name}"] if python == sys.executable else [ROOT / "tests/bench" / f"{name}.py"]
        child = Child([python, *module, *arguments], environment, world.home / f"{name}.log")
        return running.enter_context(contextlib.closing(child))

    bare = program("bare", ready)
    measures: dict[str, Measure] = {"bare": lambda: bare.cpu_s("send", letters)}
    for ledger, run in runs.items():
        measures[f"worker, {ledger}"] = _drain(run, Mix(run.core.catalogue), letters)
    for ledger in LEDGERS:
        installation = world.install(f"stages-{ledger}", ledger)
        command = [sys.executable, "-m", "tests.bench.stages"]
        child = running.enter_context(
            contextlib.closing(Child(command, installation.environment, installation.home / "stages.log"))
        )
        for stage in (*DELIVERING, "receive", *(("lint",) if ledger == "sqlite" else ())):
            measures[f"{stage}, {ledger}"] = lambda child=child, stage=stage: child.cpu_s(stage, letters)  # type: ignore[misc]
    if rivals:
        usual = program("usual", ready, world.redis_url)
        measures["usual pipeline"] = lambda: usual.cpu_s("drain", max(10, letters // 5))
        python = django_python(world.home)
        if python is None:
            results.notes.append("django-post_office was skipped: pip could not install it")
        else:
            django = program("post_office", ready, world.home, python=python)
            measures["django-post_office"] = lambda: django.cpu_s("drain", letters)
    return measures


def _drain(run: WorkerRun, mix: Mix, letters: int) -> Measure:
    names = iter(f"drain{number}" for number in range(10**6))

    def drain() -> float:
        run.owe(mix.signups(letters, name=next(names)))
        return run.drain()

    return drain


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
            "before: receive": each[f"receive, {ledger}"],
        }
    composing = statistics.mean(each[f"compose, {ledger}"] for ledger in LEDGERS)
    lines.append(Line("compose and lint / bare send_email", composing, COMPOSE_BAR))
    lines.append(Line("lint alone / bare send_email", each["lint, sqlite"]))
    if "django-post_office" in each:
        ratio = each["django-post_office"] / each["worker, sqlite"]
        lines.append(Line("django-post_office with django-ses / worker run", ratio, POST_OFFICE_BAR, at_least=True))
    if "usual pipeline" in each:
        ratio = each["usual pipeline"] / each["worker, sqlite"]
        lines.append(Line("usual pipeline / worker run", ratio, USUAL_BAR, at_least=True))
