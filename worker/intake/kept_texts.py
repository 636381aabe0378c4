"""What the ledger keeps of a person's own words: every address in them masked.

People type addresses into any field. Only `email` may hold one, so that erasure and retention know where addresses are.
"""

from __future__ import annotations

from worker.intake.contract import Signup
from worker.masking import mask_text


def without_addresses(signup: Signup) -> Signup:
    """Return the signup with every address masked but its `email`."""
    profile, source = signup.profile, signup.source
    tasks = tuple(item.model_copy(update={"task": mask_text(item.task)}) for item in profile.tasks)
    skills = tuple(mask_text(skill) for skill in profile.skills)
    masked = {"page": _masked(source.page), "campaign": _masked(source.campaign)}
    return signup.model_copy(
        update={
            "signup_id": mask_text(signup.signup_id),
            "role": mask_text(signup.role),
            "profile": profile.model_copy(update={"tasks": tasks, "skills": skills}),
            "source": source.model_copy(update=masked),
        }
    )


def _masked(text: str | None) -> str | None:
    return None if text is None else mask_text(text)
