import threading

from kirpik.service.mailbox import Mailbox


def test_a_slow_reader_gets_the_newest_and_the_count_of_what_it_missed() -> None:
    box: Mailbox[int] = Mailbox()
    for item in range(5):
        box.put(item)
    assert box.take(timeout_s=0) == 4
    assert box.dropped == 4


def test_nothing_is_taken_twice() -> None:
    box: Mailbox[str] = Mailbox()
    box.put("frame")
    assert box.take(timeout_s=0) == "frame"
    assert box.take(timeout_s=0.01) is None


def test_a_waiting_reader_is_woken() -> None:
    box: Mailbox[str] = Mailbox()
    threading.Timer(0.02, box.put, ["frame"]).start()
    assert box.take(timeout_s=5) == "frame"
