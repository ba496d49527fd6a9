"""The officers' desk: people, sessions, the audit log, the docket, drafts, signatures, control cases.

Violations that are there already go into the docket, those with a decision as done.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG, TEXT, BYTES = sa.BigInteger, sa.Text, sa.LargeBinary
COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _people()
    _proofs()
    _audit()
    _docket()
    _signatures()
    op.create_index("decision_officer", "decision", ["officer", "leaf"])


def _people() -> None:
    op.create_table(
        "account",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("locked_ms", BIG),
        sa.Column("password", TEXT),
        sa.Column("totp", TEXT),
        sa.Column("totp_step", BIG, nullable=False, server_default="0"),
        sa.Column("language", TEXT, nullable=False, server_default="ru"),
        sa.Column("made_ms", BIG, nullable=False),
    )
    op.create_table(
        "passkey",
        sa.Column("handle", BYTES, primary_key=True),
        sa.Column("account", TEXT, sa.ForeignKey("account.name"), nullable=False),
        sa.Column("credential", BYTES, nullable=False),
        sa.Column("counter", BIG, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("made_ms", BIG, nullable=False),
    )
    op.create_index("passkey_account", "passkey", ["account"])


def _proofs() -> None:
    op.create_table(
        "invitation",
        sa.Column("hash", BYTES, primary_key=True),
        sa.Column("account", TEXT, sa.ForeignKey("account.name"), nullable=False),
        sa.Column("expires_ms", BIG, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("hash", BYTES, primary_key=True),
        sa.Column("account", TEXT, sa.ForeignKey("account.name"), nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("made_ms", BIG, nullable=False),
        sa.Column("seen_ms", BIG, nullable=False),
    )
    op.create_index("session_account", "session", ["account"])
    op.create_table(
        "challenge",
        sa.Column("hash", BYTES, primary_key=True),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("account", TEXT),
        sa.Column("payload", BYTES, nullable=False),
        sa.Column("expires_ms", BIG, nullable=False),
    )
    op.create_table(
        "throttle",
        sa.Column("key", BYTES, primary_key=True),
        sa.Column("count", BIG, nullable=False),
        sa.Column("until_ms", BIG, nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("leaf", BIG, primary_key=True, autoincrement=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("statement", BYTES, nullable=False),
    )
    op.create_index("audit_account", "audit", ["account", "leaf"])
    op.create_index("audit_act", "audit", ["act", "leaf"])
    for table in ("audit", "decision"):
        _make_append_only(table)


def _make_append_only(table: str) -> None:
    """Whoever owns the database can still lift this; the log then shows what is missing."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION kirpik_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION kirpik_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _docket() -> None:
    op.create_table(
        "docket",
        sa.Column("leaf", BIG, primary_key=True, autoincrement=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("moment_ms", BIG),
        sa.Column("outcome", TEXT, nullable=False, server_default="charge"),
        sa.Column("charged_m_per_h", BIG),
        sa.Column("limit_m_per_h", BIG),
        sa.Column("confidence_ppm", BIG, nullable=False, server_default="1000000"),
        sa.Column("state", TEXT, nullable=False, server_default="waiting"),
        sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
        sa.Column("verdict", TEXT),
        sa.Column("holder", TEXT),
        sa.Column("held_until_ms", BIG, nullable=False, server_default="0"),
    )
    op.execute(
        "INSERT INTO docket (leaf, kind, site, moment_ms, state, turn, verdict) "
        "SELECT leaf, kind, site, moment_ms, CASE WHEN last IS NULL THEN 'waiting' ELSE 'done' END, COALESCE(last, 0), "
        "(SELECT verdict FROM decision WHERE packet = v.leaf AND turn = last) FROM (SELECT violation.*, "
        "(SELECT max(turn) FROM decision WHERE packet = violation.leaf) AS last FROM violation) AS v"
    )
    for name, columns in {
        "docket_state": ["state", "leaf"],
        "docket_kind": ["state", "kind", "leaf"],
        "docket_site": ["state", "site", "leaf"],
        "docket_site_kind": ["state", "site", "kind", "leaf"],
    }.items():
        op.create_index(name, "docket", columns)
    held = sa.text("holder IS NOT NULL")
    op.create_index("docket_holder", "docket", ["holder"], sqlite_where=held, postgresql_where=held)
    few = sa.text("confidence_ppm < 970000")
    op.create_index("docket_doubtful", "docket", ["state", "leaf"], sqlite_where=few, postgresql_where=few)
    op.create_table(
        "draft",
        sa.Column("leaf", BIG, sa.ForeignKey("docket.leaf"), primary_key=True, autoincrement=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("made_ms", BIG, nullable=False),
    )
    op.create_index("draft_account", "draft", ["account"])
    op.create_table(
        "control",
        sa.Column("leaf", BIG, primary_key=True, autoincrement=False),
        sa.Column("source", BIG, nullable=False),
        sa.Column("fault", TEXT, nullable=False),
        sa.Column("account", TEXT),
        sa.Column("verdict", TEXT),
        sa.Column("answered_ms", BIG),
        sa.Column("statement", BYTES),
    )
    op.create_index("control_account", "control", ["account"])


def _signatures() -> None:
    op.create_table(
        "signature",
        sa.Column("id", COUNTED, primary_key=True),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("credential", BYTES, nullable=False),
        sa.Column("client_data", BYTES, nullable=False),
        sa.Column("authenticator_data", BYTES, nullable=False),
        sa.Column("signature", BYTES, nullable=False),
        sa.Column("statements", BYTES, nullable=False),
        sa.Column("made_ms", BIG, nullable=False),
    )
    op.create_table(
        "signed",
        sa.Column("statement", BYTES, primary_key=True),
        sa.Column("signature", COUNTED, sa.ForeignKey("signature.id"), nullable=False),
    )
