"""Throwaway environments, for programs that the project does not depend on. pip asks its configured index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.child import BenchError

TIMEOUT_S = 600.0


def throwaway_environment(folder: Path, *packages: str) -> Path:
    """The folder of the programs of a new environment with these packages. Raises BenchError."""
    programs = folder / "bin"
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True, text=True)
        subprocess.run(install, check=True, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout).strip().splitlines()[-1:]
        raise BenchError(f"pip could not install {' and '.join(packages)}: {' '.join(last)}") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"pip had not installed {' and '.join(packages)} after {TIMEOUT_S:.0f} s") from error
    return programs
