"""`kirpik broker`: settings for a Mosquitto, certificates for who works with it, and shutting out."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from kirpik.errors import TrustError
from kirpik_provisioning.answers import ask_with
from kirpik_provisioning.broker.clients import PARTS, Clients, Part, read_clients, write_clients
from kirpik_provisioning.broker.cutting import cut_off
from kirpik_provisioning.broker.lobby import LobbyPlan, write_lobby
from kirpik_provisioning.broker.mosquitto import BrokerPlan, find_program, write_rights, write_settings
from kirpik_provisioning.broker.services import write_services
from kirpik_provisioning.enrol.bench import CERTIFICATE, Bench
from kirpik_provisioning.keys.desk import Desk, write_whole
from kirpik_provisioning.line import SETTINGS, load_settings
from kirpik_provisioning.pki import Certified, issue_broker, issue_client, revocation_list
from kirpik_provisioning.registry import Registry

DESK, FLEET = "desk", "fleet"
"""The desk's own names: one that orders, one that only watches."""
HUP = "let the broker read it: systemctl reload kirpik-broker"


@click.group(epilog="Example: kirpik broker --desk fleet new broker/ --host broker.example")
@click.option("--desk", type=click.Path(path_type=Path), default=Path(), help="Folder of the fleet; default here.")
@click.option("--passphrases", type=click.Path(path_type=Path, allow_dash=True), help="File with one answer a line.")
@click.pass_context
def broker(context: click.Context, desk: Path, passphrases: Path | None) -> None:
    """The fleet's broker: its settings, who may speak to it, and who may no more."""
    context.obj = Bench(desk, ask_with(passphrases))


