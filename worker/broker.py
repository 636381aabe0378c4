"""The queue: dramatiq on Redis. It carries hints only, which the ledger can replace at any time.

The exception: a signup that a producer puts on the queue is only as durable as Redis until the actor has committed it.
So it is acknowledged only then. Dramatiq would acknowledge it also where it failed and its retry could not be enqueued.

A queue has a list in Redis for each lane, and a worker takes a message only when a thread is free for it, so the most
urgent message is always the next. Dramatiq's priorities would order only what a process has taken already.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer  # its broker has no other way to another consumer
from dramatiq.errors import ConnectionClosed, DecodeError
from dramatiq.middleware import CurrentMessage, Middleware, Retries, ShutdownNotifications

from worker import redis_queues
from worker.errors import QueueUnavailable
from worker.ledger.channels import LANES, Channel, Lane
from worker.redis_queues import DELIVER_QUEUE, SIGNUPS_QUEUE

RECEIVE_ACTOR = "receive_signup"
DELIVER_ACTOR = "deliver"


def read_message(data: bytes | None) -> dramatiq.Message[Any] | None:
    """The message that a queue holds; None where it cannot be read."""
    try:
        return dramatiq.Message.decode(data or b"null")
    except (DecodeError, TypeError, KeyError, AttributeError):  # no JSON, or JSON of something else
        return None


def open_broker(client: redis.Redis) -> SignupBroker:
    """Return a broker without dramatiq's limits of time, which interrupts a send, and of age, which drops a signup."""
    return SignupBroker(client)


class SignupBroker(RedisBroker):
    """A broker that acknowledges a signup only once it was received, and knows which messages this process has.

    `stopping` is set when the worker begins to stop.
    """

    def __init__(self, client: redis.Redis) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._consumed_at: dict[str, float] = {}
        self._received: set[str] = set()
        self._in_hand: defaultdict[str, set[str]] = defaultdict(set)
        self._list_of: dict[str, str] = {}
        middleware = [ShutdownNotifications(), CurrentMessage(), Retries(max_retries=0), _Stopping(self.stopping)]
        super().__init__(client=client, middleware=middleware)  # type: ignore[no-untyped-call]
        self._taking = redis_queues.Taking(client)

    def consumes(self, *, within_s: float) -> bool:
        """Whether this process has asked each queue for messages lately. That Redis answered is not asked."""
        now = time.monotonic()
        return all(now - self._consumed_at.get(queue, -math.inf) < within_s for queue in (SIGNUPS_QUEUE, DELIVER_QUEUE))

    def note_consuming(self, queue: str) -> None:
        """Note that this process asks a queue for messages."""
        self._consumed_at[queue] = time.monotonic()

    @property
    def consumer_class(self) -> Any:
        """Dramatiq's consumer, made careful."""
        return _Consumer

    def do_fetch(self, queue: str, count: int) -> list[bytes | None]:
        """Take up to `count` messages of a queue by lane; dramatiq's consumer asks for them. Raises RedisError."""
        if queue not in redis_queues.LISTS:
            fetched: list[bytes | None] = self._dispatch("fetch")(queue, count)  # type: ignore[no-untyped-call]
            return fetched
        taken = self._taking.take(queue, count, worker=self.broker_id)
        with self._lock:
            self._list_of.update((redis_id, name) for name, redis_id, data in taken if data is not None)
        return [data for _, _, data in taken]

    def list_of(self, redis_id: str, queue: str) -> str:
        """The list that a message of a queue came from."""
        with self._lock:
            return self._list_of.get(redis_id, queue)

    def put_on(self, queue: str, lane: Lane, message: dramatiq.Message[Any]) -> None:
        """Enqueue a message for a lane. Raises redis.RedisError."""
        redis_id = str(uuid4())
        message = message.copy(options={"redis_message_id": redis_id})
        self.do_enqueue(redis_queues.list_of(queue, lane), redis_id, message.encode())

    def received(self) -> None:
        """Say, in an actor, that the signup of its message is committed: it may be acknowledged."""
        message: Any = CurrentMessage.get_current_message()
        if message is not None:
            with self._lock:
                self._received.add(message.options["redis_message_id"])

    def in_hand(self, queue: str) -> set[str]:
        """The Redis ids of the messages of a queue, of all its lanes, that this process has taken and not finished."""
        with self._lock:
            return set(self._in_hand[queue])

    def take_in_hand(self, queue: str, redis_id: str) -> None:
        """Note that this process has taken a message."""
        with self._lock:
            self._in_hand[queue].add(redis_id)

    def put_down(self, queue: str, *redis_ids: str) -> None:
        """Note that this process has nothing more to do with these messages."""
        with self._lock:
            self._in_hand[queue].difference_update(redis_ids)
            self._received.difference_update(redis_ids)
            for redis_id in redis_ids:
                self._list_of.pop(redis_id, None)

    def put_down_all(self, queue: str) -> None:
        """Note that this process has lost what it had of a queue."""
        self.put_down(queue, *self.in_hand(queue))

    def is_received(self, redis_id: str) -> bool:
        """Whether the signup of this message is committed."""
        with self._lock:
            return redis_id in self._received


