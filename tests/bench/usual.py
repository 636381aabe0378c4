"""The usual pipeline: a dramatiq actor that runs Jinja2, premailer and EmailMessage for each email, then boto3."""

from __future__ import annotations

import sys
from email.message import EmailMessage
from pathlib import Path

import boto3
import dramatiq
import jinja2
import premailer
from dramatiq.brokers.redis import RedisBroker

from tests.bench.backlog import THREADS, cpu_of_emptying
from tests.bench.child import answer, read_letters

STYLE = "<style>p { margin: 0 0 12px } td { font-size: 16px; line-height: 1.5 } a { color: #0a5bd3 }</style></head>"


def main() -> None:
    """Serve the benchmark."""
    letters = read_letters(Path(sys.argv[1]))
    broker = RedisBroker(url=sys.argv[2])
    client = boto3.client("sesv2")
    page = jinja2.Environment(autoescape=True).from_string("{{ html|safe }}")

    @dramatiq.actor(broker=broker, max_retries=0)
    def usual(number: int) -> None:
        letter = letters[number % len(letters)]
        html = page.render(html=letter["html"].replace("</head>", STYLE))
        message = EmailMessage()
        message["From"], message["To"] = "Reports <reports@example.com>", letter["recipient"]
        message["Subject"] = letter["subject"]
        message.set_content(letter["text"])
        message.add_alternative(premailer.transform(html, allow_network=False), subtype="html")
        client.send_email(
            Content={"Raw": {"Data": message.as_bytes()}}, Destination={"ToAddresses": [letter["recipient"]]}
        )

    worker = dramatiq.Worker(broker, worker_threads=THREADS)
    worker.start()

    def drain(count: int) -> dict[str, float]:
        def enqueue() -> None:
            for number in range(count):
                usual.send(number)

        return {"usual": cpu_of_emptying(worker, enqueue)}

    answer(drain)
    worker.stop()


if __name__ == "__main__":
    main()
