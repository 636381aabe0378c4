"""The keys that sign sessions and forms: the newest signs, older ones still verify what they signed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """At least one key, newest first."""

    newest_first: tuple[str, ...] = field(repr=False)

    @property
    def newest(self) -> str:
        """The key that signs."""
        return self.newest_first[0]

    @property
    def oldest_first(self) -> list[str]:
        """All keys, in the order in which itsdangerous takes them: it signs with the last and verifies with each."""
        return list(reversed(self.newest_first))
