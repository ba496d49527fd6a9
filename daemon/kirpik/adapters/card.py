"""What the person at the bench wrote onto this one card: where it will stand, and perhaps a token that is good once.

`kirpik/card.toml` on the boot partition, which any computer can read. So the token goes as soon as it has been used.
"""

import contextlib
import tomllib
from pathlib import Path

import msgspec

from kirpik.errors import ConfigError

CARD = Path("/boot/firmware/kirpik/card.toml")


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    label: str = ""
    token: str = ""
    """Five words."""
    language: str = ""


def read_card(path: Path = CARD) -> Card:
    """An empty one where none lies. Raises ConfigError when it says what cannot be meant."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Card)
    except FileNotFoundError:
        return Card()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error


def forget_token(path: Path = CARD) -> None:
    """Once it was used it opens nothing; on a sealed card it stays where it is."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
