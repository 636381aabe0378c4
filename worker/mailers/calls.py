"""Calls that can be left behind: each is made in a thread of its own, for which the caller waits until a deadline.

The threads stay for the next calls, since a new one for each costs more than handing a call over.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from worker.errors import OutcomeUnknown
from worker.mailers.mailer import Accepted, BeforePost
from worker.unexpected import count_unexpected

IDLE_S = 60.0  # without a call for so long, a thread ends


class Call:
    """One call that posts a letter, shared by the thread that makes it and the thread that waits for it."""

    def __init__(self, before_post: BeforePost) -> None:
        self.intent_failed = False
        self._posted_at: float | None = None
        self._before_post: BeforePost | None = before_post
        self._results: queue.SimpleQueue[Accepted | Exception] = queue.SimpleQueue()
        self._answer: Future[Accepted] = Future()

    @property
    def posted(self) -> bool:
        """Whether the POST has begun."""
        return self._posted_at is not None

    def before_send(self, signed_at: datetime) -> None:
        """Commit the intent, once; the bytes leave when this returns."""
        if self._before_post is None:
            raise OutcomeUnknown("SecondPost", "botocore tried to post a second time; it was stopped")
        before_post, self._before_post = self._before_post, None
        try:
            before_post(signed_at)
        except Exception as error:
            count_unexpected("intent", error)
            self.intent_failed = True
            raise
        self._posted_at = time.monotonic()

    def end(self, result: Accepted | Exception) -> None:
        """Pass the result to the waiting thread, or to whom it left the answer."""
        self._results.put(result)
        if isinstance(result, Exception):
            self._answer.set_exception(result)
        else:
            self._answer.set_result(result)

    def wait(self, deadline_s: float) -> Accepted:
        """Return or raise the result.

        Raises OutcomeUnknown with the answer that may still come where there is none `deadline_s` after the POST began.
        """
        while (left_s := self._left_s(deadline_s)) > 0:
            with contextlib.suppress(queue.Empty):
                result = self._results.get(timeout=left_s)
                if isinstance(result, Exception):
                    raise result
                return result
        raise OutcomeUnknown("DeadlineExceeded", f"no whole answer within {deadline_s:g} s", answer=self._answer)

    def _left_s(self, deadline_s: float) -> float:
        """The work before the POST, mainly the ledger's, has time limits of its own."""
        return deadline_s if self._posted_at is None else self._posted_at + deadline_s - time.monotonic()


class CallThreads:
    """The threads that make calls, each one call at a time, by `make`, which ends the call and raises nothing."""

    def __init__(self, make: Callable[[Call, dict[str, Any]], None]) -> None:
        self._make = make
        self._idle: deque[_Inbox] = deque()

    def start(self, call: Call, request: dict[str, Any]) -> None:
        """Have a call made, in the thread that was busy last, or in a new one where none is idle."""
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="ses-post", daemon=True).start()
        inbox.put((call, request))

    def _serve(self, inbox: _Inbox) -> None:
        while True:
            try:
                call, request = inbox.get(timeout=IDLE_S)
            except queue.Empty:
                try:
                    self._idle.remove(inbox)
                except ValueError:  # a call is on its way here
                    continue
                return
            self._make(call, request)
            self._idle.append(inbox)


_Inbox = queue.SimpleQueue[tuple[Call, dict[str, Any]]]
