"""How a signup arrived."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """The channel of one signup. Every signup has exactly one."""

    BROWSER = "browser"
    """From a person's browser, over HTTP without an API token."""
    SERVER = "server"
    """From a server with an API token, over HTTP."""
    QUEUE = "queue"
    """From a program that put it on the queue."""
    FILE = "file"
    """From a file, by `worker enqueue`."""
    CANARY = "canary"
    """From `worker canary`: no person. Marketing's counts, log and times leave it out; the conservation sums do not."""


class Lane(StrEnum):
    """How soon a report is due among others, the most urgent first: who has just clicked goes before an import."""

    BROWSER = "browser"
    SERVER = "server"
    """Signups of servers and of the queue."""
    FILE = "file"


LANES = {
    Channel.BROWSER: Lane.BROWSER,
    Channel.SERVER: Lane.SERVER,
    Channel.QUEUE: Lane.SERVER,
    Channel.FILE: Lane.FILE,
    Channel.CANARY: Lane.BROWSER,  # it is to meet what a reader meets
}
