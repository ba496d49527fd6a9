"""`kirpik enrol`: the desk that its verbs work on, and the fleet's authority for certificates."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from kirpik.errors import TrustError
from kirpik_provisioning.answers import Ask, ask_with
from kirpik_provisioning.enrol.lobby import Lobby
from kirpik_provisioning.keys.desk import Desk, write_whole
from kirpik_provisioning.keys.vault import WORK, lock, read_vault, write_vault
from kirpik_provisioning.pki import Certified, authority_from, new_authority

AUTHORITY, CERTIFICATE = "authority.key", "ca.pem"


@dataclass(frozen=True, slots=True)
class Bench:
    desk: Path
    ask: Ask

    @property
    def lobby(self) -> Lobby:
        return Lobby(self.desk)

    def authority(self) -> Certified:
        path = self.desk / AUTHORITY
        vault = read_vault(path)
        if vault.kind != "authority":
            raise TrustError(f"{path}: a key for {vault.kind}, expected the fleet's authority")
        try:
            certificate = (self.desk / CERTIFICATE).read_bytes()
        except OSError as error:
            raise TrustError(f"{self.desk / CERTIFICATE}: cannot be read: {error.strerror}") from error
        return authority_from(certificate, vault.open(self.ask(f"passphrase of {AUTHORITY}")))


@click.group(epilog="Example: kirpik enrol --desk fleet list")
@click.option("--desk", type=click.Path(path_type=Path), default=Path(), help="Folder of the fleet; default here.")
@click.option("--passphrases", type=click.Path(path_type=Path, allow_dash=True), help="File with one answer a line.")
@click.pass_context
def enrol(context: click.Context, desk: Path, passphrases: Path | None) -> None:
    """Units that ask to belong to the fleet."""
    context.obj = Bench(desk, ask_with(passphrases))


@enrol.command(epilog="Example: kirpik enrol authority 'Almaty roads'")
@click.argument("name")
@click.pass_obj
def authority(bench: Bench, name: str) -> None:
    """Make the fleet's authority for certificates: ca.pem to be given away, authority.key locked."""
    if (bench.desk / CERTIFICATE).exists():
        raise TrustError(f"{bench.desk / CERTIFICATE}: is there already; nothing was made")
    passphrase = bench.ask(f"new passphrase for {AUTHORITY}")
    if bench.ask("the same once more") != passphrase:
        raise TrustError("the two passphrases differ; nothing was made")
    with Desk(bench.desk).at_work():
        write_authority(bench.desk, new_authority(name, now=datetime.now(UTC)), passphrase)
    click.echo(f"{bench.desk / CERTIFICATE}: made; it goes onto every card and to the broker")


def write_authority(desk: Path, made: Certified, passphrase: bytes, *, work: int = WORK) -> None:
    public = made.key.public_key().public_bytes_raw()
    write_vault(desk / AUTHORITY, lock(made.key_pem(), passphrase, kind="authority", public=public, work=work))
    write_whole(desk / CERTIFICATE, made.certificate_pem())
