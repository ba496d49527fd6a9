"""Stands for kms++, which picamera2 imports for previews on a screen and a unit never uses."""


class _Any:
    def __getattr__(self, name):
        return name


PixelFormats = _Any()


class Card:
    pass


class ResourceManager:
    pass
