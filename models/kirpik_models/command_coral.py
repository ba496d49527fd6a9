"""`kirpik-models compile`: the shipped networks for a Coral stick, with a manifest of their own.

Google's compiler exists for x86-64 Linux alone and is not among our packages: see docs/EYES.md for where it comes from.
"""

import hashlib
import subprocess
from pathlib import Path

import click
import msgspec

from kirpik.adapters.models_folder import MANIFEST, check, read_manifest
from kirpik.errors import ModelError

SUFFIX = "_edgetpu"
"""What the compiler appends to a file's name."""


@click.command("compile")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="models-coral", show_default=True)
@click.option("--compiler", default="edgetpu_compiler", show_default=True, help="Google's Edge TPU compiler.")
@click.option("--models", type=click.Path(path_type=Path, file_okay=False), default="models", show_default=True)
def compile_coral(out: Path, compiler: str, models: Path) -> None:
    """Compile the networks for an Edge TPU into a folder that a unit can be given as `unit.models`.

    \b
    example:  kirpik-models compile --out models-coral
    """
    manifest = read_manifest(models)
    out.mkdir(parents=True, exist_ok=True)
    compiled = {}
    for name, entry in manifest.networks.items():
        made = _compile(compiler, check(models, name, entry), out)
        compiled[name] = msgspec.structs.replace(entry, file=made.name, sha256=_sha256(made))
    whole = msgspec.structs.replace(manifest, networks=compiled)
    (out / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n")
    click.echo(f"{out}: {len(compiled)} networks; set unit.models to it, and engine.kind to 'coral'")


def _compile(compiler: str, network: Path, out: Path) -> Path:
    command = [compiler, "--out_dir", str(out), str(network)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  the operator's own words
    except OSError as error:
        raise ModelError(
            f"{compiler}: cannot be run ({error.strerror}); is the Edge TPU compiler installed?"
        ) from error
    made = out / f"{network.stem}{SUFFIX}.tflite"
    if done.returncode or not made.is_file():
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing said"]
        raise ModelError(f"{network}: {compiler} ended with {done.returncode}: {said[-1]}")
    return made


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