@broker.command(epilog="Example: kirpik broker new broker/ --host broker.example --listen 0.0.0.0")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--host", "hosts", multiple=True, required=True, help="By which units call it; may be given again.")
@click.option("--listen", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104  a broker's work
@click.option("--port", type=click.IntRange(1, 65535), default=8883, show_default=True)
@click.option("--lobby-port", type=click.IntRange(1, 65535), default=8884, show_default=True, help="For newcomers.")
@click.option("--lobby-desk-port", type=click.IntRange(1, 65535), default=8885, show_default=True)
@click.pass_obj
def new(
    bench: Bench, folder: Path, hosts: Sequence[str], listen: str, port: int, lobby_port: int, lobby_desk_port: int
) -> None:
    """Write FOLDER: settings of the broker and of the lobby, their certificate, rights, and the list of revoked ones.

    The desk gets certificates of its own, and desk.toml, unless it has them.
    """
    if (folder / "broker.key").exists():
        raise TrustError(f"{folder}: has a broker already; a key is never written over")
    authority = bench.authority()
    with Desk(bench.desk).at_work():
        folder.mkdir(parents=True, exist_ok=True)
        issue_broker(authority, [*hosts, *{"localhost", "127.0.0.1"} - {*hosts}], now=datetime.now(UTC)).write(
            folder, "broker"
        )
        clients = _equip_desk(bench, authority, hosts[0], port, lobby_desk_port)
        rights = clients.rights(_revoked_units(bench))
        write_whole(folder / "ca.pem", authority.certificate_pem())
        _write_revoked(bench, authority, clients, folder)
        settings = write_settings(BrokerPlan(listen, port, folder, rights))
        lobby = write_lobby(LobbyPlan(listen, lobby_port, lobby_desk_port, folder))
        write_services(folder, find_program() or "/usr/sbin/mosquitto")
    click.echo(f"{settings}: the broker's, for mosquitto -c\n{lobby}: the lobby's, a second mosquitto")
    click.echo("kirpik-broker.service, kirpik-lobby.service: both for systemctl link")


@broker.command(epilog="Example: kirpik broker admit central-1 central-2 --as central --out certificates/")
@click.argument("names", nargs=-1, required=True)
@click.option("--as", "part", type=click.Choice(PARTS), required=True, help="What they may do.")
@click.option("--out", type=click.Path(path_type=Path), default=Path(), help="Folder; default here.")
@click.pass_obj
def admit(bench: Bench, names: Sequence[str], part: Part, out: Path) -> None:
    """Certify who works for the fleet: OUT/NAME with ca.pem, PART.pem, PART.key. Each intake needs its own name."""
    authority = bench.authority()
    with Desk(bench.desk).at_work():
        clients = read_clients(bench.desk)
        for name in names:
            clients = _certify(authority, clients, name, part, out / name, part)
        write_clients(bench.desk, clients)
        Desk(bench.desk).note("admitted", names=list(names), part=part)
    click.echo(f"{len(names)} admitted; give them rights by: kirpik broker refresh FOLDER")
    if part == "central" and len(clients.doing("central")) > 1:
        click.echo(f'workers that share one store, each in its central.toml: [intake] share = "{clients.share}"')


@broker.command(epilog="Example: kirpik broker dismiss central-2")
@click.argument("name")
@click.pass_obj
def dismiss(bench: Bench, name: str) -> None:
    """Somebody who works for the fleet no more. Units are revoked by: kirpik keys revoke."""
    with Desk(bench.desk).at_work():
        write_clients(bench.desk, read_clients(bench.desk).without(name))
        Desk(bench.desk).note("dismissed", name=name)
    click.echo(f"{name}: dismissed; it counts from the next: kirpik broker refresh FOLDER")


@broker.command(epilog="Example: kirpik broker refresh /etc/mosquitto/kirpik")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def refresh(bench: Bench, folder: Path) -> None:
    """Write the rights and the list of revoked certificates anew: revoked units, and who was dismissed."""
    authority = bench.authority()
    with Desk(bench.desk).at_work():
        clients, units = read_clients(bench.desk), _revoked_units(bench)
        count = _write_revoked(bench, authority, clients, folder)
        write_rights(folder, clients.rights(units))
    gone = len(units) + len(clients.dismissed())
    click.echo(f"{folder}: {count} certificates of {gone} that are shut out; {HUP}")
    if gone:
        click.echo("then hang up on those whose connection still stands: kirpik broker cut")


@broker.command(epilog="Example: kirpik broker cut")
@click.pass_obj
def cut(bench: Bench) -> None:
    """Hang up on everybody who is shut out: a connection that stands would stay, though it says and hears no more.

    First `refresh`, and let the broker read it; otherwise they come again at once.
    """
    names = (*_revoked_units(bench), *read_clients(bench.desk).dismissed())
    line = load_settings(bench.desk).broker
    count = cut_off(names, broker=line, ca=bench.desk / line.ca, authority=bench.authority())
    click.echo(f"{count} hung up on")


def _equip_desk(bench: Bench, authority: Certified, host: str, port: int, lobby_port: int) -> Clients:
    clients = read_clients(bench.desk)
    for name, part in ((DESK, "desk"), (FLEET, "watcher")):
        if not (bench.desk / f"{name}.key").exists():
            clients = _certify(authority, clients, name, part, bench.desk, name)  # type: ignore[arg-type]  # a part
    write_clients(bench.desk, clients)
    if not (bench.desk / SETTINGS).exists():
        place = json.dumps(host, ensure_ascii=False)  # a TOML basic string is written as JSON writes it
        write_whole(
            bench.desk / SETTINGS,
            f"[broker]\nhost = {place}\nport = {port}\n\n[lobby]\nhost = {place}\nport = {lobby_port}\n\n"
            f'[fleet]\nhost = {place}\nport = {port}\ncertificate = "{FLEET}.pem"\nkey = "{FLEET}.key"\n'.encode(),
        )
    return clients


def _certify(authority: Certified, clients: Clients, name: str, part: Part, folder: Path, stem: str) -> Clients:
    if (folder / f"{stem}.key").exists():
        raise TrustError(f"{folder / stem}.key: is there already; a key is never written over")
    made = issue_client(authority, name, now=datetime.now(UTC))
    clients = clients.with_name(name, part, made.certificate.serial_number)
    folder.mkdir(parents=True, exist_ok=True)
    made.write(folder, stem)
    write_whole(folder / CERTIFICATE, authority.certificate_pem())
    return clients


def _revoked_units(bench: Bench) -> tuple[str, ...]:
    return tuple(unit.hex() for unit in Desk(bench.desk).revoked())


def _write_revoked(bench: Bench, authority: Certified, clients: Clients, folder: Path) -> int:
    """The list of certificates, with its number of seconds since 1970, and how many are on it."""
    known = [found for unit in _revoked_units(bench) if (found := Registry(bench.desk).get(bytes.fromhex(unit)))]
    serials = [int(serial, 16) for unit in known for serial in unit.card.serial.split()] + clients.revoked_serials()
    now = datetime.now(UTC)
    write_whole(folder / "crl.pem", revocation_list(authority, serials, number=int(now.timestamp()), now=now))
    return len(serials)
