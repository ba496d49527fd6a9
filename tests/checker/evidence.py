"""An evidence file (.kpe), judged from docs/EVIDENCE.md and docs/wire alone: every signature, none of the numbers."""

from collections.abc import Callable
from typing import Any

from tests.checker import Refused, forms, log, need, reading
from tests.checker.forms import data, integer, many, maybe, row, text, word
from tests.checker.reading import sha256, signed
from tests.checker.strict import decode, encode

FILE = {
    1: word("kirpik/1 evidence"), 2: data(4096, 16384), 3: data(1, 16384), 4: data(32), 5: many(data(1, 65536), 1, 64),
    6: data(1, 65536), 7: many(data(81, 16384), 0, 64), 8: maybe(data(1, 65536)), 9: maybe(data(1, 65536)),
    10: maybe(data(1, 65536)),
}  # fmt: skip
STATEMENT = {
    1: text(1, 64), 2: data(32), 3: integer(0, 2**53), 4: data(32), 5: text(1, 100),
}  # fmt: skip


def refusals(told: bytes, trusted: bytes) -> list[str]:
    """All names that the file is refused by; `trusted` is the root document that the reader has from elsewhere."""
    try:
        need(len(told) <= 2**22, "evidence-size")
        file = forms.closed(decode(told), FILE)
        need(len(file[2]) in reading.SIZES, "packet-size")
        header = reading.header(file[2][:80])
        need(header["kind"] == 1, "packet-kind")
    except Refused as refused:
        return [refused.name]
    found: set[str] = set()

    def check(do: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever it is that was read
        try:
            return do()
        except Refused as refused:
            found.add(refused.name)
            return None

    roots = check(lambda: _roots(file[5]))
    if roots is not None:
        check(lambda: _pin(roots, reading.document(trusted, "root", None)))
    keyset = None if roots is None else check(lambda: reading.document(file[6], "set", [roots[-1][5]]))
    keys = [file[4]]
    check(lambda: _follow_keys(keys, file[7], header))
    public = keys[-1]
    check(
        lambda: need(
            signed(public, b"kirpik/1 outer signature\0" + file[2][:-64], file[2][-64:]), "packet-outer-signature"
        )
    )
    record = check(lambda: reading.record(reading.sign1(file[3], header, public)))
    if keyset is not None:
        check(lambda: _revoked(header, keyset))
        check(lambda: _receipt(file, header, keyset))
        check(lambda: _log(file, keyset))
    if record is not None:
        if keyset is not None:
            check(lambda: need(keyset[1] >= record[30], "keyset-rolled-back"))
        check(lambda: _calibration(file[9], record, keyset))
    return sorted(found)


def _roots(documents: list[bytes]) -> list[dict[int, Any]]:
    roots = [reading.document(documents[0], "root", None)]
    for later in documents[1:]:
        told = reading.document(later, "root", [roots[-1][4]])
        need(told[1] == roots[-1][1] + 1, "root-version")
        roots.append(told)
    return roots


def _pin(roots: list[dict[int, Any]], trusted: dict[int, Any]) -> None:
    need(trusted[1] <= roots[-1][1], "root-rolled-back")
    need(trusted in roots, "root-unknown")


def _follow_keys(keys: list[bytes], changes: list[bytes], header: dict[str, Any]) -> None:
    """From the unit's first key to the one at this place, as far as the changes hold."""
    need(sha256(b"kirpik/1 unit\0", keys[0])[:16] == header["unit"], "unit-key")
    last = (0, 0)
    for told in changes:
        public, place = keys[-1], reading.header(told[:80])
        try:
            payload = reading.evidence(told, public)
            change = forms.versioned(decode(payload), forms.KEY_CHANGE)
            need(change[1] != public, "keychange-same")
            need(signed(change[1], b"kirpik/1 key change\0" + told[:80] + change[1], change[2]), "keychange-proof")
        except Refused:
            raise Refused("key-change") from None
        at = (place["epoch"], place["sequence"])
        mine = place["kind"] == 3 and place["unit"] == header["unit"]
        need(mine and last < at < (header["epoch"], header["sequence"]), "key-change-place")
        keys.append(change[1])
        last = at


def _revoked(header: dict[str, Any], keyset: dict[int, Any]) -> None:
    for unit, epoch, sequence in keyset[9]:
        need(unit != header["unit"] or (header["epoch"], header["sequence"]) <= (epoch, sequence), "unit-revoked")


def _receipt(file: dict[int, Any], header: dict[str, Any], keyset: dict[int, Any]) -> None:
    if file[8] is None:
        return
    body, proof = file[8][:-64], file[8][-64:]
    need(len(file[8]) > 64, "receipt-size")
    need(any(signed(public, b"kirpik/1 receipt\0" + body, proof) for public in keyset[5]), "receipt-signature")
    told = forms.closed(decode(body), forms.RECEIPT)
    link = sha256(file[2])
    named = [header["sequence"], link] in told[5] or (told[3], told[4]) == (header["sequence"], link)
    need(told[1] == header["unit"] and told[2] == header["epoch"] and named, "receipt-other-packet")


def _log(file: dict[int, Any], keyset: dict[int, Any]) -> None:
    if file[10] is None:
        return
    try:
        told = file[10].decode()
    except UnicodeDecodeError:
        raise Refused("tlog-proof-form") from None
    log.proof(told, b"\1" + sha256(file[2]), keyset[5], None)


def _calibration(statement: bytes | None, record: dict[int, Any], keyset: dict[int, Any] | None) -> None:
    need(sha256(encode({**record[25], 11: []})) == record[29], "calibration-hash")
    if statement is None or keyset is None:
        return
    value: Any = decode(statement)
    forms.fits(value, row(data(1, 4096), data(32), data(64)))
    body, public, proof = value
    need(signed(public, b"kirpik/1 calibration statement\0" + body, proof), "statement-signature")
    told = forms.closed(decode(body), STATEMENT)
    need(public in [key for key, verbs in keyset[6] if "set-site" in verbs], "statement-key")
    need(told[1] == record[7], "calibration-other-site")
    need(told[2] == record[29], "calibration-other")
