"""The product's own code in a simulated world: whatever happens, nobody gets a second letter and nobody is lost."""

from collections.abc import Iterator

import pytest

from tests.parts.postgres_server import PostgresServer
from tests.simulation.choices import RecordedChoices
from tests.simulation.ledgers import PostgresStore
from tests.simulation.parts import Parts, made_once
from tests.simulation.shrinking import Shrinker
from tests.simulation.simulation import LONG_S, Result, Simulation, of_choices, of_seed
from tests.simulation.variants import PRODUCT, UNSAFE
from worker.ledger import pauses

FEW = 10
MANY = 100
SEEDS_TO_FIND_A_VARIANT = 3000  # the rarest stories are told once in some hundreds of seeds
QUICKLY_FOUND = {"SDK retry": 60, "unknown resent": 60}


@pytest.fixture(scope="module")
def parts(_redis_server: str) -> Iterator[Parts]:
    with made_once(_redis_server) as made:
        yield made


@pytest.fixture(scope="module")
def parts_on_postgresql(_redis_server: str, postgres: PostgresServer) -> Iterator[Parts]:
    name = postgres.create_database()
    store = PostgresStore(postgres.url(name))
    with made_once(_redis_server, store) as made:
        yield made
    store.engine.dispose()
    postgres.drop_database(name)


def broken(parts: Parts, seeds: int) -> dict[int, str]:
    """The seeds that find something, and what."""
    results = ((seed, of_seed(seed, parts)) for seed in range(seeds))
    return {seed: str(result.violation) for seed, result in results if result.violation is not None}


def failing(parts: Parts, variant: str, *, seeds: int) -> Result:
    """The run of the first seed that finds this unsafe variant."""
    for seed in range(seeds):
        result = of_seed(seed, parts, UNSAFE[variant])
        if result.violation is not None and result.violation.kind == "two letters":
            return result
    raise AssertionError(f"{seeds} seeds do not find {variant!r}")


@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_the_promise_holds(parts, seeds):
    assert broken(parts, seeds) == {}, "scripts/soak --simulate SEED shows how"


@pytest.mark.parametrize("seeds", [1, pytest.param(MANY // 4, marks=pytest.mark.long)])
def test_the_promise_holds_on_postgresql(parts_on_postgresql, seeds):
    assert broken(parts_on_postgresql, seeds) == {}, "scripts/soak --simulate SEED --database postgresql shows how"


def test_in_a_long_time_every_worker_looks_whether_the_ledger_went_back(parts):
    simulation = Simulation.made(RecordedChoices([]), parts, PRODUCT)
    simulation.troubles.make_snapshot()
    simulation.pass_time(LONG_S + 1)
    simulation.troubles.go_back()
    simulation.pass_time(LONG_S + 1)
    with simulation.actors.ledger.read() as tx:
        pause = pauses.current_pause(tx)
    assert pause is not None
    assert pause.holder == pauses.RESTORE


def test_the_same_seed_gives_the_same_trace(parts):
    first, again = of_seed(3, parts), of_seed(3, parts)
    assert len(first.trace) > 10
    assert first.trace == again.trace
    assert of_choices(first.choices, parts).trace == first.trace


@pytest.mark.parametrize("variant", ["unknown resent", pytest.param("SDK retry", marks=pytest.mark.long)])
def test_an_unsafe_variant_is_found_and_its_run_shrunk(parts, variant):
    found = failing(parts, variant, seeds=QUICKLY_FOUND[variant])
    shrunk = Shrinker(lambda choices: of_choices(choices, parts, UNSAFE[variant]), found, max_runs=120).shrink()
    assert shrunk.violation is not None
    assert shrunk.violation.kind == "two letters"
    assert len(shrunk.choices) < len(found.choices) / 2
    assert of_choices(shrunk.choices, parts, UNSAFE[variant]).trace == shrunk.trace
    assert of_choices(shrunk.choices, parts).violation is None, "the product itself is not hurt by that"


@pytest.mark.long
@pytest.mark.parametrize("variant", sorted(set(UNSAFE) - set(QUICKLY_FOUND)))
def test_every_unsafe_variant_is_found(parts, variant):
    failing(parts, variant, seeds=SEEDS_TO_FIND_A_VARIANT)
