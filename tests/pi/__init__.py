"""A Raspberry Pi's system without the board: a Debian root with libcamera and picamera2, and containers."""
