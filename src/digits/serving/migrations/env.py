"""How Alembic brings a store up to date: on the connection, and in the transaction, that `store.py` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
