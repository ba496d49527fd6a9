"""What a packet costs the unit, in processor time of one core: `python -m tests.bench.sealing`.

Each step by itself and the whole way from a record to bytes, beside the bare primitives of the library in the same run.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from kirpik.wire import packet, suite
from kirpik.wire.ids import genesis_link
from kirpik.wire.record import encode_record
from tests.unit.wire.samples import RECORD, SEAL, UNIT, UNIT_KEY

BATCH = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sealing", description=__doc__)
    parser.add_argument("--packets", type=int, default=2000)
    options = parser.parse_args()
    record = replace(RECORD, crop=os.urandom(2000))
    payload, plain = encode_record(record), bytes(packet.DEFAULT_SIZE - packet.OVERHEAD_BYTES)

    def build(data: bytes) -> bytes:
        return packet.build(
            data, signer=UNIT_KEY, unit=UNIT, recipient_public=SEAL.public, epoch=1, sequence=1,
            previous=genesis_link(UNIT),
        )  # fmt: skip

    wire = build(payload)
    steps: dict[str, Callable[[], object]] = {
        "encode and check the record": lambda: encode_record(record),
        "sign, seal, sign": lambda: build(payload),
        "record to packet": lambda: build(encode_record(record)),
        "bare: two Ed25519 and one X-Wing": lambda: _bare(plain),
        "front door": lambda: packet.check_outer(wire, UNIT_KEY.public),
        "open": lambda: packet.open_packet(wire, UNIT_KEY.public, SEAL),
    }
    took = {name: _median_ms(step, options.packets // BATCH) for name, step in steps.items()}
    for name, ms in took.items():
        print(f"{name:34} {ms:7.3f} ms")
    whole, bare = took["record to packet"], took["bare: two Ed25519 and one X-Wing"]
    told = {"seal_ms": whole, "crypto_ms": took["sign, seal, sign"], "bare_ms": bare, "open_ms": took["open"]}
    told["ratio"] = told["crypto_ms"] / bare
    print(json.dumps({"packets": options.packets, **{name: round(value, 3) for name, value in told.items()}}))


def _bare(plain: bytes) -> None:
    for _ in range(2):
        UNIT_KEY.sign(b"", plain)
    suite.seal(plain, SEAL.public, packet.INFO)


def _median_ms(step: Callable[[], object], batches: int) -> float:
    """Of batches, so that whoever else is on the machine disturbs only some."""
    took = []
    for _ in range(max(5, batches)):
        began_ns = time.thread_time_ns()
        for _ in range(BATCH):
            step()
        took.append((time.thread_time_ns() - began_ns) / BATCH / 1e6)
    return statistics.median(took)


if __name__ == "__main__":
    main()
