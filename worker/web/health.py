"""/healthz says that the process answers, /readyz that it can commit a signup.

Redis is not asked: without it signups are received all the same, and the sweep wakes their delivery later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from worker.boot.web import WebServices
from worker.web.openapi import documented
from worker.web.problems import RETRY_LEDGER_S, Problem, retry_after
from worker.web.thread_pool import ThreadPool
from worker.web.write_proof import WriteProof

log = structlog.get_logger(__name__)


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Everything that the process needs answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ready", "checks": {"ledger": "ok"}}]})

    status: Literal["ready"]
    checks: dict[str, str]


def not_ready(checks: Mapping[str, str]) -> Problem:
    """503 with the checks that say why."""
    return Problem(503, "not-ready", "Not ready.", headers=retry_after(RETRY_LEDGER_S), checks=checks)


def routes(services: WebServices, pool: ThreadPool) -> APIRouter:
    """Both endpoints."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", operation_id="health", summary="The process answers")
    async def health() -> Health:
        return Health(status="ok")

    proof = WriteProof(services.core.ledger)

    @router.get(
        "/readyz",
        operation_id="ready",
        summary="The ledger takes writes, schema and catalogue are in order",
        responses=documented(not_ready({"ledger": "takes no writes"})),
    )
    async def ready() -> Readiness:
        checks = await pool.run(lambda: check_all(services, proof))
        if all(verdict == "ok" for verdict in checks.values()):
            return Readiness(status="ready", checks=checks)
        log.warning("not ready", **checks)
        raise not_ready(checks)

    return router


def check_all(services: WebServices, proof: WriteProof) -> dict[str, str]:
    """Return `ok` for each part by name, or a few words on what is wrong with it."""
    return {"ledger": proof.verdict(), "catalogue": "ok" if services.core.catalogue.roles else "empty"}