class _Stopping(Middleware):
    """Sets the event when the worker begins to stop, so that no actor waits on."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def before_worker_shutdown(self, _broker: dramatiq.Broker, _worker: dramatiq.Worker) -> None:
        """Set it."""
        self._stopping.set()


class _Consumer(_RedisConsumer):
    """Leaves a signup that was not received as it is, taken and not acknowledged, whether it failed or not.

    `worker.maintenance.unacknowledged` puts it back on the queue.
    """

    def __init__(self, broker: SignupBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]
        broker.note_consuming(queue_name)
        if queue_name not in {SIGNUPS_QUEUE, DELIVER_QUEUE}:
            broker.put_down_all(queue_name)  # dramatiq forgets the delayed messages of the consumer before

    def __next__(self) -> Any:
        self.broker.note_consuming(self.queue_name)
        message: Any = super().__next__()  # type: ignore[no-untyped-call]
        if message is not None:
            self.broker.take_in_hand(self.queue_name, message.options.get("redis_message_id", ""))
        return message

    def ack(self, message: Any) -> None:
        """Acknowledge a message, but no signup that was not received. Raises ConnectionClosed: dramatiq tries again."""
        if self._must_stay(message):
            self._leave(message)
        else:
            self._finish(self.broker.do_ack, message)

    def nack(self, message: Any) -> None:
        """Move a message to the dead letters, but no signup that was not received. Raises ConnectionClosed."""
        if self._must_stay(message):
            self._leave(message)
        else:
            self._finish(self.broker.do_nack, message)

    def requeue(self, messages: Iterable[Any]) -> None:
        """Put messages back that were not begun."""
        for redis_id in [message.options["redis_message_id"] for message in messages]:
            self.broker.do_requeue(self._list_of(redis_id), redis_id)
            self.broker.put_down(self.queue_name, redis_id)

    def close(self) -> None:
        """Put back what was fetched and not handed to the worker, which dramatiq would leave with this consumer."""
        fetched, self.message_cache = self.message_cache, []
        with contextlib.suppress(redis.RedisError):  # then it is put back once this worker is known to be gone
            for message in filter(None, map(read_message, fetched)):
                if redis_id := message.options.get("redis_message_id"):
                    self.broker.do_requeue(self._list_of(redis_id), redis_id)

    def _must_stay(self, message: Any) -> bool:
        ours = self.queue_name == SIGNUPS_QUEUE and message.actor_name == RECEIVE_ACTOR
        return ours and not self.broker.is_received(message.options["redis_message_id"])

    def _leave(self, message: Any) -> None:
        self.queued_message_ids.discard(message.message_id)
        redis_id = message.options["redis_message_id"]
        if self.broker.stopping.is_set():
            with contextlib.suppress(redis.RedisError):  # then it is put back once this worker is known to be gone
                self.broker.do_requeue(self._list_of(redis_id), redis_id)
        self.broker.put_down(self.queue_name, redis_id)

    def _finish(self, how: Callable[[str, str], None], message: Any) -> None:
        redis_id = message.options["redis_message_id"]
        try:
            how(self._list_of(redis_id), redis_id)
        except redis.ConnectionError as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]  # dramatiq tries again
        except Exception:
            self.broker.put_down(self.queue_name, redis_id)
            raise
        finally:
            self.queued_message_ids.discard(message.message_id)
        self.broker.put_down(self.queue_name, redis_id)

    def _list_of(self, redis_id: str) -> str:
        broker: SignupBroker = self.broker
        return broker.list_of(redis_id, self.queue_name)


class Queue:
    """Puts messages on the queue. Raises QueueUnavailable while Redis is away."""

    def __init__(self, broker: SignupBroker) -> None:
        self._broker = broker

    def enqueue_signup(self, payload: dict[str, Any] | str, *, channel: Channel = Channel.QUEUE) -> None:
        """Pass one signup to the actor. A string is passed as it is, and recorded as invalid where it is not JSON.

        The message has one argument, the payload; only another channel than the queue adds a second.
        """
        arguments = [payload] if channel is Channel.QUEUE else [payload, str(channel)]
        self._put(SIGNUPS_QUEUE, LANES[channel], RECEIVE_ACTOR, *arguments)

    def wake(self, report_ids: Iterable[int], lane: Lane) -> None:
        """Put the ids of a lane's due reports on the queue."""
        for report_id in report_ids:
            self._put(DELIVER_QUEUE, lane, DELIVER_ACTOR, report_id)

    def depth(self, queue: str = DELIVER_QUEUE, *, lane: Lane | None = None) -> int:
        """Return how many messages wait on a queue or are being processed, of one lane or of all."""
        return redis_queues.depth(self._broker.client, queue, lane=lane)

    def depths(self) -> dict[str, int]:
        """Return the depth of each queue, by its name."""
        return {queue: self.depth(queue) for queue in (SIGNUPS_QUEUE, DELIVER_QUEUE)}

    def _put(self, queue: str, lane: Lane, actor: str, *args: Any) -> None:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue, actor_name=actor, args=args, kwargs={}, options={}
        )
        try:
            self._broker.put_on(queue, lane, message)
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error
