"""scripts/pin-images: every base image gets the digest that its tag has."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Stands in for the registry alone: it answers each tag with a digest.
DOCKER = """#!/usr/bin/env bash
[ "$1 $2 $3" = "buildx imagetools inspect" ] || exit 1
printf 'sha256:%s' "$(printf '%s %s' "$4" "${ROUND:-1}" | sha256sum | cut -c1-64)"
"""


def test_every_base_image_is_pinned_and_pins_are_renewed(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    shutil.copy(ROOT / "scripts/pin-images", tmp_path / "scripts")
    names = ("Dockerfile", "docker-compose.yml")
    for name in names:  # as if never pinned
        (tmp_path / name).write_text(re.sub(r"@sha256:[0-9a-f]{64}", "", (ROOT / name).read_text()))
    before = {name: (tmp_path / name).read_text() for name in names}

    def pin_images(*options, **more):
        environ = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", **more}
        command = [tmp_path / "scripts/pin-images", *options]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert pin_images("--check").returncode == 1
    assert len(pin_images().stdout.split()) == 3
    assert (pin_images("--check").returncode, pin_images("--check").stdout) == (0, "")
    first = (tmp_path / "Dockerfile").read_text()
    pin_images(ROUND="2")
    assert (tmp_path / "Dockerfile").read_text() != first
    for name in names:
        text = (tmp_path / name).read_text()
        assert "sha256:" in text
        assert re.sub(r"@sha256:[0-9a-f]{64}", "", text) == before[name]
