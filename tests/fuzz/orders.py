"""Orders, results, requests to belong and parts of files: read as units, desks and links do, and forged by insiders."""

import contextlib
from random import Random

from kirpik.errors import WireError
from kirpik.trust.orders import check_order
from kirpik.wire import cbor, enrol, sign1
from kirpik.wire.order import CONTEXT, key_id, open_order
from kirpik.wire.part import PART_BYTES, open_part
from kirpik.wire.result import verify_result
from kirpik.wire.signature import RESULT, SigningKey
from tests.fuzz import mutate
from tests.fuzz.corpus import seeds
from tests.unit.wire.samples import UNIT_KEY
from tests.wire_vectors import STRANGER
from tests.wire_vectors.orders import CLERK, COUNTERS, ENTRIES, FIRST, NOW_MS, SECOND

ORIGINAL_ORDERS = [seed.data for seed in seeds() if seed.target == "orders" and not seed.refused]


def order(data: bytes) -> object:
    return check_order(open_order(data), ENTRIES, counters=COUNTERS, now_ms=NOW_MS)


def order_again(data: bytes, chance: Random) -> bytes:
    """Changed inside, and signed again by one key or two, whichever they are."""
    try:
        payload = open_order(data).payload
    except WireError:
        return mutate.bytes_of(data, chance)
    changed = mutate.fields_of(payload, chance)
    keys = chance.sample((FIRST, SECOND, CLERK, STRANGER), chance.choice((1, 1, 2)))
    return cbor.encode([changed, [_cose(changed, key) for key in keys]])


def says_what_was_signed(data: bytes) -> bool:
    """A signature that counts for nothing may stand beside those that do: the order is named by its payload."""
    with contextlib.suppress(WireError):
        return open_order(data).payload in {open_order(seed).payload for seed in ORIGINAL_ORDERS}
    return False


def _cose(payload: bytes, key: SigningKey) -> list[object]:
    protected = sign1.protected_header(key_id(key.public))
    return [protected, {}, None, key.sign(b"", sign1.to_be_signed(protected, CONTEXT, payload))]


def result(data: bytes) -> object:
    return verify_result(data, UNIT_KEY.public)


def result_again(data: bytes, chance: Random) -> bytes:
    body = mutate.fields_of(data[:-64], chance)
    return body + UNIT_KEY.sign(RESULT, body)


def request(data: bytes) -> object:
    """Also as a lobby's answer, which has another form."""
    with contextlib.suppress(WireError):
        enrol.decode_answer(data)
    return enrol.open_request(data)


def request_again(data: bytes, chance: Random) -> bytes:
    body = mutate.fields_of(data[:-64], chance)
    return body + UNIT_KEY.sign(enrol.ENROL, body)


def part(data: bytes) -> object:
    part = open_part(data)
    if len(part.data) > PART_BYTES or part.number * PART_BYTES + len(part.data) > part.size:
        raise AssertionError("a part reaches behind the end of its file")
    return part
