"""The option `--role`: words for a role are read as a signup's title is."""

from __future__ import annotations

from worker.operations.role_filter import read_role


def slugs_read_as(role: str | None) -> tuple[str, ...]:
    """What the ledger keeps for these words; empty where none are given, or where they are read as no job."""
    if not role:
        return ()
    from worker.boot.core import read_catalogue  # noqa: PLC0415 - slow to import, and only this option needs it

    return read_role(read_catalogue()[1], role)
