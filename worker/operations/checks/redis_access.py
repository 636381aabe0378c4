"""Whether Redis lets this worker in and does what it asks: TLS, user, permissions, durability."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import redis

from worker.check_results import CheckResult
from worker.redis_owner import OWNER_KEY, refuse_cluster
from worker.redis_queues import NAMESPACE, open_redis, why_no_writes

_BEGIN = ("MULTI",)
_INFO = ("INFO", "server")
# Commands and keys of each kind that processes of ours use, those in scripts too. They are queued, and never run.
_USED: tuple[tuple[str, ...], ...] = (
    ("EVAL", "return 1", "0"), ("SCRIPT", "LOAD", "return 1"), ("EVALSHA", "0" * 40, "0"),
    ("GET", OWNER_KEY), ("SET", OWNER_KEY, "-"), ("DEL", "ledger:none"), ("TYPE", "ledger:none"),
    ("EXPIRE", "ledger:none", "1"), ("EXISTS", "ledger:none"), ("TIME",), ("KEYS", f"{NAMESPACE}:none"),
    ("HSET", f"{NAMESPACE}:none", "-", "-"), ("HGET", f"{NAMESPACE}:none", "-"), ("HSCAN", f"{NAMESPACE}:none", "0"),
    ("RPUSH", f"{NAMESPACE}:none", "-"), ("LPOP", f"{NAMESPACE}:none"), ("LREM", f"{NAMESPACE}:none", "0", "-"),
    ("SADD", f"{NAMESPACE}:none", "-"), ("SMEMBERS", f"{NAMESPACE}:none"), ("ZADD", "witness:none", "1", "-"),
    ("ZRANGEBYSCORE", "witness:none", "0", "1"), ("ZREM", "witness:none", "-"), ("HINCRBY", "limits:none", "-", "1"),
    ("SET", "form-token:none", "-"), ("SET", "pacing:none", "-"), _INFO,
)  # fmt: skip
_FOR_ERASURE: tuple[tuple[str, ...], ...] = (("CONFIG", "GET", "save"), ("BGREWRITEAOF",), ("BGSAVE",))
RULE = "~* &* -@all +@read +@write +@connection +@scripting +@transaction +info +time +config|get +bgrewriteaof +bgsave"
"""The rule of a Redis user that has what the worker needs and no more."""


def check_redis(url: str, *, embedded: bool) -> Iterator[CheckResult]:
    """Ask Redis at `url`. Raises ConfigurationError where the URL cannot be read."""
    client = open_redis(url)
    try:
        refused = _refused(client)
        yield from _permissions(refused)
        if not {_BEGIN, _INFO} & set(refused):
            yield from _server(client, url, embedded=embedded)
    except (redis.RedisError, OSError) as error:
        yield CheckResult(False, f"REDIS_URL: {why_no_answer(error, url)}")
    finally:
        client.close()


def why_no_answer(error: Exception, url: str) -> str:
    """The cause of an error of Redis, and its remedy; never a password."""
    text, tls = str(error), urlsplit(url).scheme == "rediss"
    user = urlsplit(url).username or "default"
    causes = (
        ("CERTIFICATE_VERIFY_FAILED" in text and "ostname mismatch" in text,
         "its certificate is for another host name: use the name that the certificate has"),
        ("CERTIFICATE_VERIFY_FAILED" in text,
         "its certificate is signed by no authority that this machine trusts: add ?ssl_ca_certs=/path/of/ca.pem"),
        ("WRONG_VERSION_NUMBER" in text or "record layer failure" in text,
         "it speaks no TLS at this port: use redis://, or the port for TLS"),
        ("CERTIFICATE_REQUIRED" in text.upper() or "certificate required" in text,
         "it wants a certificate of the client: add ssl_certfile and ssl_keyfile to the URL"),
        ("No such file" in text and "ssl_" in url, "a file that the URL names for TLS is not there"),
        (isinstance(error, redis.AuthenticationError) or "WRONGPASS" in text or "NOAUTH" in text,
         f"it does not know the user {user!r} with this password; in the URL: rediss://USER:PASSWORD@host:port/0, "
         "with @ : / and % percent-encoded"),
        (isinstance(error, redis.exceptions.NoPermissionError),
         f"the user {user!r} may not do what the worker needs: ACL SETUSER {user} {RULE}"),
        ("onnection refused" in text, "nothing listens at its host and port"),
        ("ame or service not known" in text, "its host does not exist in the DNS"),
        (not tls and isinstance(error, redis.ConnectionError) and "losed by server" in text,
         "it closes the connection: if it speaks TLS, use rediss://"),
    )  # fmt: skip
    said = f"does not answer: {type(error).__name__}"
    cause = next((words for applies, words in causes if applies), None)
    return said if cause is None else f"{said}: {cause}"


def _refused(client: redis.Redis) -> list[tuple[str, ...]]:
    """The commands that this user may not give. Each is queued in a transaction that is then discarded: none runs.

    Raises RedisError.
    """
    connection: Any = client.connection_pool.get_connection()
    try:
        if not _may(connection, _BEGIN):
            return [_BEGIN]  # what follows would run
        refused = [words for words in (*_USED, *_FOR_ERASURE) if not _may(connection, words)]
        connection.send_command("DISCARD")
        connection.read_response()
        return refused
    finally:
        connection.disconnect()


def _may(connection: Any, words: tuple[str, ...]) -> bool:
    connection.send_command(*words)
    try:
        connection.read_response()
    except redis.exceptions.NoPermissionError:
        return False
    except redis.ResponseError:  # this server does not have the command, which its version says
        return True
    return True


def _permissions(refused: list[tuple[str, ...]]) -> Iterator[CheckResult]:
    needed = [words for words in refused if words not in _FOR_ERASURE]
    if needed:
        named = ", ".join(dict.fromkeys(_shown(words) for words in needed))
        yield CheckResult(False, f"REDIS_URL: this user may not {named}: give it the rule `{RULE}`")
    elif refused:
        named = ", ".join(_shown(words) for words in refused)
        yield CheckResult(
            None,
            f"this user may not {named}: `worker erase` cannot confirm that Redis's files are written anew",
        )


def _shown(words: tuple[str, ...]) -> str:
    if words[0] in {"SCRIPT", "CONFIG"}:
        return " ".join(words[:2])
    on = next((f" on {word.split(':')[0]}:*" for word in words[1:2] if ":" in word), "")
    return words[0] + on


def _server(client: redis.Redis, url: str, *, embedded: bool) -> Iterator[CheckResult]:
    refuse_cluster(client)
    server, memory, persistence = client.info("server"), client.info("memory"), client.info("persistence")
    how = "embedded" if embedded else "TLS" if url.startswith("rediss:") else "given"
    refusal = why_no_writes(client)
    if refusal is not None:
        yield CheckResult(False, f"REDIS_URL: Redis takes no writes: {refusal}")
    yield CheckResult(True, f"Redis {server['redis_version']} answers ({how})")
    if not persistence.get("aof_enabled"):
        yield CheckResult(None, "appendonly is off: queued signups not yet received would be lost with Redis")
    policy = memory.get("maxmemory_policy")
    if policy != "noeviction":
        yield CheckResult(None, f"maxmemory-policy is {policy}: queued signups may be evicted; use noeviction")
