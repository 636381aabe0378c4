"""`scripts/soak --simulate 1..5000`: simulations of many seeds; the first that fails is shrunk and printed."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.parts.postgres_server import postgres_server
from tests.parts.redis_server import redis_server
from tests.simulation.ledgers import PostgresStore
from tests.simulation.parts import Parts, made_once
from tests.simulation.shrinking import Shrinker
from tests.simulation.simulation import Result, of_choices, of_seed
from tests.simulation.variants import PRODUCT, UNSAFE, Variant

PROGRESS_EACH = 100  # seeds


def parse_seeds(text: str) -> range:
    """`1..5000`, both included, or one seed. Raises argparse.ArgumentTypeError."""
    first, _, last = text.partition("..")
    if not first.isdigit() or not (last or first).isdigit():
        raise argparse.ArgumentTypeError("expected SEED or SEED..SEED")
    return range(int(first), int(last or first) + 1)


def main() -> int:
    """The command line; returns the exit code: 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="scripts/soak --simulate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("seeds", type=parse_seeds, metavar="SEED..SEED", help="one seed prints its whole trace")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--variant", choices=list(UNSAFE), help="an unsafe variant instead of the product")
    parser.add_argument("--choices", type=_numbers, help="play these choices instead of those of a seed: 4,0,12")
    options = parser.parse_args()
    variant = PRODUCT if options.variant is None else UNSAFE[options.variant]
    with _parts(options.database) as parts:
        if options.choices is None and len(options.seeds) > 1:
            return _run_seeds(options.seeds, parts, variant)
        alone = options.choices is None
        result = of_seed(options.seeds[0], parts, variant) if alone else of_choices(options.choices, parts, variant)
        if result.violation is not None and alone:
            result = _shrunk(result, parts, variant)
        _print_run(result)
        return 1 if result.violation else 0


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def _run_seeds(seeds: range, parts: Parts, variant: Variant) -> int:
    began = time.process_time()
    faults: Counter[str] = Counter()
    states: Counter[str] = Counter()
    letters = 0
    for number, seed in enumerate(seeds, 1):
        result = of_seed(seed, parts, variant)
        faults += result.faults
        states.update(result.states)
        letters += result.letters
        if result.violation is not None:
            _say(f"seed {seed} fails after {number} seeds: {result.violation}")
            _print_run(_shrunk(result, parts, variant))
            return 1
        if number % PROGRESS_EACH == 0:
            seconds = time.process_time() - began
            speed = f"{number / seconds:.1f} seeds per CPU second"
            _say(f"{number:6} seeds, {letters:6} letters, {sum(faults.values()):6} faults, {speed}")
    _say(f"{len(seeds)} seeds, {letters} letters, reports at rest: {dict(states.most_common())}")
    _say(f"unknown: {states['unknown'] / max(1, sum(states.values())):.1%} of the reports")
    for name, count in faults.most_common():
        _say(f"{count:8} {name}")
    _say("the promise held")
    return 0


def _shrunk(result: Result, parts: Parts, variant: Variant) -> Result:
    _say(f"shrinking {len(result.choices)} choices")
    shrinker = Shrinker(
        lambda choices: of_choices(choices, parts, variant), result,
        on_progress=lambda best: _say(f"  {len(best.choices)} choices") if len(best.choices) % 10 == 0 else None,
    )  # fmt: skip
    return shrinker.shrink()


def _print_run(result: Result) -> None:
    for line in result.trace:
        _say(str(line))
    _say(f"choices: {','.join(map(str, result.choices))}")
    _say(str(result.violation or "everything held"))


@contextlib.contextmanager
def _parts(database: str) -> Iterator[Parts]:
    with contextlib.ExitStack() as stack:
        store = None
        if database == "postgresql":
            server = stack.enter_context(postgres_server())
            store = PostgresStore(server.url(server.create_database()))
        yield stack.enter_context(made_once(stack.enter_context(redis_server()), store))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
