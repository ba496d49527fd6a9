"""Record docs/operation/*.cast and *.txt anew by running the real commands: `python -m tests.record [NAME…]`."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from kirpik.trust.trusted import root_pin
from kirpik.wire import suite
from kirpik.wire.evidence_file import encode_evidence
from kirpik_provisioning.throw_away import PASSPHRASE
from tests.recorded_fleet import Live
from tests.recorder import BIN, FOLDER, recording
from tests.system.ground import Daemon
from tests.unit.provisioning.evidence import ROOT
from tests.unit.provisioning.spoiled import GOOD, SPOILED


def ceremony() -> None:
    """From nothing to documents in force; each folder is a person's own machine, `stick` is what is carried."""
    with recording("ceremony") as (tape, home):
        for folder in ("desk", "stick", "safe", "anna", "boris", "carla", "dina", "emil", "farida", "central"):
            (home / folder).mkdir()
        tape.say("Six people, each alone on a machine without a network, make a key and give away its public half.")
        for name in ("anna", "boris", "carla", "dina", "emil", "farida"):
            tape.run(f"kirpik keys new {name} --for document --out {name} && cp {name}/{name}.pub stick/")
        tape.say("A seal key for the safe, the central's first seal and receipt keys, an operator's order key.")
        for name, purpose, where in (
            ("escrow", "seal", "safe"), ("seal-2027", "seal", "central"), ("receipt-2027", "receipt", "central"),
            ("operator", "order", "desk"),
        ):  # fmt: skip
            tape.run(f"kirpik keys new {name} --for {purpose} --out {where} && cp {where}/{name}.pub stick/")
        tape.say("At the desk: the first root. Two of three may change it, two of three others name the fleet's keys.")
        roots, keys = (" ".join(f"--{role} stick/{n}.pub" for n in names) for role, names in (
            ("root", ("anna", "boris", "carla")), ("keys", ("dina", "emil", "farida"))))  # fmt: skip
        tape.run(f"kirpik keys --desk desk init {roots} {keys} --fallback stick/escrow.pub")
        tape.run("cp desk/drafts/root-1.cbor stick/")
        tape.say("Anna, then Boris, each at home. They compare the check words over the telephone before they sign.")
        tape.run("kirpik keys root sign stick/root-1.cbor --key anna/anna.key")
        tape.say("Half signed is not signed:")
        tape.run("kirpik keys --desk desk collect stick/root-1.cbor")
        tape.run("kirpik keys --desk desk set publish --offline", fails=True)
        tape.run("kirpik keys root sign stick/root-1.cbor --key boris/boris.key")
        tape.run("kirpik keys --desk desk collect stick/root-1.cbor")
        tape.run("kirpik keys --desk desk set publish --offline")
        tape.say("The first key set, signed by two of the keys holders.")
        tape.run(
            "kirpik keys --desk desk set new --seal stick/seal-2027.pub --receipt stick/receipt-2027.pub"
            " --order stick/operator.pub:report,pause,resume,restart,set-site --broker broker.example:8883"
        )
        tape.run("cp desk/drafts/set-1.cbor stick/")
        for name in ("dina", "farida"):
            tape.run(f"kirpik keys set sign stick/set-1.cbor --key {name}/{name}.key")
        tape.run("kirpik keys --desk desk collect stick/set-1.cbor")
        tape.run("kirpik keys --desk desk set publish --offline --to stick/kirpik --to central")
        tape.run("kirpik keys install central/seal-2027.key central/seal.key")
        tape.run("kirpik keys install central/receipt-2027.key central/receipt.key")
        tape.run("kirpik keys --desk desk status")


