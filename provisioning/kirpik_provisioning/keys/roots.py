"""`kirpik keys init` and `root`: who may sign what. Rare, and offline."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from kirpik.errors import TrustError
from kirpik.wire.documents import Root
from kirpik_provisioning.keys import changes
from kirpik_provisioning.keys.bench import Bench, keys, lay_down
from kirpik_provisioning.keys.holders import read_public
from kirpik_provisioning.keys.moments import now_ms
from kirpik_provisioning.keys.told import role

ROLE_OPTIONS = (
    click.option("--root", "root_files", multiple=True, type=click.Path(path_type=Path), help="Root holder, .pub."),
    click.option("--keys", "keys_files", multiple=True, type=click.Path(path_type=Path), help="Keys holder, .pub."),
    click.option("--threshold", type=click.IntRange(1, 8), default=2, show_default=True, help="Of each role."),
    click.option("--fallback", type=click.Path(path_type=Path), help="Seal key in escrow, .pub."),
)


def _role_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(ROLE_OPTIONS):
        command = option(command)
    return command


@keys.command(epilog="Example: kirpik keys init --root a.pub --root b.pub --root c.pub --keys d.pub … --fallback e.pub")
@_role_options
@click.pass_obj
def init(
    bench: Bench, root_files: Sequence[Path], keys_files: Sequence[Path], threshold: int, fallback: Path | None
) -> None:
    """Draft the first root. Two of three holders of each role is the usual choice."""
    if fallback is None:
        raise click.UsageError("--fallback is missing: without it a stolen keys role stops every unit")
    with bench.desk.at_work():
        if bench.desk.first_root() is not None:
            raise TrustError(f"{bench.desk.folder}: has a root already; change it by: kirpik keys root new")
        root = changes.first_root(
            role(root_files, threshold, "--root"), role(keys_files, threshold, "--keys"),
            fallback=read_public(fallback, "seal"), now_ms=now_ms(),
        )  # fmt: skip
        lay_down(bench, root)


@keys.group()
def root() -> None:
    """The root: who may sign what. Rare, and offline."""


@root.command("new", epilog="Example: kirpik keys root new --keys d.pub --keys f.pub --keys g.pub")
@_role_options
@click.pass_obj
def new_root(
    bench: Bench, root_files: Sequence[Path], keys_files: Sequence[Path], threshold: int, fallback: Path | None
) -> None:
    """Draft the next root; what is not named stays. A new keys role ends all that the old one vouched for."""
    with bench.desk.at_work():
        current = bench.desk.trusted().root
        following = changes.renewed(current, now_ms=now_ms(), life_ms=changes.ROOT_LIFE_MS)
        lay_down(
            bench,
            Root(
                version=following.version, issued_ms=following.issued_ms, expires_ms=following.expires_ms,
                root=role(root_files, threshold, "--root") if root_files else current.root,
                keys=role(keys_files, threshold, "--keys") if keys_files else current.keys,
                fallback_seal=read_public(fallback, "seal") if fallback else current.fallback_seal,
            ),
        )  # fmt: skip
