"""What a Raspberry Pi says of its own supply and heat, by the firmware's flags. Elsewhere it says nothing.

Bits 0 to 3 are now: under-voltage, frequency capped, throttled, soft temperature limit; 16 to 19: since the start.
(Documentation of `vcgencmd get_throttled`; the kernel shows the same number in /sys.)
"""

from pathlib import Path

SYS = Path("/sys/devices/platform")
FLAGS = "soc*/soc*:firmware/get_throttled"
UNDERVOLTAGE_NOW = 1


def read_throttled(sys: Path = SYS) -> int | None:
    """None where there is no such firmware."""
    for path in sorted(sys.glob(FLAGS)):
        try:
            return int(path.read_text().strip(), 16)
        except (OSError, ValueError):
            return None
    return None


def board_figures(sys: Path = SYS) -> dict[str, float]:
    """For the heartbeat."""
    flags = read_throttled(sys)
    return {} if flags is None else {"throttled": flags, "undervoltage": flags & UNDERVOLTAGE_NOW}
