"""Tells somebody outside after each sweep how this installation is, so that a host that is dead is noticed too."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import structlog
import urllib3

from worker.errors import WorkerError
from worker.findings import Verdict
from worker.unexpected import count_unexpected

log = structlog.get_logger(__name__)

TIMEOUT_S = 5.0


class Ping:
    """Posts the verdict to `url`, or to `url` with /fail at its end while somebody must act.

    Healthchecks, Better Stack and others read it so. One that takes long delays only the next ping, never the sweep.
    """

    def __init__(self, url: str, read_verdict: Callable[[], Verdict], *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._read_verdict = read_verdict
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=timeout_s), retries=False, num_pools=1)
        self._under_way = threading.Lock()

    def after(self, sweep: Callable[[], bool]) -> Callable[[], None]:
        """Return the sweep with a ping after it, where it says that this process swept, or where it fails."""

        def sweep_and_ping() -> None:
            swept = True
            try:
                swept = sweep()
            finally:
                if swept:
                    threading.Thread(target=self.send, name="ping", daemon=True).start()

        return sweep_and_ping

    def send(self) -> None:
        """Post the verdict, unless a ping is under way. Never raises: a failure is logged."""
        if not self._under_way.acquire(blocking=False):
            return
        try:
            self._post(self._read_verdict())
        except (urllib3.exceptions.HTTPError, WorkerError) as error:
            log.warning("heartbeat not delivered", error=type(error).__name__)
        except Exception as error:
            count_unexpected("ping", error)
            log.exception("heartbeat not delivered")
        finally:
            self._under_way.release()

    def _post(self, verdict: Verdict) -> None:
        findings = [finding.to_json() for finding in verdict.findings]
        body = json.dumps({"must_act": verdict.must_act, "findings": findings}).encode()
        headers = {"Content-Type": "application/json"}
        answer = self._pool.request("POST", self._address(verdict), body=body, headers=headers, redirect=False)
        if answer.status >= 300:
            log.warning("heartbeat not delivered", status=answer.status)

    def _address(self, verdict: Verdict) -> str:
        if not verdict.must_act:
            return self._url
        parts = urlsplit(self._url)
        return urlunsplit(parts._replace(path=f"{parts.path}/fail"))
