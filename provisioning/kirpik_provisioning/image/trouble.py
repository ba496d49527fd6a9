"""What can go wrong with an image or a card. Each text is one sentence that says what to do."""

from kirpik.errors import KirpikError


class ImageError(KirpikError):
    """An image is not what it should be, or has no room for what shall go into it."""


class DeviceError(KirpikError):
    """A card cannot be written, must not be written, or does not keep what was written."""
