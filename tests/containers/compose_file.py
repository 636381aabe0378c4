"""docker-compose.yml as options of `run`: each key of the file that tests/contract/test_compose.py allows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")
BUILT = "(built)"
_IGNORED = {"build", "depends_on", "healthcheck", "restart", "ports", "env_file", "environment", "configs"}
"""What the trial does itself: it builds, starts in order, waits, restarts, and publishes no port."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: options for `create`, the image and the command."""

    name: str
    image: str
    options: tuple[str, ...]
    command: tuple[str, ...]
    healthcheck: tuple[str, ...]


def read_services(
    path: Path, environ: Mapping[str, str], *, images: Mapping[str, str], scratch: Path, prefix: str
) -> dict[str, Service]:
    """The services of a compose file. `environ` is the .env file; `prefix` marks volumes.

    `images` replaces images; its BUILT is the one that the file has built.

    Configs of the file are written below `scratch`. Raises KeyError for a required variable that is empty.
    """
    document = yaml.safe_load(path.read_text())
    configs = {name: _filled_in(config["content"], environ) for name, config in document["configs"].items()}
    services = {}
    for name, given in document["services"].items():
        options = [*_environment(given, environ), *_mounts(given, configs, scratch, prefix), *_flags(given)]
        image = images[BUILT] if "build" in given else images.get(given["image"], given["image"])
        command = tuple(_filled_in(str(word), environ) for word in given.get("command", ()))
        services[name] = Service(name, image, tuple(options), command, _check(given))
    return services


def images_of(compose: Path, dockerfile: Path) -> list[str]:
    """Every image that both files take from a registry."""
    services = yaml.safe_load(compose.read_text())["services"].values()
    named = [service["image"] for service in services if "build" not in service]
    named += re.findall(r"^FROM +(\S+)", dockerfile.read_text(), re.MULTILINE)
    return sorted(set(named))


def _filled_in(text: str, environ: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        given = environ.get(found["name"], "")
        if not given and found["kind"] == "?":
            raise KeyError(found["name"])
        return given or (found["rest"] if found["kind"] == "-" else "") or ""

    return _VARIABLE.sub(value, text)


def _environment(given: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    values = dict(environ) if given.get("env_file") else {}
    for name, value in given.get("environment", {}).items():
        if value is not None:
            values[name] = _filled_in(str(value), environ)
    return [f"--env={name}={value}" for name, value in values.items()]


def _mounts(given: Mapping[str, Any], configs: Mapping[str, str], scratch: Path, prefix: str) -> list[str]:
    options = [f"--volume={prefix}-{volume}" for volume in given.get("volumes", ())]
    for config in given.get("configs", ()):
        file = scratch / f"{prefix}-{config['source']}.conf"
        file.write_text(configs[config["source"]])
        file.chmod(0o644)
        options.append(f"--volume={file}:{config['target']}:ro")
    return options


def _flags(given: Mapping[str, Any]) -> list[str]:
    options: list[str] = []
    for key, value in given.items():
        if key in ("cap_drop", "security_opt", "tmpfs"):
            options += [f"--{key.replace('_', '-')}={_option(item)}" for item in value]
        elif key in ("init", "read_only"):
            options += [f"--{key.replace('_', '-')}"] if value else []
        elif key == "user":
            options.append(f"--user={value}")
        elif key == "stop_grace_period":
            options.append(f"--stop-timeout={value.removesuffix('s')}")
        elif key not in _IGNORED | {"image", "command", "volumes"}:
            raise ValueError(f"{key} of docker-compose.yml is not known here")
    return options


def _option(item: str) -> str:
    """`no-new-privileges:true` as both engines read it."""
    return item.removesuffix(":true")


def _check(given: Mapping[str, Any]) -> tuple[str, ...]:
    kind, *words = given["healthcheck"].get("test", ("CMD", "true"))
    shell: Sequence[str] = ("sh", "-c") if kind == "CMD-SHELL" else ()
    return (*shell, *map(str, words))
