"""A soak: thousands of signups under a random schedule of faults, by seed; then the promise is checked.

    scripts/soak --seed 1 --signups 5000 --faults 40 --database postgresql

Real worker processes, a real Redis, a real database and an SES that misbehaves. The same seed gives the same signups,
answers of SES and faults, in the same order; what they meet in full flight is as random as life.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.faults.promise import assert_promise_kept
from tests.faults.soak_faults import Soak, event_about
from tests.faults.soak_world import made_world
from worker.errors import LedgerUnavailable
from worker.ledger import pauses
from worker.ledger.lifecycle import ReportState
from worker.ledger.status import conservation
from worker.logs import configure_logs
from worker.setting_types import LogFormat

QUIET_TIMEOUT_S = 600.0


def run(*, seed: int, signups: int, faults: int, database: str) -> None:
    """One soak; raises AssertionError where the promise is broken."""
    began = time.monotonic()
    with made_world(database) as world:
        soak = Soak(world, seed)
        due = {round((step + 1) * signups / (faults + 1)) for step in range(faults)}
        soak.keep_two_workers()
        for number in range(signups):
            soak.sign_up()
            if number in due:
                soak.inject()
                soak.keep_two_workers()
                soak.let_it_go_on()
                letters, injected = len(world.installation.ses.accepted), sum(soak.injected.values())
                _say(f"{number:6} signups, {letters:6} letters, {injected} faults")
        world.installation.ses.script.queue.clear()
        _quieten(soak)
        _judge(soak, time.monotonic() - began)


def _quieten(soak: Soak) -> None:
    """Until nothing is left to do, and nothing is paused."""
    deadline = time.monotonic() + QUIET_TIMEOUT_S
    while not soak.settled() or _paused(soak):
        assert time.monotonic() < deadline, soak.installation.described()
        soak.keep_two_workers()
        soak.let_it_go_on()
        time.sleep(1)


def _paused(soak: Soak) -> bool:
    try:
        with soak.installation.services.core.ledger.read() as tx:
            return pauses.current_pause(tx) is not None
    except LedgerUnavailable:
        return True


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _states(soak: Soak) -> dict[ReportState, int]:
    with soak.installation.services.core.ledger.read() as tx:
        return {state: count for state, count in conservation(tx).states.items() if count}


def _unknown(states: dict[ReportState, int]) -> int:
    return states.get(ReportState.UNKNOWN, 0)


def _judge(soak: Soak, seconds: float) -> None:
    """The promise; then SES's events about every letter, which leave unknown only what SES never had."""
    ledger, accepted, signups = soak.installation.services.core.ledger, soak.installation.ses.accepted, len(soak.names)
    _say(f"{signups} signups, {sum(soak.injected.values())} faults in {seconds:.0f} s: {dict(soak.injected)}")
    before = _states(soak)
    _say(f"letters {len(accepted)}, states {before}, unknown {_unknown(before) / signups:.2%}")
    soak.feed([event_about(message, kind) for message in accepted for kind in ("Send", "Delivery")])
    deadline = time.monotonic() + 60  # placeholders wait for the ids that the events bring
    while _unknown(_states(soak)) > signups - len(accepted) and time.monotonic() < deadline:
        time.sleep(0.5)
    _quieten(soak)
    states = _states(soak)
    unknown = _unknown(states)
    _say(f"after SES's events: states {states}, unknown {unknown / signups:.2%}")
    assert_promise_kept(ledger, accepted, signups=signups)
    assert states.keys() <= {ReportState.SENT, ReportState.UNKNOWN}, "a report neither sent nor unknown"
    # In the hands of a worker that is killed, frozen or cut off there are at most as many as it has threads.
    struck = sum(count for name, count in soak.injected.items() if not name.startswith("fault_ses_"))
    assert _unknown(before) <= soak.ambiguous + 8 * struck + _lost(soak), "unknown for no reason"
    assert unknown == signups - len(accepted), "an event about each letter leaves unknown what SES never accepted"
    soak.resolve_unknown()
    _quieten(soak)
    assert_promise_kept(ledger, accepted, signups=signups)
    assert _states(soak) == {ReportState.SENT: signups}, "an operator's decision leaves each with a letter"
    _say("the promise held")


def _lost(soak: Soak) -> int:
    """The most reports that losses of commits may have made unknown: declared so, or found by the witness."""
    return soak.declared_unknown + soak.lost_letters


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signups", type=int, default=5000)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    configure_logs("ERROR", LogFormat.CONSOLE)
    try:
        run(seed=options.seed, signups=options.signups, faults=options.faults, database=options.database)
    except AssertionError as broken:
        sys.exit(f"seed {options.seed}: {broken}")


if __name__ == "__main__":
    main()
