"""How Alembic reaches the database: by the connection that it is handed, never by a settings file of its own."""

from alembic import context

import kirpik_central.accounts.tables
import kirpik_central.desk.tables  # noqa: F401  both add to METADATA
from kirpik_central.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
