"""What the containers of docker-compose.yml may do, seen from within."""

from __future__ import annotations

from tests.containers.world import World, expect

_NO_PIP = "import importlib.util, shutil, sys; sys.exit(bool(importlib.util.find_spec('pip') or shutil.which('pip')))"


def check(world: World) -> None:
    """Raises TrialFailed where a container may do more than it should."""
    for service in ("redis", "postgres", "worker", "serve"):
        status = world.engine.inside(world.name(service), "cat", "/proc/1/status").stdout
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        expect("0" not in facts["Uid"].split(), f"{service} runs as root: {facts['Uid']}")
        expect(
            int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0, f"{service} has capabilities: {facts['CapEff']}"
        )
        expect(facts["NoNewPrivs"] == "1", f"{service} may gain privileges")
    for service in ("worker", "serve"):
        expect(_fails(world, service, "touch", "/opt/worker/x"), f"{service} may write to its root")
        expect(_fails(world, service, "touch", "/usr/local/x"), f"{service} may write to its root")
        expect(not _fails(world, service, "touch", "/tmp/x"), f"{service} has no /tmp")
        expect(not _fails(world, service, "touch", "/var/lib/worker/x"), f"{service} cannot write to its volume")
        expect(not _fails(world, service, "python", "-c", _NO_PIP), f"{service} has pip")
    expect(
        _fails(world, "redis", "sh", "-c", "REDISCLI_AUTH= redis-cli ping | grep PONG"), "Redis asks for no password"
    )


def _fails(world: World, service: str, *command: str) -> bool:
    return world.engine.inside(world.name(service), *command).returncode != 0
