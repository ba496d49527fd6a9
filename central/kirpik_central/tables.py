"""The central's tables. Integers and bytes alone, so that SQLite and PostgreSQL hold the same.

Times are milliseconds of UTC. The schema is made by the migrations beside this file; a test compares the two.
"""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from kirpik_central.columns import blob, counted, key, maybe, place, small, whole, words

METADATA = MetaData()

PACKET = Table(
    "packet",
    METADATA,
    counted(),
    blob("unit"),
    whole("epoch"),
    whole("sequence"),
    blob("link"),
    blob("previous"),
    blob("wire"),
    maybe("evidence", LargeBinary),
    maybe("refusal", Text),
    whole("received_ms"),
    small("kind", 1),
    whole("leaf"),
    Unique("unit", "epoch", "sequence", name="packet_place"),
    Unique("leaf", name="packet_leaf"),
)
"""Every packet that is proven to be its unit's, once. With `evidence` it is opened; `refusal` says why it is no
evidence; with neither it waits for whoever has the seal key. `leaf` is its number in the log."""

READER = Table(
    "reader",
    METADATA,
    key("id", Integer),
    whole("next"),
)
"""One row: all leaves below `next` have been looked into. The log is the queue from the intake to the reader."""

VIOLATION = Table(
    "violation",
    METADATA,
    key("leaf"),
    words("kind"),
    words("site"),
    maybe("moment_ms", BigInteger),
    blob("configuration"),
    Index("violation_site", "site", "moment_ms"),
    Index("violation_configuration", "configuration"),
)
"""Packets that were read and accuse somebody. No plate here: it is in the evidence, and there is no search by it.
By `configuration`, the hash of a site file, all that a wrong sign has led to can be recalled."""

DECISION = Table(
    "decision",
    METADATA,
    key("leaf"),
    whole("packet", of="packet.leaf"),
    small("turn"),
    words("verdict"),
    words("officer"),
    words("reason"),
    whole("decided_ms"),
    blob("statement"),
    Unique("packet", "turn", name="decision_turn"),
    Index("decision_officer", "officer", "leaf"),
)
"""What a named officer decided, never altered: a later word on the same packet is the next turn, and the last one
holds. Two officers cannot take the same turn. `statement` is the row as CBOR; its hash is in the log at `leaf`."""

CHAIN = Table(
    "chain",
    METADATA,
    key("unit", LargeBinary),
    key("epoch"),
    whole("up_to"),
    blob("link"),
    whole("head", 0),
    whole("refused", 0),
)
"""How far the packets of an epoch follow one another without a gap, the highest sequence that is there, and how many
were refused. Only ever grows. Whoever stores packets of an epoch holds its row."""

UNIT_KEY = Table(
    "unit_key",
    METADATA,
    *place(),
    maybe("public", LargeBinary),
)
"""Where a unit changed its key, and to which: good for every place after. NULL until somebody can open the packet."""

GIVEN_UP = Table(
    "given_up",
    METADATA,
    *place(),
    blob("link"),
)
"""Packets that will never come: the unit has told, in its chain, that it gave them up."""

WITHHELD = Table(
    "withheld",
    METADATA,
    key("unit", LargeBinary),
    key("epoch"),
    key("reason", Text),
    whole("number"),
)
"""How often a doubt has freed somebody in a run of a unit, as its newest checkpoint tells."""

RECEIPT = Table(
    "receipt",
    METADATA,
    key("hash", LargeBinary),
    blob("unit"),
    whole("epoch"),
    whole("up_to"),
    blob("signed"),
    whole("issued_ms"),
    Index("receipt_place", "unit", "epoch", "up_to"),
)
"""What the central has signed; a unit's next packet names the newest that it was told."""

QUARANTINE = Table(
    "quarantine",
    METADATA,
    key("hash", LargeBinary),
    words("topic"),
    words("reason"),
    blob("wire"),
    whole("received_ms"),
)
"""What was turned away at the front door, once each, for somebody to look at."""

ALARM = Table(
    "alarm",
    METADATA,
    counted(),
    words("kind"),
    blob("unit"),
    whole("epoch"),
    whole("sequence"),
    blob("link"),
    whole("raised_ms"),
    Unique("kind", "unit", "epoch", "sequence", "link", name="alarm_once"),
)
"""What somebody has to look into. `fork`: a second packet with a place that is taken, a unit's memory in two places.
`chain`: one that does not follow from the packet before it. `gap`: the unit believes that we hold what we do not.
`branch`: two packets name the same one before them. `flood`: a unit says more than any honest one does."""

HEALTH = Table(
    "health",
    METADATA,
    key("unit", LargeBinary),
    whole("received_ms"),
    maybe("state", Text),
    maybe("numbers", Text),
)
"""What each unit last said of itself, numbers only; nothing older is kept."""

COUNTER = Table(
    "counter",
    METADATA,
    key("name", Text),
    whole("value"),
)

LOG = Table(
    "log",
    METADATA,
    key("id", Integer),
    whole("size"),
)
"""One row: how many leaves the log has. Whoever appends holds it, so leaves have no gap and no number twice."""

LEAF = Table(
    "leaf",
    METADATA,
    key("number"),
    blob("entry"),
)
"""The log's entries, as kirpik.wire.tlog makes them."""

TILE = Table(
    "tile",
    METADATA,
    key("level", Integer),
    key("number"),
    blob("hashes"),
)
"""Full tiles of the log's tree: 256 hashes each (c2sp.org/tlog-tiles)."""

CHECKPOINT = Table(
    "checkpoint",
    METADATA,
    key("size"),
    words("note"),
    whole("made_ms"),
)
"""Signed heads of the log (c2sp.org/tlog-checkpoint)."""
