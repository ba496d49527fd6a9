"""Tables of people and of what they did. Names, roles, proofs of who somebody is; never a plate, never an owner."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

from kirpik_central.tables import METADATA

ACCOUNT = Table(
    "account",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("locked_ms", BigInteger),
    Column("password", Text),
    Column("totp", Text),
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    Column("language", Text, nullable=False, server_default="ru"),
    Column("made_ms", BigInteger, nullable=False),
)
"""A name is given once and for ever: decisions bear it. `totp_step` is the newest code that was used, good once."""

PASSKEY = Table(
    "passkey",
    METADATA,
    Column("handle", LargeBinary, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Index("passkey_account", "account"),
)
"""`credential` is WebAuthn's attested credential data: id and public key."""

INVITATION = Table(
    "invitation",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
"""A link by which somebody sets up how he proves himself, once."""

SESSION = Table(
    "session",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    Column("account", Text, ForeignKey("account.name"), nullable=False),
    Column("method", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Index("session_account", "account"),
)
"""By the hash of the cookie: whoever reads the table cannot come in with it."""

CHALLENGE = Table(
    "challenge",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("account", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
"""What a passkey was asked to sign; taken out when it answers, so that an answer is good once."""

THROTTLE = Table(
    "throttle",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)
"""How often something was tried, by the hash of what and by whom, until when that counts."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Index("audit_account", "account", "leaf"),
    Index("audit_act", "act", "leaf"),
)
"""Who did what, never altered: the database refuses, and the hash of `statement` is in the log at `leaf`."""
