"""Stands for PiDNG, by which picamera2 saves raw pictures to files, which a unit never does."""
