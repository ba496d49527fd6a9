"""The log, the reader's place in it, violations, decisions, health; chains know their head.

Packets that are there already become the log's first leaves, in the order in which they came.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _log()
    _packets()
    _chains()
    _cases()
    _units()
    op.create_table(
        "health",
        sa.Column("unit", sa.LargeBinary, primary_key=True),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("numbers", sa.Text),
    )


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leaf",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO log (id, size) SELECT 1, count(*) FROM packet")


def _packets() -> None:
    with op.batch_alter_table("packet") as packet:
        packet.add_column(sa.Column("kind", sa.Integer, nullable=False, server_default="1"))
        packet.add_column(sa.Column("leaf", sa.BigInteger))
    op.execute(
        "UPDATE packet SET leaf = (SELECT numbered.n FROM "
        "(SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM packet) AS numbered WHERE numbered.id = packet.id)"
    )
    with op.batch_alter_table("packet") as packet:
        packet.alter_column("leaf", existing_type=sa.BigInteger, nullable=False)
        packet.create_unique_constraint("packet_leaf", ["leaf"])
    entry = "'\\x01'::bytea || link" if _is_postgresql() else "CAST(x'01' || link AS BLOB)"
    op.execute(f"INSERT INTO leaf (number, entry) SELECT leaf, {entry} FROM packet ORDER BY leaf")  # noqa: S608
    op.create_table(
        "reader",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("next", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO reader (id, next) VALUES (1, 0)")


def _chains() -> None:
    with op.batch_alter_table("chain") as chain:
        chain.add_column(sa.Column("head", sa.BigInteger, nullable=False, server_default="0"))
        chain.add_column(sa.Column("refused", sa.BigInteger, nullable=False, server_default="0"))
    nothing = "''::bytea" if _is_postgresql() else "x''"
    op.execute(
        f"INSERT INTO chain (unit, epoch, up_to, link) SELECT DISTINCT unit, epoch, 0, {nothing} FROM packet "  # noqa: S608
        "WHERE NOT EXISTS (SELECT 1 FROM chain WHERE chain.unit = packet.unit AND chain.epoch = packet.epoch)"
    )
    same = "WHERE packet.unit = chain.unit AND packet.epoch = chain.epoch"
    op.execute(
        f"UPDATE chain SET head = (SELECT max(sequence) FROM packet {same}), "  # noqa: S608
        f"refused = (SELECT count(refusal) FROM packet {same})"
    )


def _units() -> None:
    for name, held in (("unit_key", sa.Column("public", sa.LargeBinary)),
                       ("given_up", sa.Column("link", sa.LargeBinary, nullable=False))):  # fmt: skip
        op.create_table(
            name,
            sa.Column("unit", sa.LargeBinary, primary_key=True),
            sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
            held,
        )


def _cases() -> None:
    op.create_table(
        "violation",
        sa.Column("leaf", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("moment_ms", sa.BigInteger),
        sa.Column("configuration", sa.LargeBinary, nullable=False),
    )
    op.create_index("violation_site", "violation", ["site", "moment_ms"])
    op.create_index("violation_configuration", "violation", ["configuration"])
    op.create_table(
        "decision",
        sa.Column("leaf", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("packet", sa.BigInteger, sa.ForeignKey("packet.leaf"), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("officer", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_ms", sa.BigInteger, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("packet", "turn", name="decision_turn"),
    )


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
