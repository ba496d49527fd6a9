"""Tables of people and of what they did. Names, roles, proofs of who somebody is; never a plate, never an owner."""

from sqlalchemy import BigInteger, Index, LargeBinary, Table, Text

from kirpik_central.columns import blob, key, maybe, whole, words
from kirpik_central.tables import METADATA

ACCOUNT = Table(
    "account",
    METADATA,
    key("name", Text),
    words("role"),
    maybe("locked_ms", BigInteger),
    maybe("password", Text),
    maybe("totp", Text),
    whole("totp_step", 0),
    words("language", "ru"),
    whole("made_ms"),
)
"""A name is given once and for ever: decisions bear it. `totp_step` is the newest code that was used, good once."""

PASSKEY = Table(
    "passkey",
    METADATA,
    key("handle", LargeBinary),
    words("account", of="account.name"),
    blob("credential"),
    whole("counter"),
    words("label"),
    whole("made_ms"),
    Index("passkey_account", "account"),
)
"""`credential` is WebAuthn's attested credential data: id and public key."""

INVITATION = Table(
    "invitation",
    METADATA,
    key("hash", LargeBinary),
    words("account", of="account.name"),
    whole("expires_ms"),
)
"""A link by which somebody sets up how he proves himself, once."""

SESSION = Table(
    "session",
    METADATA,
    key("hash", LargeBinary),
    words("account", of="account.name"),
    words("method"),
    whole("made_ms"),
    whole("seen_ms"),
    Index("session_account", "account"),
)
"""By the hash of the cookie: whoever reads the table cannot come in with it."""

CHALLENGE = Table(
    "challenge",
    METADATA,
    key("hash", LargeBinary),
    words("purpose"),
    maybe("account", Text),
    blob("payload"),
    whole("expires_ms"),
)
"""What a passkey was asked to sign; taken out when it answers, so that an answer is good once."""

THROTTLE = Table(
    "throttle",
    METADATA,
    key("key", LargeBinary),
    whole("count"),
    whole("until_ms"),
)
"""How often something was tried, by the hash of what and by whom, until when that counts."""

AUDIT = Table(
    "audit",
    METADATA,
    key("leaf"),
    whole("at_ms"),
    words("account"),
    words("act"),
    words("subject"),
    words("note"),
    blob("statement"),
    Index("audit_account", "account", "leaf"),
    Index("audit_act", "act", "leaf"),
)
"""Who did what, never altered: the database refuses, and the hash of `statement` is in the log at `leaf`."""
