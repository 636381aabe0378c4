"""The measure of all ratios: boto3's `send_email` with its defaults, in a loop, with letters that are ready."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import boto3

from tests.bench.child import answer, read_letters, spent_on


def main() -> None:
    """Serve the benchmark."""
    letters = read_letters(Path(sys.argv[1]))
    client = boto3.client("sesv2")

    def send(number: int) -> None:
        letter = letters[number % len(letters)]
        client.send_email(
            Content={"Raw": {"Data": letter["message"]}}, Destination={"ToAddresses": [letter["recipient"]]},
            EmailTags=[{"Name": "attempt", "Value": "x"}],
        )  # fmt: skip

    def timed(count: int) -> float:
        """Wall seconds, for latency."""
        before = time.perf_counter()
        for number in range(count):
            send(number)
        return time.perf_counter() - before

    answer({"send": lambda count: spent_on(send, count), "wall": timed})


if __name__ == "__main__":
    main()
