"""Single values, names of keys, topics, and heartbeats."""

from kirpik.wire import cbor, dualsign, ids, suite, topics
from tests.unit.wire.samples import HOLDERS, RECEIPT_KEY, SEAL, SEAL_SEED, UNIT, UNIT_KEY
from tests.wire_vectors import NEXT_KEY, Vector, vector
from tests.wire_vectors.joining import TOKEN
from tests.wire_vectors.orders import CLERK, FIRST, SECOND

CBOR_GOOD: tuple[object, ...] = (
    0,
    23,
    24,
    255,
    256,
    2**32,
    2**64 - 1,
    -1,
    -24,
    -25,
    -(2**64),
    "",
    "аы",
    b"",
    b"\0",
    [],
    [1, [2]],
    True,
    None,
)


CBOR_BAD = {
    "trailing byte": ("0000", "cbor-trailing"),
    "nothing": ("", "cbor-short"),
    "text cut": ("6261", "cbor-short"),
    "array cut": ("8201", "cbor-short"),
    "length beyond memory": ("5b7fffffffffffffff", "cbor-short"),
    "23 in two bytes": ("1817", "cbor-not-minimal"),
    "255 in three bytes": ("1900ff", "cbor-not-minimal"),
    "65535 in five bytes": ("1a0000ffff", "cbor-not-minimal"),
    "long form of a length": ("580100", "cbor-not-minimal"),
    "indefinite array": ("9fff", "cbor-indefinite"),
    "indefinite bytes": ("5f4100ff", "cbor-indefinite"),
    "tag": ("c000", "cbor-tag"),
    "float": ("f93c00", "cbor-simple"),
    "undefined": ("f7", "cbor-simple"),
    "break": ("ff", "cbor-simple"),
    "not UTF-8": ("61ff", "cbor-utf8"),
    "duplicate key": ("a200000001", "cbor-duplicate-key"),
    "keys out of order": ("a201000000", "cbor-key-order"),
    "byte string as key": ("a1410000", "cbor-key-type"),
    "true as key": ("a1f500", "cbor-key-type"),
    "too deep": ("81" * 9 + "00", "cbor-depth"),
}


def cbor_vectors() -> list[Vector]:
    ordered = {10: 1, 100: 2, -1: 3, "z": 4, "aa": 5}
    good = [vector(f"value {n}", cbor.encode(value)) for n, value in enumerate((*CBOR_GOOD, ordered))]
    return good + [vector(name, bytes.fromhex(data), refused) for name, (data, refused) in CBOR_BAD.items()]


def id_vectors() -> Vector:
    return {
        "unit_seed": UNIT_KEY.seed().hex(), "unit_public": UNIT_KEY.public.hex(), "unit_id": UNIT.hex(),
        "next_seed": NEXT_KEY.seed().hex(), "next_public": NEXT_KEY.public.hex(),
        "genesis_link": ids.genesis_link(UNIT).hex(), "seal_seed": SEAL_SEED.hex(), "seal_public": SEAL.public.hex(),
        "seal_key_id": suite.key_id(SEAL.public).hex(), "receipt_public": RECEIPT_KEY.public.hex(),
        "order_first": FIRST.public.hex(), "order_second": SECOND.public.hex(), "order_clerk": CLERK.public.hex(),
        "token": TOKEN.hex(),
        "holder_seed": (bytes([3]) * 32).hex(), "holder_key_id": dualsign.key_id(HOLDERS[3].public).hex(),
    }  # fmt: skip


def topic_vectors() -> list[Vector]:
    unit = UNIT.hex()
    bad = {
        "kirpik/1/keys/set": "topic-form", f"kirpik/2/u/{unit}/up/v": "topic-form",
        f"kirpik/1/u/{unit}/up": "topic-form",
        f"kirpik/1/u/{unit}/up/photo": "topic-leaf", f"kirpik/1/u/{unit}/down/v": "topic-leaf",
        f"kirpik/1/u/{unit.upper()}/up/v": "topic-unit", f"kirpik/1/u/{unit[:-2]}/up/v": "topic-unit",
    }  # fmt: skip
    good = [topics.up(UNIT, leaf) for leaf in topics.UP] + [topics.down(UNIT, leaf) for leaf in topics.DOWN]
    accepted: list[Vector] = [{"name": name} for name in good]
    return accepted + [{"name": name, "refused": refused} for name, refused in bad.items()]


def health_vectors() -> list[Vector]:
    texts: dict[str, tuple[str, str]] = {
        "nothing to say": ("{}", ""),
        "numbers": ('{"keys_v":7,"soc_c":51.5,"clock_error_us":-1}', ""),
        "padded": ('{"keys_v":7}' + " " * 1013, ""),
        "a name that is not listed": ('{"violations":3}', "health-field"),
        "a plate": ('{"plate":"123ABC01"}', "health-field"),
        "text for a number": ('{"keys_v":"7"}', "health-number"),
        "true for a number": ('{"keys_v":true}', "health-number"),
        "no number": ('{"keys_v":NaN}', "health-number"),
        "without end": ('{"keys_v":1e999}', "health-number"),
        "a name twice": ('{"keys_v":7,"keys_v":8}', "health-json"),
        "an array": ("[1]", "health-json"),
        "cut": ('{"keys_v":', "health-json"),
        "oversized": ("{}" + " " * 4095, "health-size"),
    }
    return [vector(name, text.encode(), refused) for name, (text, refused) in texts.items()]
