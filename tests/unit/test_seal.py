import errno
import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kirpik.adapters.webp import encode_webp
from kirpik.errors import SpoolFullError, TrustError, WireError
from kirpik.evidence import record_of
from kirpik.parts.state import open_state
from kirpik.seal import QUALITIES
from kirpik.store.keyring import Keyring
from kirpik.wire import opening, packet, suite
from kirpik.wire.documents import SealEntry
from kirpik.wire.ids import genesis_link
from kirpik.wire.receipt import Refusal
from kirpik.wire.record import Record, decode_record
from tests.unit.eyes import ORIGIN, RED, SITE, Eye, QuickDisk, crop, fixed_crop, receipt, violation
from tests.unit.wire.samples import SEAL, UNIT, UNIT_KEY, keyset, root
from tests.wire_vectors import OTHER_SEAL


def opened(eye: Eye, number: int = -1) -> tuple[bytes, Record]:
    data = eye.outbox.read(eye.outbox.waiting()[number])
    assert data is not None
    return data, decode_record(packet.open_packet(data, UNIT_KEY.public, SEAL).payload)


def test_a_verdict_reaches_the_central_as_it_was_given(tmp_path: Path) -> None:
    eye = Eye(tmp_path)
    entry = eye.sealer.seal(violation())
    data, record = opened(eye)
    assert len(data) == 4096
    assert (entry.epoch, entry.sequence) == (1, 1)
    assert record.plate.reveal() == "123ABC01"
    assert (record.speed_m_per_h, record.uncertainty_m_per_h) == (83_410, 921)
    assert (record.charged_m_per_h, record.limit_m_per_h) == (80_000, 60_000)
    assert record.legal_basis == "Example Act, section 592"
    assert record.terms.over_m_per_h == 10_000
    assert record.configuration_sha256 == SITE.sha256
    assert [lane.name for lane in record.calibration.lanes] == ["1"]


def test_a_warning_is_sealed_as_one_with_the_time_at_the_site(tmp_path: Path) -> None:
    eye = Eye(tmp_path)
    eye.sealer.seal(replace(violation(), outcome="warning"))
    _, record = opened(eye)
    assert record.outcome == "warning"
    assert (record.timezone, record.utc_offset_min) == ("Asia/Almaty", 300)


def test_the_track_is_precise_to_a_64th_of_a_pixel_and_a_microsecond(tmp_path: Path) -> None:
    told = violation()
    eye = Eye(tmp_path)
    eye.sealer.seal(told)
    for row, point in zip(opened(eye)[1].track, told.track, strict=True):
        assert np.abs(np.array(row.corners_px32) / 32 - point.quad.ravel()).max() <= 1 / 64
        assert abs(row.time_us * 1000 - (point.sensor_timestamp_ns - told.sensor_timestamp_ns)) <= 500


def test_signals_and_the_terms_of_their_rule_are_told(tmp_path: Path) -> None:
    red = replace(violation(), kind="red_light", rule_number=1, signal_changes=(RED,), speed_kmh=None, utc_ns=None)
    eye = Eye(tmp_path)
    eye.sealer.seal(red)
    record = opened(eye)[1]
    assert (record.signal_changes[0].time_us, record.signal_changes[0].phase) == (-900_000, "red")
    assert record.terms.line_mm == ((-1750, 25_000), (1750, 25_000))
    assert record.clock_source == "none"


def test_packets_form_a_chain_across_restarts(tmp_path: Path) -> None:
    for _ in range(2):
        eye = Eye(tmp_path)
        eye.sealer.seal(violation())
        eye.sealer.seal(violation())
    packets = [eye.outbox.read(entry) or b"" for entry in eye.outbox.waiting()]
    assert [(e.epoch, e.sequence) for e in eye.outbox.waiting()] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    before = [genesis_link(UNIT), *map(packet.link, packets)]
    assert [packet.parse_header(data).previous for data in packets] == before[:-1]


def test_the_picture_shrinks_until_the_packet_has_its_size(tmp_path: Path) -> None:
    sizes = {}
    for height in (20, 80, 100):
        eye = Eye(tmp_path / str(height))
        picture = crop(height)
        eye.sealer.seal(violation(picture=picture))
        data, record = opened(eye)
        assert len(data) == 4096
        sizes[height] = record.crop in {fixed_crop(picture, quality) for quality in QUALITIES[1:]}
    assert sizes == {20: False, 80: True, 100: True}


