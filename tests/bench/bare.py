"""The measure of all ratios: boto3's `send_email` with its defaults, in a loop, with letters that are ready."""

from __future__ import annotations

import sys
from pathlib import Path

import boto3

from tests.bench.child import answer, cpu_s, read_letters


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

    def send_all(count: int) -> dict[str, float]:
        before = cpu_s()
        for number in range(count):
            send(number)
        return {"bare": cpu_s() - before}

    answer(send_all)


if __name__ == "__main__":
    main()
