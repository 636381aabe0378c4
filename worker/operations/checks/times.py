"""Whether times that depend on each other fit together."""

from __future__ import annotations

from collections.abc import Iterator

from worker.check_results import CheckResult
from worker.mailers.pacing import MAX_WAIT_S
from worker.settings import Settings

LEAST_CLAIM_LEASE_S = MAX_WAIT_S + 5.0  # composing the letter, and the intent's commit


def check_times(settings: Settings) -> Iterator[CheckResult]:
    """Look at the lease of a claim. Yields nothing where letters reach nobody: then nothing waits for a slot."""
    lease_s = settings.claim_lease_s
    if settings.mailer.reaches_readers and lease_s < LEAST_CLAIM_LEASE_S:
        yield CheckResult(
            None,
            f"WORKER_CLAIM_LEASE_S is {lease_s:g}, and a letter may wait {MAX_WAIT_S:g} s for its slot of the rate: "
            f"the claim is lost meanwhile, and after {settings.max_claims} times the report is quarantined. Make it "
            f"{LEAST_CLAIM_LEASE_S:g} or more",
        )
