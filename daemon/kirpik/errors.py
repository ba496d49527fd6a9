"""Everything that Kirpik raises on purpose. What is not below `KirpikError` is a bug."""


class KirpikError(Exception):
    """Base of the errors that a caller may expect. Its text is one sentence that says what to do."""


class ConfigError(KirpikError):
    """A settings or site file is missing, or says something that cannot be meant."""


class InputError(KirpikError):
    """A recording cannot be used as it is."""


class CameraError(KirpikError):
    """The camera is missing, taken, silent, or not the one that the site was calibrated with."""


class ModelError(KirpikError):
    """A network file is missing, altered or not of the shape that the pipeline needs."""


class WireError(KirpikError):
    """Bytes from outside are not what the format allows. `name` is the refusal's stable name."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(f"{name}: {detail}" if detail else name)
        self.name = name


class TrustError(KirpikError):
    """A key or key document is missing, unreadable, of the wrong kind or not signed as it must be."""


class SpoolFullError(KirpikError):
    """The spool has reached its limit; nothing was written."""


class StoreError(KirpikError):
    """A folder or file of the unit's own memory cannot be used."""


class BrokerError(KirpikError):
    """The message broker cannot be reached or refuses us."""


class StalledError(KirpikError):
    """A worker has not finished a turn in the time it was given."""
