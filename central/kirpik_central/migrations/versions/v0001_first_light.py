"""Packets, chains, receipts, quarantine, alarms, counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "packet",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("unit", sa.LargeBinary, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("link", sa.LargeBinary, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("wire", sa.LargeBinary, nullable=False),
        sa.Column("evidence", sa.LargeBinary),
        sa.Column("refusal", sa.Text),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("unit", "epoch", "sequence", name="packet_place"),
    )
    op.create_table(
        "chain",
        sa.Column("unit", sa.LargeBinary, primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("up_to", sa.BigInteger, nullable=False),
        sa.Column("link", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "receipt",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("unit", sa.LargeBinary, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("up_to", sa.BigInteger, nullable=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("issued_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("receipt_place", "receipt", ["unit", "epoch", "up_to"])
    op.create_table(
        "quarantine",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("wire", sa.LargeBinary, nullable=False),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "alarm",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("unit", sa.LargeBinary, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("link", sa.LargeBinary, nullable=False),
        sa.Column("raised_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("kind", "unit", "epoch", "sequence", "link", name="alarm_once"),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