def test_a_long_track_takes_the_next_size_and_a_standing_vehicle_is_thinned(tmp_path: Path) -> None:
    eye = Eye(tmp_path)
    eye.sealer.seal(violation(frames=200))
    eye.sealer.seal(violation(frames=5000))
    assert len(opened(eye, 0)[0]) == 6144
    data, record = opened(eye)
    assert len(data) in packet.SIZES
    assert len(record.track) <= 401
    assert record.frames == 5000
    span = [row.time_us for row in (record.track[0], record.track[-1])]
    assert span == [round((n - 2500) * 16_667) for n in (0, 4999)]


def test_a_record_without_a_picture_is_the_violation_and_nothing_more() -> None:
    record = record_of(violation(), ORIGIN, event_id=bytes(16), keyset_version=1, last_receipt=None)
    assert record.crop == b""
    assert "123ABC01" not in repr(record)


def test_a_full_spool_refuses_and_the_chain_is_as_it_was(tmp_path: Path) -> None:
    eye = Eye(tmp_path, limit_bytes=10_000)
    eye.sealer.seal(violation())
    eye.sealer.seal(violation())
    place, head = eye.ledger.next_place(), eye.ledger.head
    with pytest.raises(SpoolFullError):
        eye.sealer.seal(violation())
    assert (eye.ledger.next_place(), eye.ledger.head) == (place, head)
    assert len(eye.outbox.waiting()) == 2


def test_a_receipt_frees_the_outbox_and_is_named_in_the_next_packet(tmp_path: Path) -> None:
    eye = Eye(tmp_path)
    for _ in range(3):
        eye.sealer.seal(violation())
    word = receipt(1, 2, eye.links()[1, 2])
    assert eye.sealer.settle(word).deleted == 2
    assert list(eye.links()) == [(1, 3)]
    eye.sealer.seal(violation())
    assert opened(eye)[1].last_receipt == eye.ledger.last_receipt != opened(eye, 0)[1].last_receipt
    assert eye.sealer.settle(word).deleted == 0


def test_a_receipt_for_another_unit_or_by_nobody_is_refused(tmp_path: Path) -> None:
    eye = Eye(tmp_path)
    eye.sealer.seal(violation())
    link = eye.links()[1, 1]
    with pytest.raises(WireError, match="receipt-unit"):
        eye.sealer.settle(receipt(1, 1, link, unit=bytes(16)))
    with pytest.raises(WireError, match="receipt-signature"):
        eye.sealer.settle(receipt(1, 1, link)[:-1] + b"\xff")
    assert len(eye.outbox.waiting()) == 1


def test_a_refused_packet_is_parked_and_the_queue_moves_on(tmp_path: Path) -> None:
    eye = Eye(tmp_path)
    for _ in range(3):
        eye.sealer.seal(violation())
    links = eye.links()
    word = receipt(1, 3, links[1, 3], refused=[Refusal(2, links[1, 2], "record")])
    settled = eye.sealer.settle(word)
    assert (settled.deleted, settled.parked) == (2, 1)
    assert eye.outbox.waiting() == []
    assert eye.outbox.parked() == 1


def test_webp_is_grey_and_says_nothing_but_the_picture() -> None:
    plate = np.tile(np.linspace(20, 230, 128, dtype=np.uint8), (32, 1))
    data = encode_webp(plate, 80)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (128, 32)
        assert not picture.getexif()
        back = np.asarray(picture.convert("L"))
    assert np.abs(back.astype(int) - plate).mean() < 4
    assert len(encode_webp(crop(), 20)) < len(encode_webp(crop(), 90))


SEAL_FOREVER = """
import sys
from pathlib import Path
from tests.unit.eyes import Eye, violation
eye = Eye(Path(sys.argv[1]))
told = violation()
while True:
    eye.sealer.seal(told)
"""


