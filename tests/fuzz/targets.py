"""Everything that reads bytes from outside, in one table, and how one input is made and judged."""

from random import Random

from kirpik.errors import ConfigError, InputError
from tests.fuzz import files, mutate, orders, pages, wire
from tests.fuzz.corpus import Seed, seeds
from tests.fuzz.judge import Outcome, Target, judge

INSIDE = 0.1
"""Share of inputs that are signed or sealed again; that takes ten times as long as reading them."""


def _always(_: bytes) -> bool:
    return True


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("packet", wire.read_packet, wire.mostly_of_its_size, wire.packet_again),
        Target("kinds", wire.read_packet, wire.mostly_of_its_size, wire.packet_again),
        Target("evidence", wire.check_evidence, mutate.bytes_of),
        Target("evidence_file", wire.read_evidence_file, mutate.fields_of, accepts=_always),
        Target("receipt", wire.read_receipt, mutate.bytes_of, wire.receipt_again),
        Target("documents", wire.read_document, mutate.fields_of, wire.document_again),
        Target("orders", orders.order, mutate.fields_of, orders.order_again, accepts=orders.says_what_was_signed),
        Target("results", orders.result, mutate.bytes_of, orders.result_again),
        Target("enrolment", orders.request, mutate.bytes_of, orders.request_again),
        Target("parts", orders.part, mutate.fields_of, accepts=_always),
        Target("record", wire.read_record, mutate.fields_of, accepts=_always),
        Target("cbor", wire.read_cbor, mutate.fields_of, accepts=_always),
        Target("health", wire.read_health, mutate.bytes_of, accepts=_always),
        Target("topics", wire.read_topic, mutate.bytes_of, accepts=_always),
        Target("tlog", wire.read_log, mutate.bytes_of, accepts=_always),
        Target("site", files.site, mutate.words_of, accepts=_always, sentences=ConfigError),
        Target("settings", files.settings, mutate.words_of, accepts=_always, sentences=ConfigError),
        Target("frames", files.frames, mutate.words_of, accepts=_always, sentences=InputError),
        Target("signals", files.signals, mutate.words_of, accepts=_always, sentences=InputError),
        Target("pictures", files.pictures, mutate.bytes_of, accepts=_always, sentences=InputError),
        Target("desk", pages.desk, pages.change, accepts=_always),
        Target("citizen", pages.citizen, pages.change, accepts=_always),
    )
}


def one(seed: Seed, chance: Random) -> tuple[bytes, Outcome]:
    """Change a seed in one of its ways, and judge what comes of it."""
    target = TARGETS[seed.target]
    inside = target.insider is not None and chance.random() < INSIDE
    change = target.insider if inside and target.insider is not None else target.change
    data = change(seed.data, chance)
    may_accept = inside or data in ORIGINALS or target.accepts(data)
    return data, judge(target, data, may_accept=may_accept)


ORIGINALS = frozenset(seed.data for seed in seeds())
"""A change can undo what made a refused vector of a good one."""
