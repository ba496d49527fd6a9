import pytest
from hypothesis import given
from hypothesis import strategies as st

from kirpik.errors import WireError
from kirpik.wire.track import MAX_POINTS, TrackRow, decode_track, encode_track
from tests.unit.wire.samples import track

CORNERS = st.tuples(*[st.integers(-(2**20), 2**20)] * 8)
ROWS = st.builds(TrackRow, st.integers(-(2**40), 2**40), st.integers(0, 2**24), st.integers(0, 2**20), CORNERS)
TRACKS = st.lists(ROWS, max_size=12, unique_by=lambda row: row.time_us).map(
    lambda rows: tuple(sorted(rows, key=lambda row: row.time_us))
)


@given(TRACKS)
def test_a_track_comes_back_as_it_was(rows: tuple[TrackRow, ...]) -> None:
    assert decode_track(encode_track(rows)) == rows


@given(st.binary(max_size=80))
def test_what_decodes_at_all_is_the_one_form_of_its_track(data: bytes) -> None:
    try:
        rows = decode_track(data)
    except WireError:
        return
    assert encode_track(rows) == data


def test_a_steady_drive_takes_little_more_than_a_byte_a_number() -> None:
    assert len(encode_track(track(100))) < 1400


ROW = bytes(11)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (ROW[:10], "track-short"),
        (ROW + ROW, "track-time"),
        (b"\x00\x01" + bytes(9), "track-range"),
        (b"\x80\x00" + bytes(10), "track-number"),
        (b"\x80", "track-number"),
        (b"\xff" * 8 + bytes(10), "track-number"),
        (b"".join([b"\x02" + bytes(10), b"\x02" + bytes(10), *[ROW] * MAX_POINTS]), "track-points"),
    ],
)
def test_what_is_no_track_is_refused_by_name(data: bytes, name: str) -> None:
    with pytest.raises(WireError) as caught:
        decode_track(data)
    assert caught.value.name == name


def test_too_many_points_are_not_encoded() -> None:
    with pytest.raises(WireError, match="track-points"):
        encode_track([TrackRow(n, 0, 0, (0,) * 8) for n in range(MAX_POINTS + 1)])
