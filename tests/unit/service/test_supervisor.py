import threading

import pytest

from kirpik.errors import StalledError
from kirpik.service.supervisor import check, supervise
from kirpik.service.worker import Worker


def test_a_workers_error_ends_the_process_after_systemd_was_told() -> None:
    def turn() -> None:
        raise RuntimeError("camera unplugged")

    told: list[str] = []
    with pytest.raises(RuntimeError, match="camera unplugged"):
        supervise([Worker("eye", turn, patience_s=1)], stop=threading.Event(), notify=told.append, period_s=0.01)
    assert (told[0], told[-1]) == ("READY=1", "STOPPING=1")


def test_systemd_hears_that_we_are_ready_only_once_the_work_has_begun() -> None:
    stop, told, turns = threading.Event(), list[str](), list[int]()

    def turn() -> None:
        turns.append(len(turns))
        stop.wait(0.02)
        if "READY=1" in told:
            stop.set()

    worker = Worker("eye", turn, patience_s=1)
    supervise([worker], stop=stop, notify=told.append, period_s=0.005, is_ready=lambda: len(turns) > 3)
    assert told.count("READY=1") == 1
    assert told.index("WATCHDOG=1") < told.index("READY=1")


def test_a_worker_that_hangs_is_told_by_name_and_both_times() -> None:
    release = threading.Event()

    def turn() -> None:
        release.wait()

    worker = Worker("link", turn, patience_s=5)
    worker.start()
    start_s = -worker.silent_s(0)
    check([worker], now=start_s + 4)
    with pytest.raises(StalledError, match=r"link has not finished a turn for 6\.0 s, allowed are 5 s"):
        check([worker], now=start_s + 6)
    worker.ask_to_stop()
    release.set()
    worker.join()


def test_stop_ends_every_worker_and_feeds_the_watchdog_until_then() -> None:
    stop, told, turned = threading.Event(), list[str](), threading.Event()

    def turn() -> None:
        turned.set()
        if "WATCHDOG=1" in told:
            stop.set()

    worker = Worker("link", turn, patience_s=1)
    supervise([worker], stop=stop, notify=told.append, period_s=0.01)
    assert turned.is_set()
    assert not worker.is_alive()


def test_an_error_in_the_last_turn_is_not_lost() -> None:
    stop, began = threading.Event(), threading.Event()

    def turn() -> None:
        began.set()
        stop.wait()
        raise RuntimeError("disk gone")

    def stop_once_begun() -> None:
        began.wait()
        stop.set()

    threading.Thread(target=stop_once_begun).start()
    with pytest.raises(RuntimeError, match="disk gone"):
        supervise([Worker("eye", turn, patience_s=1)], stop=stop, notify=lambda _: None, period_s=5)
