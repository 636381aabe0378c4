"""Build the Dockerfile and run the services of docker-compose.yml for a while, with podman or Docker.

    scripts/try-containers [--keep] [--stand-ins]

Every container is in one network of its own without a way out, in which the tests' SES server listens too. Sends with
both mailers, stops, restarts, and looks at what the containers may do. Skipped, in a word, where there is no engine.
TRY_CONTAINERS_BUILD_OPTIONS holds what a build needs on this machine to reach its package index, such as
--network=host.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.containers import confinement, stand_ins
from tests.containers.compose_file import images_of
from tests.containers.engine import Engine, EngineFailed, find_engine
from tests.containers.world import OWN_IMAGE, ROOT, TrialFailed, World, expect, wait_for


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print what is done, and how long it took."""
    print(f"{name} ...", end="", flush=True)
    began = time.monotonic()
    yield
    print(f" ok, {time.monotonic() - began:.0f} s", flush=True)


def base_images(engine: Engine, *, only_stand_ins: bool) -> dict[str, str]:
    """What each image of a registry is replaced with; nothing where the registries can be reached."""
    images = images_of(ROOT / "docker-compose.yml", ROOT / "Dockerfile")
    if not only_stand_ins:
        with step(f"fetch {', '.join(images)}"):
            fetched = engine.pull(images)
        if fetched:
            return {}
        print("a registry cannot be reached")
    expect(stand_ins.can_be_made(), "stand-ins for the base images need root and debootstrap")
    with step("make stand-ins for them with debootstrap"):
        return stand_ins.make(engine, images)


def build(engine: Engine, images: dict[str, str], scratch: Path) -> None:
    """Build the Dockerfile, from stand-ins where there are any."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    for image, stand_in in images.items():
        dockerfile = dockerfile.replace(f"FROM {image}", f"FROM {stand_in}")
    (scratch / "Dockerfile").write_text(dockerfile)
    engine.build(scratch / "Dockerfile", tag=OWN_IMAGE, context=ROOT)


def try_ses(world: World) -> None:
    """Signups over HTTP become letters at SES, one each, over a stop and a restart of everything."""
    with step("ses: redis, postgres and migrate run"):
        world.open()
        world.start("redis", "postgres")
        world.migrate()
    with step("ses: worker and serve run, five signups are five letters"):
        world.start("worker", "serve")
        world.sign_up(*(f"early{number}" for number in range(5)))
        wait_for(lambda: world.accepted() == world.sent() == 5, "five letters", lambda: world.logs("worker"))
    with step("what the containers may do"):
        confinement.check(world)
    with step("ses: the worker stops; three signups wait; it starts and sends them"):
        world.stop("worker")
        world.sign_up(*(f"late{number}" for number in range(3)))
        world.start("worker")
        wait_for(lambda: world.accepted() == world.sent() == 8, "eight letters", lambda: world.logs("worker"))
    with step("ses: everything stops and starts; nothing is sent twice"):
        for name in ("serve", "worker", "redis", "postgres"):
            world.stop(name)
        world.start("redis", "postgres", "worker", "serve")
        world.sign_up("early0", "last")
        wait_for(lambda: world.accepted() == world.sent() == 9, "nine letters", lambda: world.logs("worker"))


def try_outbox(world: World) -> None:
    """With WORKER_MAILER=outbox letters are files on the volume."""
    with step("outbox: two signups are two files"):
        world.open()
        world.start("redis", "postgres")
        world.migrate()
        world.start("worker", "serve")
        world.sign_up("ada", "bob")
        wait_for(lambda: world.sent() == 2, "two files", lambda: world.logs("worker"))
        files = world.engine.inside(world.name("worker"), "ls", "/var/lib/worker/outbox").stdout.split()
        expect(len([name for name in files if name.endswith(".eml")]) == 2, f"the outbox holds {files}")
        expect(world.accepted() == 0, "SES was asked")


def main() -> int:
    """Try; returns 0 where all is as it should be or nothing can be tried, else 1."""
    parser = argparse.ArgumentParser(prog="scripts/try-containers", description=__doc__.splitlines()[0])
    parser.add_argument("--stand-ins", action="store_true", help="ask no registry: stand-ins for the base images")
    parser.add_argument("--keep", action="store_true", help="leave containers and volumes, to look at them")
    arguments = parser.parse_args()
    engine = find_engine()
    if engine is None:
        print("skipped: neither podman nor docker works here")
        return 0
    worlds: list[World] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            images = base_images(engine, only_stand_ins=arguments.stand_ins)
            with step("build the Dockerfile"):
                build(engine, images, Path(folder))
            for mailer, trial in (("ses", try_ses), ("outbox", try_outbox)):
                worlds.append(World(engine, mailer, images, Path(folder)))
                trial(worlds[-1])
    except (TrialFailed, EngineFailed) as error:
        print(f" failed\n{error}")
        return 1
    finally:
        for world in [] if arguments.keep else worlds:
            world.close()
    print(f"well: {engine.program}, {'stand-ins' if images else 'the images of the registries'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
