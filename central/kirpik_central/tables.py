"""The central's tables. Integers and bytes alone, so that SQLite and PostgreSQL hold the same.

Times are milliseconds of UTC. The schema is made by the migrations beside this file; a test compares the two.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy import UniqueConstraint as Unique

METADATA = MetaData()
NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts rows up by itself only in a column that is called INTEGER."""

PACKET = Table(
    "packet",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("unit", LargeBinary, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("wire", LargeBinary, nullable=False),
    Column("evidence", LargeBinary),
    Column("refusal", Text),
    Column("received_ms", BigInteger, nullable=False),
    Column("kind", Integer, nullable=False, server_default="1"),
    Column("leaf", BigInteger, nullable=False),
    Unique("unit", "epoch", "sequence", name="packet_place"),
    Unique("leaf", name="packet_leaf"),
)
"""Every packet that is proven to be its unit's, once. With `evidence` it is opened; `refusal` says why it is no
evidence; with neither it waits for whoever has the seal key. `leaf` is its number in the log."""

READER = Table(
    "reader",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
)
"""One row: all leaves below `next` have been looked into. The log is the queue from the intake to the reader."""

VIOLATION = Table(
    "violation",
    METADATA,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("moment_ms", BigInteger),
    Column("configuration", LargeBinary, nullable=False),
    Index("violation_site", "site", "moment_ms"),
    Index("violation_configuration", "configuration"),
)
"""Packets that were read and accuse somebody. No plate here: it is in the evidence, and there is no search by it.
By `configuration`, the hash of a site file, all that a wrong sign has led to can be recalled."""

DECISION = Table(
    "decision",
    METADATA,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("packet", BigInteger, ForeignKey("packet.leaf"), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("officer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_ms", BigInteger, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Unique("packet", "turn", name="decision_turn"),
    Index("decision_officer", "officer", "leaf"),
)
"""What a named officer decided, never altered: a later word on the same packet is the next turn, and the last one
holds. Two officers cannot take the same turn. `statement` is the row as CBOR; its hash is in the log at `leaf`."""

CHAIN = Table(
    "chain",
    METADATA,
    Column("unit", LargeBinary, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("up_to", BigInteger, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Column("head", BigInteger, nullable=False, server_default="0"),
    Column("refused", BigInteger, nullable=False, server_default="0"),
)
"""How far the packets of an epoch follow one another without a gap, the highest sequence that is there, and how many
were refused. Only ever grows. Whoever stores packets of an epoch holds its row."""

UNIT_KEY = Table(
    "unit_key",
    METADATA,
    Column("unit", LargeBinary, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("public", LargeBinary),
)
"""Where a unit changed its key, and to which: good for every place after. NULL until somebody can open the packet."""

GIVEN_UP = Table(
    "given_up",
    METADATA,
    Column("unit", LargeBinary, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("link", LargeBinary, nullable=False),
)
"""Packets that will never come: the unit has told, in its chain, that it gave them up."""

WITHHELD = Table(
    "withheld",
    METADATA,
    Column("unit", LargeBinary, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""How often a doubt has freed somebody in a run of a unit, as its newest checkpoint tells."""

RECEIPT = Table(
    "receipt",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    Column("unit", LargeBinary, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("up_to", BigInteger, nullable=False),
    Column("signed", LargeBinary, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Index("receipt_place", "unit", "epoch", "up_to"),
)
"""What the central has signed; a unit's next packet names the newest that it was told."""

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("wire", LargeBinary, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)
"""What was turned away at the front door, once each, for somebody to look at."""

ALARM = Table(
    "alarm",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("unit", LargeBinary, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Column("raised_ms", BigInteger, nullable=False),
    Unique("kind", "unit", "epoch", "sequence", "link", name="alarm_once"),
)
"""What somebody has to look into. `fork`: a second packet with a place that is taken, a unit's memory in two places.
`chain`: one that does not follow from the packet before it. `gap`: the unit believes that we hold what we do not.
`branch`: two packets name the same one before them. `flood`: a unit says more than any honest one does."""

HEALTH = Table(
    "health",
    METADATA,
    Column("unit", LargeBinary, primary_key=True),
    Column("received_ms", BigInteger, nullable=False),
    Column("state", Text),
    Column("numbers", Text),
)
"""What each unit last said of itself, numbers only; nothing older is kept."""

COUNTER = Table(
    "counter",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

LOG = Table(
    "log",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
)
"""One row: how many leaves the log has. Whoever appends holds it, so leaves have no gap and no number twice."""

LEAF = Table(
    "leaf",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),
)
"""The log's entries, as kirpik.wire.tlog makes them."""

TILE = Table(
    "tile",
    METADATA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
"""Full tiles of the log's tree: 256 hashes each (c2sp.org/tlog-tiles)."""

CHECKPOINT = Table(
    "checkpoint",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)
"""Signed heads of the log (c2sp.org/tlog-checkpoint)."""
