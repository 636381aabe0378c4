"""Redis in a simulation: a real server and the product's own scripts, which read the simulation's clock there."""

from __future__ import annotations

from typing import Any

import redis

from tests.simulation.clock import BEGIN
from tests.simulation.world import World

_CLOCK = "simulation:now"
_ASKED = "redis.call('TIME')"
_ANSWERED = f"({{redis.call('GET', '{_CLOCK}'), '0'}})"


class SimulatedRedis(redis.Redis):
    """A client for one process. Each command may fail, before the server has done it or after."""

    world: World
    loaded: set[str]
    """The scripts that the server has: one that it lacks would be sent twice, with one more choice."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """See redis.Redis."""
        fate = self.world.trouble("redis", {"answers": 150.0, "away": 1.0, "does it unheard": 1.0})
        if fate == "away":
            raise redis.ConnectionError("simulated: away")
        done = super().execute_command(*args, **options)
        if fate == "does it unheard":
            raise redis.TimeoutError("simulated: no answer")
        return done

    def register_script(self, script: Any) -> Any:
        """See redis.Redis. The script's clock is ours, and the server has it before it is asked for."""
        ours = script.replace(_ASKED, _ANSWERED)
        if ours not in self.loaded:
            super().execute_command("SCRIPT LOAD", ours)
            self.loaded.add(ours)
        return super().register_script(ours)

    def time(self, **_options: Any) -> Any:
        """See redis.Redis."""
        seconds = BEGIN.timestamp() + self.world.clock.seconds
        return int(seconds), int(seconds % 1 * 1_000_000)


class RedisServer:
    """The server that all processes of a simulation share."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = redis.Redis.from_url(url)
        self._loaded: set[str] = set()

    def connect(self, world: World) -> SimulatedRedis:
        """A client for one process."""
        client = SimulatedRedis(connection_pool=self._client.connection_pool)
        client.world, client.loaded = world, self._loaded
        return client

    def empty(self, world: World) -> None:
        """Forget everything."""
        self._client.flushall()
        self.set_clock(world)

    def set_clock(self, world: World) -> None:
        """Let the scripts see the simulation's time."""
        self._client.set(_CLOCK, f"{BEGIN.timestamp() + world.clock.seconds:.3f}")

    def owner(self) -> bytes | None:
        """The ledger that this Redis serves."""
        from worker.redis_owner import OWNER_KEY

        found: Any = self._client.get(OWNER_KEY)
        return found
