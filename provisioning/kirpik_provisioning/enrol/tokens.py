"""One-time tokens of sites, for many units at once: made as a sheet of words, kept here as what proves them, used once.

tokens.cbor    [id, key, label, groups, expires, used by] each; no token itself, so a copy of the desk enrols nobody
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_bytes

from kirpik.errors import TrustError, WireError
from kirpik.wire import cbor, enrol, fields
from kirpik.wire.enrol import Request
from kirpik.wire.ids import UNIT_ID_BYTES
from kirpik.wire.words import to_words
from kirpik_provisioning.keys.desk import write_whole

FILE = "tokens.cbor"
MAX_TOKENS = 10_000
ROW = fields.row(
    fields.blob(enrol.TOKEN_ID_BYTES), fields.blob(fields.SHA256_BYTES), fields.text(0, 64),
    fields.many(fields.text(1, 64), 0, 16), fields.whole(), fields.maybe(fields.blob(UNIT_ID_BYTES)),
)  # fmt: skip
TABLE = fields.many(ROW, 0, MAX_TOKENS)


@dataclass(frozen=True, slots=True)
class Token:
    id: bytes
    key: bytes = field(repr=False)
    label: str
    groups: tuple[str, ...]
    expires_ms: int
    used_by: bytes | None = None

    def good_for(self, request: Request, *, now_ms: int) -> bool:
        """Once, and in time; the unit that has used it may ask again."""
        unused = self.used_by in (None, request.unit)
        return unused and now_ms < self.expires_ms and enrol.holds_token(request, self.key)


class TokenSheet:
    def __init__(self, desk: Path) -> None:
        self._path = desk / FILE

    def all(self) -> list[Token]:
        try:
            data = self._path.read_bytes()
            return [Token(*row) for row in TABLE("tokens", cbor.decode(data))]
        except FileNotFoundError:
            return []
        except (OSError, WireError) as error:
            raise TrustError(f"{self._path}: not the tokens of a desk: {error}") from error

    def make(self, labels: Iterable[str], groups: tuple[str, ...], *, expires_ms: int) -> list[tuple[str, str]]:
        """Label and words of each new token. The words are nowhere but in what is returned."""
        sheet, new = [], []
        for label in labels:
            token = token_bytes(enrol.TOKEN_BYTES)
            new.append(Token(enrol.token_id(token), enrol.token_key(token), label, groups, expires_ms))
            sheet.append((label, to_words(token)))
        self._write([*self.all(), *new])
        return sheet

    def find(self, request: Request, *, now_ms: int) -> Token | None:
        return next(
            (token for token in self.all() if token.id == request.token and token.good_for(request, now_ms=now_ms)),
            None,
        )

    def use(self, used: Token, unit: bytes) -> None:
        self._write([replace(token, used_by=unit) if token.id == used.id else token for token in self.all()])

    def _write(self, tokens: list[Token]) -> None:
        rows = [[t.id, t.key, t.label, list(t.groups), t.expires_ms, t.used_by] for t in tokens]
        write_whole(self._path, cbor.encode(rows), mode=0o600)
