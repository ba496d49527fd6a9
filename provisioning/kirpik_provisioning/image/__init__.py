"""An operating system's image, made into a unit's card image without root and without mounting anything."""
