"""What a check of a file of signups finds, beside what is wrong: nothing is recorded and no ledger is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from worker.intake.address_typos import intended_address
from worker.intake.contract import Signup
from worker.masking import mask_text
from worker.report.matching import Matcher
from worker.report.your_work import is_your_work


@dataclass(slots=True)
class FileCheck:
    """Looks at the signups of one file in their order, and counts those that would lead to no report."""

    matcher: Matcher
    unknown_roles: int = 0
    repeated_ids: int = 0
    _seen: dict[str, tuple[str, Signup]] = field(default_factory=dict)

    def notes(self, where: str, signup: Signup, repairs: tuple[str, ...]) -> Iterator[str]:
        """What deserves a look in the signup at `where`, in words for the person who made the file."""
        if repairs:
            yield f"{where}, repaired: {'; '.join(repairs)}"
        intended = intended_address(signup.email)
        if intended is not None:
            yield f"{where}, email: the domain may be a misspelling of {intended.rpartition('@')[2]}"
        title = self.matcher.read_title(signup.role)
        if not (title.known or is_your_work(self.matcher, signup.profile.task_profile().tasks)):
            self.unknown_roles += 1
            why = "no job" if not title.names_a_job else "no role that we know"
            nearest = f": nearest are {', '.join(title.candidates[:3])}" if title.candidates else ""
            yield f"{where}, role: {mask_text(signup.role)!r} is {why}{nearest}"
        first, earlier = self._seen.setdefault(signup.signup_id, (where, signup))
        if first == where:
            return
        named = f"{where}, signup_id: {mask_text(signup.signup_id)!r} is also that of {first}"
        if earlier == signup:
            yield f"{named}, the same signup, which is harmless"
        else:
            self.repeated_ids += 1
            yield f"{named}, another signup: this one would be invalid"
