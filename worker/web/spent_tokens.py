"""Form tokens are single use: Redis remembers which signup each was spent on."""

from __future__ import annotations

import redis

_KEY = "form-token:"


class SpentTokens:
    """Remembers spent tokens for as long as they would be valid. A hint: while Redis is away, any token passes."""

    def __init__(self, client: redis.Redis, *, keep_s: int) -> None:
        self._client = client
        self._keep_s = keep_s

    def spend(self, nonce: str, signup_id: str) -> bool | None:
        """Return whether the token may be used for this signup: it is new, or was spent on the same one.

        Returns None while Redis is away.
        """
        try:
            if self._client.set(_KEY + nonce, signup_id, nx=True, ex=self._keep_s):
                return True
            before = self._client.get(_KEY + nonce)
        except redis.RedisError:
            return None
        return before is None or before == signup_id.encode()

    def take_back(self, nonce: str) -> None:
        """Let the token be used again: its signup was invalid, and the visitor corrects it, or it was refused."""
        try:
            self._client.delete(_KEY + nonce)
        except redis.RedisError:
            return
