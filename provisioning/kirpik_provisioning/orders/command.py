"""`kirpik orders`: send, sign, history. Exit code 0 when every unit has done it, 1 when one has not."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kirpik.errors import TrustError
from kirpik.wire.documents import VERBS
from kirpik.wire.order import Order, co_sign, sign_order
from kirpik_provisioning.answers import Ask, ask_with
from kirpik_provisioning.keys.desk import Desk
from kirpik_provisioning.keys.holders import order_signer
from kirpik_provisioning.keys.moments import begin_ms, now_ms
from kirpik_provisioning.orders import files, show
from kirpik_provisioning.orders.book import Entry, OrderFolder
from kirpik_provisioning.orders.files import beside
from kirpik_provisioning.orders.sending import Outcome, check_before, send
from kirpik_provisioning.registry import Known, Registry

BAR = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
WITH_FILE = ("set-config", "set-site", "set-models")


@dataclass(frozen=True, slots=True)
class Bench:
    desk: Path
    ask: Ask

    @property
    def folder(self) -> OrderFolder:
        return OrderFolder(self.desk)

    def meant(self, order: Order) -> list[Known]:
        return Registry(self.desk).meant(order.target, revoked=Desk(self.desk).revoked())


@click.group(epilog="Example: kirpik orders --desk fleet send report --to all --key operator.key")
@click.option("--desk", type=click.Path(path_type=Path), default=Path(), help="Folder of the fleet; default here.")
@click.option("--passphrases", type=click.Path(path_type=Path, allow_dash=True), help="File with one answer a line.")
@click.pass_context
def orders(context: click.Context, desk: Path, passphrases: Path | None) -> None:
    """Signed orders to units and groups, and their signed results."""
    context.obj = Bench(desk, ask_with(passphrases))


@orders.command("send", epilog="Example: kirpik orders send set-site --file site.toml --to almaty --key operator.key")
@click.argument("verb", type=click.Choice(VERBS))
@click.option("--to", "target", required=True, help="A unit's id or label, a group, or all.")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), help="The new file of set-config, set-site, set-models."
)
@click.option("--no-files", is_flag=True, help="set-models: a stick brings the networks, not the line.")
@click.option("--replaces", type=click.Path(path_type=Path), help="Refused by units whose file is another than this.")
@click.option("--key", "keys", multiple=True, type=click.Path(path_type=Path), help="Order key; twice where two sign.")
@click.option("--begin", default="0", show_default=True, help="Not before, from now: 2h, 30m, 0.")
@click.option("--expires", default="24h", show_default=True, help="From now; what comes later is refused.")
@click.option("--wait", "wait_s", type=float, default=60.0, show_default=True, help="Seconds to wait for results.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and to whom; sign and send nothing.")
@click.pass_obj
def send_order(  # noqa: PLR0913, PLR0917  the parts of an order
    bench: Bench, verb: str, target: str, file: Path | None, replaces: Path | None, keys: Sequence[Path], begin: str,
    expires: str, wait_s: float, *, dry_run: bool, no_files: bool,
) -> None:  # fmt: skip
    """Write, sign and send an order, and wait for the results.

    wipe and set-models need two keys. With one, the order is kept, and the second operator adds a signature with
    `kirpik orders sign`; then `kirpik orders again` sends it. The networks that a manifest names lie beside it; they
    are laid out at the broker for the units to fetch.
    """
    if (file is not None) != (verb in WITH_FILE):
        raise click.UsageError(f"--file belongs to {', '.join(WITH_FILE)}, and to nothing else")
    order = _order(bench, verb, target, file, replaces, begin=begin, expires=expires)
    networks = beside(file) if file is not None and verb == "set-models" and not no_files else {}
    meant = bench.meant(order)
    if dry_run:
        show.describe(order, meant, signatures=0)
        click.echo("dry run: nothing was signed and nothing sent")
        return
    if not keys:
        raise click.UsageError("--key is missing: an order key of the key set")
    with Desk(bench.desk).at_work(), ExitStack() as stack:
        signers = [stack.enter_context(order_signer(path, bench.ask)) for path in keys]
        entry = bench.folder.keep(sign_order(order, signers[:2]))
        files.keep(entry, networks)
    _deliver(bench, entry, wait_s=wait_s)


@orders.command(epilog="Example: kirpik orders sign 3f0a11c29b7e --key second.key")
@click.argument("name")
@click.option("--key", required=True, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask back.")
@click.pass_obj
def sign(bench: Bench, name: str, key: Path, *, yes: bool) -> None:
    """Add the second signature to an order that needs two."""
    entry = bench.folder.get(name)
    show.describe(entry.order, bench.meant(entry.order), signatures=len(entry.signed.signatures))
    if not yes:
        click.confirm("Is this what shall be?", abort=True)
    with Desk(bench.desk).at_work(), order_signer(key, bench.ask) as signer:
        entry = bench.folder.keep(co_sign(entry.data, signer))
    click.echo(
        f"order {entry.name}: {len(entry.signed.signatures)} signatures; send it: kirpik orders again {entry.name}"
    )


@orders.command(epilog="Example: kirpik orders again 3f0a11c29b7e")
@click.argument("name")
@click.option("--wait", "wait_s", type=float, default=60.0, show_default=True)
@click.pass_obj
def again(bench: Bench, name: str, wait_s: float) -> None:
    """Send an order once more, as after a lost line. Units answer again and obey once."""
    _deliver(bench, bench.folder.get(name), wait_s=wait_s)


@orders.command(epilog="Example: kirpik orders unload 3f0a11c29b7e")
@click.argument("name")
@click.pass_obj
def unload(bench: Bench, name: str) -> None:
    """Take the files of an order from the broker; units that have not fetched them will not have them."""
    _unload(bench, bench.folder.get(name))


@orders.command(epilog="Example: kirpik orders history")
@click.argument("name", required=False)
@click.pass_obj
def history(bench: Bench, name: str | None) -> None:
    """All orders of this desk with what came of them, or one with each unit's answer."""
    if name is not None:
        entry = bench.folder.get(name)
        meant = Registry(bench.desk).meant(entry.order.target)
        show.describe(entry.order, meant, signatures=len(entry.signed.signatures))
        show.table_of(Outcome(meant, bench.folder.results(entry)))
        return
    show.console().print(show.history_of(bench.desk))