def rotation() -> None:
    """A seal key turns while a fleet runs; then an order, and its history."""
    with recording("rotation", passphrase=PASSPHRASE) as (tape, home):
        live = Live(home)
        try:
            live.wait_for_links()
            tape.say("A demo fleet runs: eye, link, broker, central. This is its desk; all its keys are throw-away.")
            tape.run("kirpik keys --desk desk status")
            tape.run("kirpik keys --desk desk new seal-2 --for seal --out desk")
            tape.run("kirpik keys --desk desk rotate seal desk/seal-2.pub --in 20s")
            for name in ("keys-1", "keys-3"):
                tape.run(f"kirpik keys set sign desk/drafts/set-2.cbor --key desk/{name}.key --yes")
            tape.say("The central gets the new key and the new documents before any unit can seal to it.")
            tape.run("kirpik keys --desk desk install desk/seal-2.key central/seal-2.key")
            tape.run("kirpik keys --desk desk set publish --to central")
            live.restart_intake()
            tape.say("The units follow by themselves and say so in their heartbeats; stragglers are told by name.")
            tape.run("kirpik keys --desk desk status --wait 75")
            tape.run("kirpik orders --desk desk send report --to all --key desk/order-1.key --dry-run")
            tape.run("kirpik orders --desk desk send report --to all --key desk/order-1.key")
            tape.run("kirpik orders --desk desk history")
            tape.say("The old key opens what is still on its way, so it cannot be destroyed yet:")
            tape.run("kirpik keys --desk desk destroy desk/seal-1.key central/seal.key --yes", fails=True)
        finally:
            live.end()


def drills() -> None:
    """Thefts, and what is done about each; on a running fleet."""
    with recording("drills", passphrase=PASSPHRASE) as (tape, home):
        live = Live(home, others=("abay-12",))
        try:
            live.wait_for_links()
            stolen = suite.key_id(live.fleet.seal.public).hex()
            tape.say("Drill 1. A seal key is stolen: the next one at once; units wrap again what they have not sent.")
            tape.run("kirpik keys --desk desk new seal-2 --for seal --out desk")
            tape.run(f"kirpik keys --desk desk rotate seal desk/seal-2.pub --compromised {stolen}")
            for name in ("keys-1", "keys-2"):
                tape.run(f"kirpik keys set sign desk/drafts/set-2.cbor --key desk/{name}.key --yes")
            tape.run("kirpik keys --desk desk install desk/seal-2.key central/seal-2.key")
            tape.run("kirpik keys --desk desk set publish --to central")
            live.restart_intake()
            tape.say(
                "Drill 2. A unit is stolen: it is believed up to its last packet that is beyond doubt, and cut off."
            )
            unit = live.units[1].unit.hex()
            tape.run(f"kirpik keys --desk desk revoke {unit} --epoch 1 --sequence 3")
            for name in ("keys-1", "keys-2"):
                tape.run(f"kirpik keys set sign desk/drafts/set-3.cbor --key desk/{name}.key --yes")
            tape.run("kirpik keys --desk desk set publish --to central")
            tape.run("kirpik broker --desk desk refresh broker")
            live.reload_broker()
            tape.run("kirpik broker --desk desk cut")
            tape.say(
                "Drill 3. Two keys holders are lost to a thief: a new root names new ones. From the moment that a unit"
            )
            tape.say(
                "has it, nothing that only the old role vouched for counts: it seals to the escrow key, obeys nobody."
            )
            for name in ("new-1", "new-2", "new-3"):
                tape.run(f"kirpik keys --desk desk new {name} --for document --out desk")
            tape.run(
                "kirpik keys --desk desk root new --keys desk/new-1.pub --keys desk/new-2.pub --keys desk/new-3.pub"
            )
            for name in ("root-1", "root-3"):
                tape.run(f"kirpik keys root sign desk/drafts/root-2.cbor --key desk/{name}.key --yes")
            tape.run("kirpik keys --desk desk set publish --to central")
            tape.say("A thief's signatures are worth nothing now; new keys begin a new key set.")
            for name, purpose in (("seal-3", "seal"), ("receipt-2", "receipt"), ("order-3", "order")):
                tape.run(f"kirpik keys --desk desk new {name} --for {purpose} --out desk")
            new = "--seal desk/seal-3.pub --receipt desk/receipt-2.pub --order desk/order-3.pub"
            tape.run(f"kirpik keys --desk desk set new {new}")
            tape.run("kirpik keys set sign desk/drafts/set-4.cbor --key desk/keys-1.key --yes")
            tape.run("kirpik keys set sign desk/drafts/set-4.cbor --key desk/keys-2.key --yes")
            tape.run("kirpik keys --desk desk set publish", fails=True)
            for name in ("new-1", "new-2"):
                tape.run(f"kirpik keys set sign desk/drafts/set-4.cbor --key desk/{name}.key --yes")
            tape.run("kirpik keys --desk desk set publish")
            tape.run("kirpik keys --desk desk status --wait 75")
            tape.run("kirpik orders --desk desk send report --to all --key desk/order-1.key", fails=True)
            tape.run("kirpik orders --desk desk send report --to all --key desk/order-3.key")
        finally:
            live.end()


