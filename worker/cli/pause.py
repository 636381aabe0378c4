"""`worker pause`: stop all sending."""

from __future__ import annotations

from worker.cli.console import stdout
from worker.cli.on_record import Actor, Reason, on_record
from worker.cli.resources import opened_to_read, settings_for_command
from worker.cli.sending_status import described
from worker.operations import pause as pausing


def pause(reason: Reason = None, actor: Actor = None) -> None:
    """Stop all sending, on every machine.

    Signups are still received and wait; `worker resume` resumes sending. A letter that is being sent at this
    moment is finished. A pause that the worker began itself is taken over, so that it does not end by itself.

    Example: `worker pause --reason "wrong figure in the template"`
    """
    record = on_record(actor, reason)
    with opened_to_read(settings_for_command()) as ledger:
        done = pausing.pause(ledger, actor=record.actor, reason=record.reason)
    if done.before is not None and done.was_paused:
        stdout.print(f"sending is paused already, {described(done.before)}", soft_wrap=True)
    else:
        stdout.print("sending is paused; `worker resume` lets it go on")
