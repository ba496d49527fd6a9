from kirpik.service.flights import WINDOW, Flights, Pace
from kirpik.service.hearing import Hint
from kirpik.store.outbox import Entry

PACE = Pace(first_s=5, longest_s=60, held_s=100)


def entries(count: int, *, epoch: int = 1) -> list[Entry]:
    return [Entry(epoch, sequence) for sequence in range(1, count + 1)]


def flying(waiting: list[Entry], now_s: float = 0) -> Flights:
    flights = Flights(PACE, jitter=lambda: 1.0)
    for entry in flights.due(waiting, now_s):
        flights.sent(entry, now_s)
    return flights


def test_no_more_than_the_window_is_on_its_way_oldest_first() -> None:
    waiting = entries(20)
    assert Flights(PACE, jitter=lambda: 1.0).due(waiting, 0) == waiting[:WINDOW]
    assert flying(waiting).due(waiting, 1) == []


def test_the_pause_doubles_up_to_its_longest() -> None:
    waiting = entries(1)
    flights, now_s, pauses = flying(waiting), 0.0, []
    for _ in range(6):
        last_s = now_s
        while not flights.due(waiting, now_s):
            now_s += 1
        pauses.append(now_s - last_s)
        flights.sent(waiting[0], now_s)
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_what_is_deleted_makes_room() -> None:
    waiting = entries(10)
    flights = flying(waiting)
    flights.forget_all_but(waiting[3:])
    assert flights.due(waiting[3:], 1) == waiting[8:]


def test_what_a_receipt_covers_makes_room_before_it_is_deleted() -> None:
    waiting = entries(20)
    flights = flying(waiting)
    flights.heard(Hint(1, 3, frozenset({6})), now_s=1)
    assert flights.due(waiting, 1) == [Entry(1, 9), Entry(1, 10), Entry(1, 11), Entry(1, 12)]


def test_what_a_receipt_covers_is_sent_again_when_nobody_deletes_it() -> None:
    waiting = entries(1)
    flights = flying(waiting)
    flights.heard(Hint(1, 1, frozenset()), now_s=1)
    assert flights.due(waiting, 100) == []
    assert flights.due(waiting, 102) == waiting


def test_a_receipt_of_another_epoch_covers_nothing() -> None:
    waiting = entries(2)
    flights = flying(waiting)
    flights.heard(Hint(2, 9, frozenset()), now_s=1)
    assert flights.due(waiting, 6) == waiting


def test_a_central_that_comes_back_is_not_kept_waiting() -> None:
    waiting = entries(2)
    flights = flying(waiting)
    for now_s in (10, 30, 60):
        for entry in flights.due(waiting, now_s):
            flights.sent(entry, now_s)
    flights.heard(Hint(1, 1, frozenset()), now_s=61)
    assert flights.due(waiting, 65) == [Entry(1, 2)]


def test_after_a_lost_line_all_is_sent_again_at_once() -> None:
    waiting = entries(3)
    flights = flying(waiting)
    flights.land()
    assert flights.due(waiting, 0) == waiting