def enrolment() -> None:
    """A generic card asks, is compared, and belongs."""
    with recording("enrolment", passphrase=PASSPHRASE) as (tape, home):
        live = Live(home)
        card = home / "card"
        (card / "state" / "keys").mkdir(parents=True)
        for name, data in live.fleet.documents.items():
            (card / "state" / "keys" / name).write_bytes(data)
        shutil.copy(live.fleet.folder / "broker" / "ca.pem", card / "ca.pem")
        pin = root_pin(live.fleet.documents["root.cbor"]).hex()
        (card / "kirpik.toml").write_text(
            f'[unit]\nstate = "state"\nsite = "site.toml"\nlabel = "Abay 12"\nroot_pin = "{pin}"\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {live.fleet.port}\nlobby_port = {live.lobby_port}\n'
        )
        try:
            tape.say(
                "What lies on a generic card: the fleet's authority, its first root, where the broker is. No secret."
            )
            tape.run("find card -type f | sort")
            tape.say("First boot: the unit makes its keys, shows who it is, and asks in the lobby.")
            tape.run("kirpikd enrol --config card/kirpik.toml --show")
            asking = Daemon([str(BIN / "kirpikd"), "enrol", "--config", str(card / "kirpik.toml")], home / "enrol.log")
            asking.start()
            tape.say("At the desk:")
            tape.run("kirpik enrol --desk desk list --wait 12")
            words = _words(card)
            tape.say("The operator types the words that stand on the unit, not those of the list.")
            tape.run(f"kirpik enrol --desk desk accept {' '.join(words)} --group almaty")
            assert asking.process is not None
            assert asking.process.wait(30) == 0
            tape.run("kirpikd enrol --config card/kirpik.toml | tail -1")
            tape.say("A hundred at once: one token for each site, typed at the unit or laid on its card.")
            tape.run("kirpik enrol --desk desk tokens 'Abay 14' 'Abay 16' --group almaty --good-for 7d")
        finally:
            live.end()


def verification() -> None:
    """A good evidence file, and five that were tampered with, in the hands of an accused."""
    with recording("verification") as (tape, home):
        (home / "root.cbor").write_bytes(ROOT)
        (home / "good.kpe").write_bytes(encode_evidence(GOOD))
        tape.say(
            "What the authority gave out. root.cbor comes from where the authority publishes it. No network is used."
        )
        tape.run("kirpik verify good.kpe --root root.cbor --page good.pdf && ls -l good.pdf")
        for name, file in TAMPERED.items():
            (home / f"{file}.kpe").write_bytes(encode_evidence(SPOILED[name][0]()))
            tape.say(f"Tampered with: {name}.")
            tape.run(f"kirpik verify {file}.kpe --root root.cbor | grep -E '✗|NOT'")


def _words(card: Path) -> list[str]:
    lines = (card / "state" / "fingerprint.txt").read_text().splitlines()
    (first,) = [number for number, line in enumerate(lines) if line.startswith("  words")]
    return [*lines[first].split()[1:], *lines[first + 1].split()]


TAMPERED = {
    "a bit of the record": "bit",
    "a swapped crop": "crop",
    "another site's calibration in the record": "calibration",
    "a charge without the deduction": "charge",
    "a rolled-back key set": "keys",
}
RECORDINGS: dict[str, Callable[[], None]] = {
    "ceremony": ceremony, "rotation": rotation, "drills": drills, "enrolment": enrolment,
    "verification": verification,
}  # fmt: skip


def main() -> None:
    for name in sys.argv[1:] or RECORDINGS:
        RECORDINGS[name]()
        print(f"{FOLDER / name}: recorded")


if __name__ == "__main__":
    main()
