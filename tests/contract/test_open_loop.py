"""The load script's arrivals wait for no answer, so a server that stalls cannot hide it from the percentiles."""

import asyncio
import itertools
import random

import pytest

from tests.parts.open_loop import Answers, HttpConnections, arrive, percentile, poisson


def test_a_stall_is_in_the_time_of_everything_that_was_due_meanwhile():
    arrived, released = [], asyncio.Event()

    async def step(number):
        arrived.append(number)
        if number == 0:
            await released.wait()  # a closed loop of one user would send nothing more until then
        if len(arrived) == 50:
            released.set()
        return "200"

    answers = asyncio.run(arrive(iter([0.0] * 50), step))
    assert arrived == list(range(50))
    assert answers.kinds == {"200": 50}


def test_time_counts_from_when_a_request_was_due_not_from_when_it_was_sent():
    now = [100.0]

    async def step(number):
        now[0] += 3.0  # the generator itself is held up: the next is sent late
        return "200"

    answers = asyncio.run(arrive(iter([0.0, 0.0]), step, clock=lambda: now[0]))
    assert answers.seconds == [3.0, 6.0]


def test_each_kind_of_error_is_counted():
    async def step(number):
        if number == 0:
            raise ConnectionResetError
        if number == 1:
            await asyncio.Event().wait()
        return "503" if number == 2 else "202"

    answers = asyncio.run(arrive(iter([0.0] * 10), step, timeout_s=0.05))
    assert answers.errors == {"ConnectionResetError": 1, "timeout": 1, "503": 1}
    assert answers.error_share == pytest.approx(0.3)


def test_percentiles_are_of_values_that_were_measured():
    assert [percentile([4, 1, 3, 2], share) for share in (0.5, 0.75, 0.95, 1)] == [2, 3, 4, 4]
    assert Answers(seconds=[0.5]).percentile(0.99) == 0.5


def test_people_come_at_the_wanted_rate_and_not_in_step():
    moments = list(poisson(100.0, 100.0, random.Random(1)))
    assert 9_700 < len(moments) < 10_300
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert sum(gap < 0.001 for gap in gaps) > 500


def test_a_connection_is_used_again_and_never_in_the_middle_of_an_answer():
    connections = []

    async def serve(reader, writer):
        connections.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()

    async def ask():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        http = HttpConnections(server.sockets[0].getsockname()[1])
        answers = [await http.ask("POST", "/v1/signups") for _ in range(3)]
        await http.close()
        server.close()
        return answers

    assert asyncio.run(ask()) == [(202, b"{}")] * 3
    assert len(connections) == 1
