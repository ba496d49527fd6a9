from kirpik.service.bucket import BURST_S, Bucket


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def spent(bucket: Bucket, clock: Clock, *, seconds: float, size: int = 1000) -> int:
    """Bytes that go while something always wants to."""
    total = 0
    for _ in range(int(seconds * 10)):
        clock.now_s += 0.1
        while bucket.spend(size):
            total += size
    return total


def test_without_a_limit_everything_goes() -> None:
    bucket = Bucket(None, least_bytes=1)
    assert all(bucket.spend(10**9) for _ in range(10))


def test_in_the_long_run_it_is_the_rate_that_was_set() -> None:
    clock = Clock()
    bucket = Bucket(2000.0, least_bytes=1000, clock=clock)
    burst = spent(bucket, clock, seconds=1)
    assert burst <= 2000 * (BURST_S + 1)
    assert abs(spent(bucket, clock, seconds=1000) - 2_000_000) <= 2000


def test_a_pause_is_made_up_for_only_so_far() -> None:
    clock = Clock()
    bucket = Bucket(2000.0, least_bytes=1000, clock=clock)
    spent(bucket, clock, seconds=100)
    clock.now_s += 10**6
    assert spent(bucket, clock, seconds=1) <= 2000 * (BURST_S + 1) + 1000


def test_the_largest_packet_can_go_on_the_slowest_line() -> None:
    clock = Clock()
    bucket = Bucket(1.0, least_bytes=20_000, clock=clock)
    assert bucket.spend(20_000)
    assert not bucket.spend(20_000)
    clock.now_s += 20_000
    assert bucket.spend(20_000)
