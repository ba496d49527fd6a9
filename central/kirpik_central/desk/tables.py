"""Tables of the casework: what waits, who holds it, what is decided and not yet signed, and who signed what."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from kirpik_central.tables import METADATA, NUMBER

DOUBTFUL, HELD = text("confidence_ppm < 970000"), text("holder IS NOT NULL")

DOCKET = Table(
    "docket",
    METADATA,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("moment_ms", BigInteger),
    Column("outcome", Text, nullable=False, server_default="charge"),
    Column("charged_m_per_h", BigInteger),
    Column("limit_m_per_h", BigInteger),
    Column("confidence_ppm", BigInteger, nullable=False, server_default="1000000"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("verdict", Text),
    Column("holder", Text),
    Column("held_until_ms", BigInteger, nullable=False, server_default="0"),
    Index("docket_state", "state", "leaf"),
    Index("docket_kind", "state", "kind", "leaf"),
    Index("docket_site", "state", "site", "leaf"),
    Index("docket_site_kind", "state", "site", "kind", "leaf"),
    Index("docket_holder", "holder", sqlite_where=HELD, postgresql_where=HELD),
    Index("docket_doubtful", "state", "leaf", sqlite_where=DOUBTFUL, postgresql_where=DOUBTFUL),
)
"""One row a case, by its packet's number in the log. `state` is waiting, second (another officer has to look) or done.
`confidence_ppm` is that of the least certain letter. No plate: a list of cases is no list of drivers."""

DRAFT = Table(
    "draft",
    METADATA,
    Column("leaf", BigInteger, ForeignKey("docket.leaf"), primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Index("draft_account", "account"),
)
"""Decided and not signed yet: can be taken back, and counts for nothing."""

SIGNATURE = Table(
    "signature",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("account", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("client_data", LargeBinary, nullable=False),
    Column("authenticator_data", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("statements", LargeBinary, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)
"""By one touch an officer signs a list of decisions: the SHA-256 of each statement, one after another. The passkey's
challenge is the hash of that list. With `method` code nothing is signed: he typed a one-time code."""

SIGNED = Table(
    "signed",
    METADATA,
    Column("statement", LargeBinary, primary_key=True),
    Column("signature", NUMBER, ForeignKey("signature.id"), nullable=False),
)
"""Which signature covers a statement, by its SHA-256."""

CONTROL = Table(
    "control",
    METADATA,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("source", BigInteger, nullable=False),
    Column("fault", Text, nullable=False),
    Column("account", Text),
    Column("verdict", Text),
    Column("answered_ms", BigInteger),
    Column("statement", LargeBinary),
    Index("control_account", "account"),
)
"""Cases that are known to be innocent: an old one with a fault put in, to see whether officers look. They have numbers
like others, accuse nobody, and what is said of them goes nowhere but here."""
