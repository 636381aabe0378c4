"""A throwaway environment with django-post_office and django-ses, none of which the project depends on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGES = ("django-post_office", "django-ses")
TIMEOUT_S = 300.0


def django_python(home: Path) -> Path | None:
    """The interpreter of a new environment under `home`; None where pip cannot fill it."""
    python = home / "django" / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", home / "django"], check=True, capture_output=True)
        install: list[str | Path] = [python, "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run(install, check=True, capture_output=True, timeout=TIMEOUT_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return python
