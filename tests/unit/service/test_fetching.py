"""The link brings what the eye wants, one part at a time, from a broker that may have it, lose it or lie."""

from hashlib import sha256
from pathlib import Path

import pytest

from kirpik.mqtt.messages import Arrival
from kirpik.service.fetching import LOOK_S, PATIENCE_S, PAUSE_FIRST_S, Fetching
from kirpik.store.fetched import Fetched
from kirpik.store.wanted import Wanted, WantedView
from kirpik.wire import topics
from kirpik.wire.part import split
from tests.unit.eyes import QuickDisk
from tests.unit.service.test_link import FakeLine

FILE = bytes(range(256)) * 300
OTHER = bytes(100)
WANTED, ANOTHER = sha256(FILE).digest(), sha256(OTHER).digest()


class Bench:
    """A broker with retained parts, and a link that asks for them, on a clock of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.now_s, self.line = home, 0.0, FakeLine()
        self.lying: dict[str, bytes] = {}
        self.wanted = Wanted(home / "wanted", disk=QuickDisk())
        self.asked: list[str] = []
        self.restart()

    def restart(self, *, left_free_bytes: int = 0) -> None:
        self.line.topics.clear()
        self.fetched = Fetched(self.home / "fetched", disk=QuickDisk(), left_free_bytes=left_free_bytes)
        self.fetching = Fetching(WantedView(self.home / "wanted"), self.fetched, clock=lambda: self.now_s)

    def lay(self, contents: bytes, name: bytes | None = None) -> None:
        for number, data in enumerate(split(contents)):
            self.lying[topics.file_part(name or sha256(contents).digest(), number)] = data

    def turn(self, seconds: float = 0.1) -> None:
        self.now_s += seconds
        self.fetching.turn(self.line)
        for topic in list(self.line.topics):
            self.asked.append(topic)
            if topic in self.lying:
                assert self.fetching.take(self.line, Arrival(topic, self.lying[topic]))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_wanted_file_comes_part_by_part_and_then_nothing_is_asked_for(bench: Bench) -> None:
    bench.lay(FILE)
    bench.wanted.ask_for([WANTED])
    for _ in range(3):
        bench.turn(LOOK_S)
    assert bench.fetched.has(WANTED)
    assert bench.asked == [topics.file_part(WANTED, number) for number in range(3)]
    bench.turn(LOOK_S)
    assert len(bench.asked) == 3
    assert bench.line.topics == []


def test_after_a_restart_the_last_part_comes_once_more_and_the_rest_once(bench: Bench) -> None:
    bench.lay(FILE)
    bench.wanted.ask_for([WANTED])
    bench.turn()
    bench.turn()
    bench.restart()
    for _ in range(3):
        bench.turn()
    assert [topic.rpartition("/")[2] for topic in bench.asked] == ["0", "1", "1", "2"]
    assert bench.fetched.has(WANTED)


def test_a_file_that_came_whole_before_a_power_cut_is_not_waited_for_behind_its_end(bench: Bench) -> None:
    """A file of exactly two parts, cut after its last part and before it had its name."""
    contents = FILE[: 2 * 32768]
    name = sha256(contents).digest()
    bench.lay(contents)
    bench.wanted.ask_for([name])
    bench.turn()
    (bench.home / "fetched" / f"{name.hex()}.part").write_bytes(contents)
    bench.restart()
    bench.turn()
    assert bench.fetched.has(name)


def test_a_file_that_does_not_lie_there_holds_up_no_other(bench: Bench) -> None:
    bench.lay(OTHER)
    bench.wanted.ask_for([WANTED, ANOTHER])
    first, second = sorted([WANTED, ANOTHER])
    if first == ANOTHER:
        bench.turn()
    bench.turn()
    bench.turn(PATIENCE_S)
    bench.turn()
    assert bench.fetched.has(ANOTHER)
    bench.lay(FILE)
    bench.turn(PAUSE_FIRST_S + LOOK_S)
    bench.turn()
    bench.turn()
    assert bench.fetched.has(WANTED), second


def test_a_line_that_breaks_costs_one_part(bench: Bench) -> None:
    bench.lay(FILE)
    bench.wanted.ask_for([WANTED])
    bench.turn()
    bench.lying.clear()
    bench.turn()
    bench.fetching.land()
    bench.line.topics.clear()
    bench.lay(FILE)
    bench.turn()
    bench.turn()
    assert bench.fetched.has(WANTED)
    assert [topic.rpartition("/")[2] for topic in bench.asked] == ["0", "1", "1", "2"]


LIES: dict[str, bytes] = {
    "no part": b"\xff",
    "a part of another place": next(iter(list(split(FILE))[1:])),
    "another file": next(iter(split(bytes(100)))),
}


@pytest.mark.parametrize("case", LIES)
def test_a_broker_that_lies_only_holds_up(case: str, bench: Bench) -> None:
    bench.lay(FILE)
    bench.lying[topics.file_part(WANTED, 0)] = LIES[case]
    bench.wanted.ask_for([WANTED])
    bench.turn()
    assert not bench.fetched.has(WANTED)
    bench.turn()
    assert len(bench.asked) == 1
    bench.lay(FILE)
    for _ in range(4):
        bench.turn(PAUSE_FIRST_S)
    assert bench.fetched.has(WANTED)


def test_a_full_disk_waits_for_room(bench: Bench) -> None:
    bench.lay(FILE)
    bench.restart(left_free_bytes=2**60)
    bench.wanted.ask_for([WANTED])
    bench.turn()
    bench.turn()
    assert bench.fetched.parts(WANTED) == 0
    assert len(bench.asked) == 1


def test_what_was_not_asked_for_is_not_kept(bench: Bench) -> None:
    assert bench.fetching.take(bench.line, Arrival(topics.file_part(WANTED, 0), next(iter(split(FILE)))))
    assert bench.fetched.parts(WANTED) == 0
    assert not bench.fetching.take(bench.line, Arrival(topics.KEYSET, b""))
