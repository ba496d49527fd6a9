"""The operator's bench, command `kirpik`. Only here objects are put together; bad input ends in one sentence."""

import signal
import sys
import threading
from pathlib import Path

import click
from rich.console import Console

from kirpik import __version__
from kirpik.errors import KirpikError
from kirpik_provisioning.broker.command import broker
from kirpik_provisioning.calibrate.command import calibrate
from kirpik_provisioning.demo import Demo, Outcome, Recording, bundled_road
from kirpik_provisioning.demo_summary import about_evidence, print_summary, waiting_sentence
from kirpik_provisioning.demo_table import LiveScreen, PlainScreen
from kirpik_provisioning.enrol.command import enrol
from kirpik_provisioning.flash.command import flash
from kirpik_provisioning.fleet.command import fleet
from kirpik_provisioning.image.command import image
from kirpik_provisioning.keys.command import keys
from kirpik_provisioning.orders.command import orders
from kirpik_provisioning.package.command import package
from kirpik_provisioning.verify.command import verify

PLAIN_WIDTH = 120


@click.group(epilog="Example: kirpik demo")
@click.version_option(__version__, prog_name="kirpik")
def bench() -> None:
    """The operator's bench."""


bench.add_command(verify)
bench.add_command(calibrate)
bench.add_command(keys)
bench.add_command(orders)
bench.add_command(enrol)
bench.add_command(package)
bench.add_command(broker)
bench.add_command(fleet)
bench.add_command(image)
bench.add_command(flash)


@bench.command(epilog="Example: kirpik demo ride.mp4 --site site.toml --fast")
@click.argument("recording", metavar="[INPUT]", required=False, type=click.Path(path_type=Path))
@click.option("--site", type=click.Path(path_type=Path), help="Site file of INPUT.")
@click.option("--fast", is_flag=True, help="As fast as it can, not at the recording's pace.")
@click.option("--keep", is_flag=True, help="Stay up when the recording is through, until Ctrl-C, and keep the folder.")
@click.option("--desk", is_flag=True, help="Then open the officers' desk on what came out, until Ctrl-C.")
def demo(recording: Path | None, site: Path | None, *, fast: bool, keep: bool, desk: bool) -> None:
    """Show the whole way on this machine: a recorded road in, opened violations out.

    Without INPUT the bundled simulated road is used. INPUT is a video or a folder with frames.csv.
    """
    if (recording is None) != (site is None):
        raise click.UsageError("INPUT and --site belong together: kirpik demo INPUT --site SITE")
    shown = bundled_road() if recording is None or site is None else Recording(recording, site)
    sys.exit(0 if _show(shown, pace="fast" if fast else "recorded", keep=keep, desk=desk) else 1)


def _show(recording: Recording, *, pace: str, keep: bool, desk: bool) -> bool:
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    stop = _stop_on_signals()
    screen = LiveScreen(console) if console.is_terminal else PlainScreen(console)
    demo = Demo(recording, screen, stop=stop)
    try:
        outcome = demo.run(pace=pace, decide=not desk)
        screen.close()
        print_summary(console, outcome)
        if desk and outcome.finished:
            console.print(f"The officers' desk: {demo.open_desk()}", highlight=False, soft_wrap=True)
        if (keep or desk) and outcome.finished:
            _stay_up(console, outcome, stop)
        if desk and outcome.finished:
            for line in about_evidence(demo.hand_on()) or ["Nobody was accused, so nothing was handed on."]:
                console.print(line, highlight=False, soft_wrap=True)
    except BaseException:
        demo.close(keep=keep)
        if demo.waiting():
            click.echo(f"kirpik: {waiting_sentence(demo.waiting(), demo.outbox)}", err=True)
        raise
    demo.close(keep=keep)
    return outcome.good


def _stay_up(console: Console, outcome: Outcome, stop: threading.Event) -> None:
    console.print(f"Broker, link and central stay up on {outcome.folder}; Ctrl-C ends them.", highlight=False)
    while not stop.wait(0.5):
        pass


def _stop_on_signals() -> threading.Event:
    """Ctrl-C only raises a flag, so that it cannot come between a process and the note that it runs."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def main() -> None:
    try:
        bench()
    except KirpikError as error:
        click.echo(f"kirpik: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"kirpik: {error.filename or 'disk'}: {error.strerror}", err=True)
        sys.exit(1)
