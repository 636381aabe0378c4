"""A person's profile: tasks with time shares, skills, years of experience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TaskShare:
    """One task of a person's week. `task` is a catalogue slug or free text; `share` a weight, in any unit.

    `slug` is the task that the person chose for their words on the report page; the ledger never keeps it.
    """

    task: str
    share: float | None = None
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class TaskProfile:
    """A person's profile; every part may be empty."""

    tasks: tuple[TaskShare, ...] = ()
    skills: tuple[str, ...] = ()
    experience_years: float | None = None

    @property
    def richness(self) -> int:
        """A point for each task, share and skill, and one for years. A richer profile replaces a poorer one."""
        shares = sum(share.share is not None for share in self.tasks)
        return len(self.tasks) + shares + len(self.skills) + (self.experience_years is not None)

    def to_json(self) -> dict[str, Any]:
        """The form the ledger keeps."""
        return {
            "tasks": [{"task": item.task, "share": item.share} for item in self.tasks],
            "skills": list(self.skills),
            "experience_years": self.experience_years,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TaskProfile:
        """The inverse of `to_json`."""
        return cls(
            tasks=tuple(TaskShare(item["task"], item["share"]) for item in data["tasks"]),
            skills=tuple(data["skills"]),
            experience_years=data["experience_years"],
        )


EMPTY_PROFILE = TaskProfile()
