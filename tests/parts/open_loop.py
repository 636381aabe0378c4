"""Load whose arrivals wait for no answer: an open loop.

A closed loop, in which each user waits for an answer before the next request, sends least while the server is slowest,
and leaves out of its percentiles the requests that it did not send (coordinated omission). Here arrivals are due at
moments of their own, and an answer's time counts from when its request was due, however late it could be sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

TIMEOUT_S = 10.0
MOST_IN_FLIGHT = 2000  # beyond it a request is given up unsent: the kind "overflow"

Step = Callable[[int], Awaitable[str]]
"""Does what arrival number n does; returns the kind of its end: an HTTP status, or a word."""


@dataclass
class Answers:
    """What became of the arrivals of one stretch of time. `seconds` from when each was due."""

    wanted_per_s: float = 0.0
    lasted_s: float = 0.0
    seconds: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """All arrivals."""
        return sum(self.kinds.values())

    @property
    def errors(self) -> dict[str, int]:
        """Kinds of bad ends, and how often each came."""
        return {kind: number for kind, number in self.kinds.items() if not kind.startswith("2")}

    @property
    def error_share(self) -> float:
        """The share of bad ends."""
        return sum(self.errors.values()) / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the arrivals was answered, the bad ends too."""
        return percentile(self.seconds, share)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def poisson(rate_per_s: float, lasts_s: float, chance: random.Random) -> Iterator[float]:
    """The moments of arrivals, in seconds from now, as people come: each independent of the others."""
    at = chance.expovariate(rate_per_s)
    while at < lasts_s:
        yield at
        at += chance.expovariate(rate_per_s)


async def arrive(
    due: Iterator[float], step: Step, *, timeout_s: float = TIMEOUT_S, clock: Callable[[], float] = time.monotonic
) -> Answers:
    """Begin a step at each due moment, whether or not those before have ended; returns once all have."""
    answers, tasks, begun = Answers(), set[asyncio.Task[None]](), clock()

    async def one_arrival(number: int, due_at: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                kind = await step(number)
        except TimeoutError:
            kind = "timeout"
        except (OSError, asyncio.IncompleteReadError) as error:
            kind = type(error).__name__
        answers.kinds[kind] += 1
        answers.seconds.append(clock() - due_at)

    for number, moment in enumerate(due):
        if (wait_s := begun + moment - clock()) > 0:
            await asyncio.sleep(wait_s)
        if len(tasks) >= MOST_IN_FLIGHT:
            answers.kinds["overflow"] += 1
            answers.seconds.append(timeout_s)
            continue
        task = asyncio.create_task(one_arrival(number, begun + moment))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.wait(tasks)
    answers.lasted_s = clock() - begun
    return answers


class HttpConnections:
    """Keep-alive connections to one server of this machine: as many as are in use at once."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body. Raises OSError or IncompleteReadError."""
        while self._free and self._free[-1][0].at_eof():  # closed by the server, which keeps none for long
            self._free.pop()[1].close()
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self.port)
        payload = b"" if body is None else json.dumps(body).encode()
        head = {"Host": f"127.0.0.1:{self.port}", "Content-Length": str(len(payload)), **(headers or {})}
        if payload:
            head["Content-Type"] = "application/json"
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        ended = False
        try:
            writer.write("\r\n".join(lines).encode() + payload)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = answer.partition("content-length:")[2].partition("\r\n")[0]
            received = await reader.readexactly(int(length or 0))
            ended = "connection: close" not in answer
        finally:
            if ended:
                self._free.append((reader, writer))
            else:  # given up in the middle, so the rest of the answer would be taken for the next one's
                writer.close()
        return int(answer.split(" ", 2)[1]), received

    async def close(self) -> None:
        """Close those that are free."""
        for _, writer in self._free:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
