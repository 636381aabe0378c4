"""`worker canary`: one signup of nobody, all the way to its delivery."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from worker.cli.console import print_json, stdout
from worker.cli.resources import opened_ledger, settings_for_command
from worker.errors import ConfigurationError
from worker.operations.canary import Canary, canary_token


def canary(
    wait: Annotated[float, typer.Option(min=1, max=3600, help="Seconds until the letter must be delivered.")] = 60.0,
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Another address of `worker serve` than WORKER_SERVICE_URL.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Sign up SES's simulator like a reader, and wait for the delivery.

    Made for cron. The signup goes over HTTP with the API token named canary, its letter to
    success+canary@simulator.amazonses.com, and its event comes back as every other does. The first line says which leg
    failed: the signup was refused, its letter was not sent, or no event said that it was delivered. The result is
    recorded for `worker status` and the metrics; marketing's log and figures have no canaries. With the outbox mailer
    it ends when the letter is written.

    Exit codes: 0 the canary came through, 1 it did not, 2 a setting is wrong or missing.

    Example: `worker canary --wait 60`
    """
    settings = settings_for_command()
    address = (url or settings.service_url or "").rstrip("/")
    if not address:
        raise ConfigurationError("WORKER_SERVICE_URL", "is not set: where does `worker serve` answer?")
    token = canary_token(settings)
    with opened_ledger(settings) as ledger:
        ended = Canary(ledger, address, token).run(wait_s=wait)
    if as_json:
        print_json(
            {"result": ended.result, "words": ended.words, "took_s": round(ended.took_s, 1), "report": ended.report_id}
        )
    else:
        colour, word = ("green", "ok") if ended.result.good else ("red", "failed")
        stdout.print(f"[{colour}]{word}[/]  {escape(ended.words)}", soft_wrap=True)
    raise typer.Exit(0 if ended.result.good else 1)
