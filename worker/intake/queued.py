"""A signup as it waits on the queue: without what no worker needs, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from worker.errors import InvalidSignup
from worker.intake.contract import unchecked_fields
from worker.intake.identity import Identity, read_address
from worker.masking import addresses_in


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


def keys_of_payload(identity: Identity, payload: Any) -> frozenset[str]:
    """Return the recipient key of a payload as a producer sent it.

    Where its email cannot be read, the keys of all addresses in it: the worker would record it as invalid, and until
    then it is a trace of each of these people.
    """
    email = unchecked_fields(payload).get("email") if isinstance(payload, str | Mapping) else None
    key = _key(identity, email)
    if key is not None:
        return frozenset({key})
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, default=str)
    return frozenset(key for address in addresses_in(text) if (key := _key(identity, address)) is not None)


def _key(identity: Identity, email: Any) -> str | None:
    try:
        return identity.recipient_key(read_address(email)) if isinstance(email, str) else None
    except InvalidSignup:
        return None
