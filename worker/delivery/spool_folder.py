"""Where a machine keeps the results of sends that could not be recorded, and how many there are."""

from __future__ import annotations

from pathlib import Path


def spool_folder(state_dir: Path) -> Path:
    """The folder of the spool."""
    return state_dir / "spool"


def spooled(folder: Path) -> int:
    """How many results wait there for the ledger."""
    return sum(1 for _ in folder.glob("*.json"))
