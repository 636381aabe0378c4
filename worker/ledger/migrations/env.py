"""Alembic's entry: it is always handed a connection by `worker.ledger.migrate`, never a URL."""

from alembic import context

from worker.ledger.schema import metadata

connection = context.config.attributes["connection"]
on_sqlite = connection.dialect.name == "sqlite"
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=on_sqlite, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
