"""Stand-ins for the base images, made with debootstrap where no registry can be reached: Debian's own packages.

They show that Dockerfile and compose file work, not that the real images do: Debian's Python, Redis and PostgreSQL may
be of other versions.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.containers.engine import Engine

SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
PACKAGES = "python3,python3-venv,ca-certificates,redis-server,postgresql"
BASE = "localhost/exposure-stand-in/debian"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

_POSTGRES_ENTRYPOINT = """#!/bin/sh
set -e
export PGDATA=/var/lib/postgresql/data
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  initdb --encoding=UTF8 --locale=C.UTF-8 --username="$POSTGRES_USER" --pwfile=/tmp/password \\
    --auth-host=scram-sha-256 --auth-local=trust > /dev/null
  rm /tmp/password
  pg_ctl -w start -o "-c listen_addresses= -c unix_socket_directories=/tmp" > /dev/null
  createdb --host=/tmp --username="$POSTGRES_USER" "$POSTGRES_DB" 2> /dev/null || true
  pg_ctl -w stop > /dev/null
fi
exec postgres -c listen_addresses=localhost -c unix_socket_directories=/tmp
"""
_CONTAINERFILES = {
    "python": f"""FROM {BASE}
RUN python3 -m venv /usr/local
""",
    "redis": f"""FROM {BASE}
RUN mkdir -p /data && chown redis:redis /data
WORKDIR /data
""",
    "postgres": f"""FROM {BASE}
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin
COPY entrypoint /usr/local/bin/entrypoint
RUN chmod 755 /usr/local/bin/entrypoint && rm -rf /var/lib/postgresql/* && chown postgres:postgres /var/lib/postgresql
ENTRYPOINT ["/usr/local/bin/entrypoint"]
""",
}


def can_be_made() -> bool:
    """Whether this machine has what it takes."""
    return os.geteuid() == 0 and shutil.which("debootstrap") is not None


def make(engine: Engine, images: list[str]) -> dict[str, str]:
    """A stand-in for each image, by the image's name; what is on this machine already is not made again."""
    stand_ins = {image: f"localhost/exposure-stand-in/{_kind(image)}" for image in images}
    if not engine.has(BASE):
        with tempfile.TemporaryDirectory() as folder:
            _bootstrap(engine, Path(folder))
    for image in stand_ins.values():
        if not engine.has(image):
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "Containerfile").write_text(_CONTAINERFILES[image.rpartition("/")[2]])
                (Path(folder) / "entrypoint").write_text(_POSTGRES_ENTRYPOINT)
                engine.build(Path(folder) / "Containerfile", tag=image, context=Path(folder))
    return stand_ins


def _kind(image: str) -> str:
    return image.partition("@")[0].partition(":")[0].rpartition("/")[2]


def _bootstrap(engine: Engine, folder: Path) -> None:
    root, archive = folder / "root", folder / "root.tar"
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root), MIRROR]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if CERTIFICATES.exists():  # this machine's own: its network may end TLS itself
        shutil.copyfile(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    subprocess.run(["tar", "--create", "--file", str(archive), "--directory", str(root), "."], check=True)
    engine("import", str(archive), BASE)
