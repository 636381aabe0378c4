"""What a worker leaves behind that has stopped: nothing."""

import sqlalchemy as sa

from tests.faults.installation import Installation
from tests.parts.waiting import wait_for

OTHERS = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def test_no_connection_to_the_ledger_stays_open(postgres_ledger_url, redis_url, ses, tmp_path):
    """Neither its threads' nor the one that retention and purge share."""
    installation = Installation(tmp_path, database_url=postgres_ledger_url, redis_url=redis_url, ses=ses)

    def connections():
        with installation.services.core.ledger.read() as tx:
            return tx.execute(OTHERS).scalar_one()

    before = connections()
    with installation.worker_thread(threads=1) as services:
        wait_for(lambda: "Connections in pool: 1" in services.upkeep_ledger.engine.pool.status(), "retention and purge")
        assert connections() > before
    wait_for(lambda: connections() == before, "every connection closed")
    installation.close()
