"""The operator's bench: keys, units, images, demonstration. Runs on a desk, never on a unit."""
