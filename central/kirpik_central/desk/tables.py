"""Tables of the casework: what waits, who holds it, what is decided and not yet signed, and who signed what."""

from sqlalchemy import BigInteger, Index, LargeBinary, Table, Text, text

from kirpik_central.columns import blob, counted, key, maybe, pointer, small, whole, words
from kirpik_central.tables import METADATA

DOUBTFUL, HELD = text("confidence_ppm < 970000"), text("holder IS NOT NULL")

DOCKET = Table(
    "docket",
    METADATA,
    key("leaf"),
    words("kind"),
    words("site"),
    maybe("moment_ms", BigInteger),
    words("outcome", "charge"),
    maybe("charged_m_per_h", BigInteger),
    maybe("limit_m_per_h", BigInteger),
    whole("confidence_ppm", 1000000),
    words("state", "waiting"),
    small("turn", 0),
    maybe("verdict", Text),
    maybe("holder", Text),
    whole("held_until_ms", 0),
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
    key("leaf", of="docket.leaf"),
    words("account"),
    small("turn"),
    words("verdict"),
    words("reason"),
    whole("made_ms"),
    Index("draft_account", "account"),
)
"""Decided and not signed yet: can be taken back, and counts for nothing."""

SIGNATURE = Table(
    "signature",
    METADATA,
    counted(),
    words("account"),
    words("method"),
    blob("credential"),
    blob("client_data"),
    blob("authenticator_data"),
    blob("signature"),
    blob("statements"),
    whole("made_ms"),
)
"""By one touch an officer signs a list of decisions: the SHA-256 of each statement, one after another. The passkey's
challenge is the hash of that list. With `method` code nothing is signed: he typed a one-time code."""

SIGNED = Table(
    "signed",
    METADATA,
    key("statement", LargeBinary),
    pointer("signature", of="signature.id"),
)
"""Which signature covers a statement, by its SHA-256."""

CONTROL = Table(
    "control",
    METADATA,
    key("leaf"),
    whole("source"),
    words("fault"),
    maybe("account", Text),
    maybe("verdict", Text),
    maybe("answered_ms", BigInteger),
    maybe("statement", LargeBinary),
    Index("control_account", "account"),
)
"""Cases that are known to be innocent: an old one with a fault put in, to see whether officers look. They have numbers
like others, accuse nobody, and what is said of them goes nowhere but here."""
