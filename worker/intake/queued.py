"""A signup as it waits on the queue: without what no worker needs, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from worker.errors import InvalidSignup
from worker.intake.contract import unchecked_fields
from worker.intake.identity import Identity, read_address


def without_ip(payload: str | Mapping[str, Any]) -> str | dict[str, Any]:
    """Return the payload without its source's IP address, which limits nobody who comes by the queue.

    What is no JSON object stays as it is: the worker records why it is invalid.
    """
    fields = unchecked_fields(payload)
    source = fields.get("source")
    if not isinstance(source, Mapping) or "ip" not in source:
        return payload if isinstance(payload, str) else dict(payload)
    kept = {**fields, "source": {name: value for name, value in source.items() if name != "ip"}}
    return json.dumps(kept) if isinstance(payload, str) else kept


def key_of_payload(identity: Identity, payload: Any) -> str | None:
    """Return the recipient key of a payload as a producer sent it; None where no address can be read in it."""
    if not isinstance(payload, str | Mapping):
        return None
    email = unchecked_fields(payload).get("email")
    try:
        return identity.recipient_key(read_address(email)) if isinstance(email, str) else None
    except InvalidSignup:
        return None