def test_kill_9_at_any_moment_leaves_one_unbroken_chain(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    paths = os.pathsep.join(str(root / part) for part in ("", "daemon"))
    for lead_s in (0.05, 0.11, 0.17):
        process = subprocess.Popen(
            [sys.executable, "-c", SEAL_FOREVER, str(tmp_path)], cwd=root, env={**os.environ, "PYTHONPATH": paths}
        )
        before = _count(tmp_path)
        while process.poll() is None and _count(tmp_path) == before:
            time.sleep(0.01)
        time.sleep(lead_s)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    eye = Eye(tmp_path)
    eye.sealer.seal(violation())
    packets = [eye.outbox.read(entry) or b"" for entry in eye.outbox.waiting()]
    assert len(packets) > 3
    before_each = [genesis_link(UNIT), *map(packet.link, packets)]
    assert [packet.parse_header(data).previous for data in packets] == before_each[:-1]


def _count(home: Path) -> int:
    return len(list((home / "outbox").glob("*.kpk")))


def test_a_full_disk_keeps_the_newest_packet_until_the_ledger_could_write_it_down(tmp_path: Path) -> None:
    """Otherwise the unit would forget where its chain ended, and say two things in one place."""
    disk = FullDisk()
    eye = Eye(tmp_path, disk=disk)
    eye.sealer.seal(violation())
    (tmp_path / "ledger" / ".reserve").unlink()
    disk.full_for = "ledger"
    eye.sealer.seal(violation())
    links = eye.links()
    eye.sealer.settle(receipt(1, 2, links[1, 2]))
    assert list(eye.links()) == [(1, 2)]
    disk.full_for = ""
    assert Eye(tmp_path, disk=disk).ledger.head == links[1, 2]
    eye.sealer.settle(receipt(1, 2, links[1, 2], utc_ms=2000))
    assert eye.links() == {}
    assert Eye(tmp_path, disk=disk).ledger.head == links[1, 2]


def test_a_disk_that_is_full_lets_go_of_what_fills_it(tmp_path: Path) -> None:
    disk = FullDisk()
    eye = Eye(tmp_path, disk=disk)
    for _ in range(3):
        eye.sealer.seal(violation())
    disk.full_for = "/"
    with pytest.raises(SpoolFullError):
        eye.sealer.seal(violation())
    links = eye.links()
    eye.sealer.settle(receipt(1, 3, links[1, 3]))
    assert [place for place in eye.links() if place < (1, 3)] == []


def test_what_was_sealed_to_a_key_in_wrong_hands_is_wrapped_again_and_keeps_its_place_and_link(tmp_path: Path) -> None:
    eye = Eye(tmp_path)
    for _ in range(2):
        eye.sealer.seal(violation())
    links = eye.links()
    eye.sealer._keyring = Keyring(root(), keyset(4, seal=REPLACED))
    assert (eye.sealer.rewrap(), eye.sealer.rewrap()) == (2, 0)
    assert eye.links() == links
    keys = {suite.key_id(key.public): key for key in (SEAL, OTHER_SEAL)}
    for entry in eye.outbox.waiting():
        wire = eye.outbox.read(entry) or b""
        assert packet.parse_header(wire).recipient == suite.key_id(OTHER_SEAL.public)
        opened, _ = opening.open_any(wire, lambda _: [UNIT_KEY.public], keys)
        assert decode_record(opened.payload).plate.reveal() == "123ABC01"
    again = Eye(tmp_path)
    assert again.ledger.head == links[1, 2]
    assert eye.sealer.settle(receipt(1, 2, links[1, 2])).deleted == 2


REPLACED = (SealEntry(SEAL.public, 0, None, "revoked"), SealEntry(OTHER_SEAL.public, 0, None, "active"))


class FullDisk(QuickDisk):
    """Has no room left for files below a path."""

    full_for = ""

    def write(self, path: Path, data: bytes, mode: int) -> None:
        if self.full_for and self.full_for in str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(path, data, mode)


def test_an_eye_whose_library_cannot_be_trusted_begins_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise TrustError("sealing suite: the self-test failed")

    monkeypatch.setattr(suite, "self_test", fails)
    with pytest.raises(TrustError, match="self-test failed"):
        open_state(tmp_path, limit_bytes=10**6)
    assert list(tmp_path.iterdir()) == []