def _order(
    bench: Bench, verb: str, target: str, file: Path | None, replaces: Path | None, *, begin: str, expires: str
) -> Order:
    now = now_ms()
    return Order(
        verb=verb,
        target=Registry(bench.desk).parse_target(target),
        counter=bench.folder.next_counter(now),
        not_before_ms=begin_ms(begin, now) if begin != "0" else 0,
        expires_ms=begin_ms(expires, now),
        expected=None if replaces is None else sha256(_read(replaces)).digest(),
        argument=b"" if file is None else _read(file),
    )


def _deliver(bench: Bench, entry: Entry, *, wait_s: float) -> None:
    missing = entry.order.signatures_needed - len(entry.signed.signatures)
    if missing > 0:
        click.echo(
            f"order {entry.name}: kept, not sent: {missing} signature more: kirpik orders sign {entry.name} --key …"
        )
        sys.exit(1)
    check_before(entry, Desk(bench.desk).trusted(), now_ms=now_ms())
    console = show.console()
    if loaded := files.kept(entry):
        _lay_out(bench, loaded, console)
    with Progress(*BAR, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"order {entry.name} {entry.order.verb}", total=None)
        outcome = send(
            bench.desk, entry, wait_s=wait_s,
            progress=lambda seen: bar.update(task, total=len(seen.units), completed=seen.settled),
        )  # fmt: skip
    Desk(bench.desk).note("ordered", order=entry.name, verb=entry.order.verb, to=show.target_of(entry.order))
    show.table_of(outcome)
    if loaded and outcome.all_settled:
        _unload(bench, entry)
    if not outcome.all_settled:
        left = len(outcome.units) - outcome.settled
        click.echo(
            f"{left} not settled within {wait_s:g} s; it stays good until it expires: kirpik orders again {entry.name}"
        )
    sys.exit(0 if outcome.all_done else 1)


def _lay_out(bench: Bench, loaded: Mapping[str, bytes], console: Console) -> None:
    with Progress(*BAR, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("files to the broker", total=None)
        count = files.lay_out(bench.desk, loaded, lambda done, total: bar.update(task, total=total, completed=done))
    click.echo(f"{len(loaded)} files in {count} parts lie at the broker")


def _unload(bench: Bench, entry: Entry) -> None:
    loaded = files.kept(entry)
    if loaded:
        count = files.take_away(bench.desk, loaded)
        click.echo(f"{len(loaded)} files in {count} parts taken from the broker")
    else:
        click.echo(f"order {entry.name}: no files go with it")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
