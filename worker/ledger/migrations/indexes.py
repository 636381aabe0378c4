"""How a revision adds an index to a table that workers write to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create_index_beside_writers(name: str, table: str, columns: list[str], *, where: str | None = None) -> None:
    """Create an index without keeping anybody from writing: on PostgreSQL CONCURRENTLY, outside a transaction.

    It must be all that its revision does. PostgreSQL waits in it for transactions that are older, without a limit. Cut
    off, it leaves an index that is not valid, which the next `worker migrate` drops and builds again.
    """
    condition = None if where is None else sa.text(where)
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, columns, sqlite_where=condition)
        return
    with op.get_context().autocommit_block():
        if not op.get_context().as_sql:
            op.execute("SET lock_timeout = 0")
        op.create_index(name, table, columns, postgresql_where=condition, postgresql_concurrently=True)
