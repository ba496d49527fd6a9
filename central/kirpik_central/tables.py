"""The central's tables. Integers and bytes alone, so that SQLite and PostgreSQL hold the same.

Times are milliseconds of UTC. The schema is made by the migrations beside this file; a test compares the two.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

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
    UniqueConstraint("unit", "epoch", "sequence", name="packet_place"),
)
"""Every packet that is proven to be its unit's, once. Either `evidence` is there, or `refusal` says why not."""

CHAIN = Table(
    "chain",
    METADATA,
    Column("unit", LargeBinary, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("up_to", BigInteger, nullable=False),
    Column("link", LargeBinary, nullable=False),
)
"""How far the packets of an epoch follow one another without a gap. Only ever grows."""

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
    UniqueConstraint("kind", "unit", "epoch", "sequence", "link", name="alarm_once"),
)
"""A unit's memory in two places, or tampering: `fork` is a second packet with a place that is taken,
`chain` one that does not follow from the packet before it."""

COUNTER = Table(
    "counter",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
