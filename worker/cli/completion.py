"""What a shell completes besides commands, options and states: the slugs of roles, from the names of their files."""

from __future__ import annotations

from worker.assets import data_dir


def complete_role(incomplete: str) -> list[str]:
    """The slugs that begin with `incomplete`. Reads no file, so that a shell answers at once."""
    return sorted(path.stem for path in data_dir().glob("roles/*.toml") if path.stem.startswith(incomplete.lower()))
