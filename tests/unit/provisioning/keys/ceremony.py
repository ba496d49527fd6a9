"""`kirpik keys` as operators call it, with every passphrase read from a file."""

from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result

from kirpik.errors import KirpikError
from kirpik_provisioning.cli import bench

PASSPHRASE = "correct horse battery"  # noqa: S105  of keys that die with the test
HOLDERS = ("anna", "boris", "carla", "dina", "emil", "farida")


@dataclass
class Ceremony:
    home: Path
    said: list[str] = field(default_factory=list)

    @property
    def desk(self) -> Path:
        return self.home / "desk"

    def run(self, *words: str | Path, answers: tuple[str, ...] = (PASSPHRASE, PASSPHRASE)) -> Result:
        file = self.home / "answers"
        file.write_text("\n".join(answers))
        told = ["keys", "--desk", str(self.desk), "--passphrases", str(file), *map(str, words)]
        result = CliRunner().invoke(bench, told)
        self.said.append(result.output)
        return result

    def do(self, *words: str | Path, answers: tuple[str, ...] = (PASSPHRASE, PASSPHRASE)) -> str:
        result = self.run(*words, answers=answers)
        assert result.exit_code == 0, (words, result.output, result.exception)
        return result.output

    def refused(self, *words: str | Path, answers: tuple[str, ...] = (PASSPHRASE, PASSPHRASE)) -> str:
        """The sentence: what `kirpik` would print, without a traceback."""
        result = self.run(*words, answers=answers)
        assert result.exit_code != 0
        assert result.exception is None or isinstance(result.exception, KirpikError | SystemExit), result.exception
        return str(result.exception) if isinstance(result.exception, KirpikError) else result.output

    def make(self, name: str, purpose: str) -> Path:
        self.do("new", name, "--for", purpose, "--out", self.home, "--work", "10")
        return self.home / f"{name}.pub"

    def make_all(self) -> None:
        for name in HOLDERS:
            self.make(name, "document")
        for name, purpose in (("escrow", "seal"), ("seal-1", "seal"), ("receipt-1", "receipt"), ("order-1", "order")):
            self.make(name, purpose)

    def key(self, name: str) -> Path:
        return self.home / f"{name}.key"

    def pub(self, name: str) -> Path:
        return self.home / f"{name}.pub"

    def begin(self) -> None:
        """Root and key set in force, on this desk alone."""
        self.make_all()
        roles = [*(f"--root={self.pub(name)}" for name in HOLDERS[:3]), *(f"--keys={self.pub(n)}" for n in HOLDERS[3:])]
        self.do("init", *roles, "--fallback", self.pub("escrow"))
        self.sign("root", "anna", "boris")
        self.do("set", "publish", "--offline")
        self.do(
            "set", "new", "--seal", self.pub("seal-1"), "--receipt", self.pub("receipt-1"),
            "--order", f"{self.pub('order-1')}:report,pause", "--broker", "broker.example:8883",
        )  # fmt: skip
        self.sign("set", "dina", "emil")
        self.do("set", "publish", "--offline")

    def draft(self) -> Path:
        (path,) = (self.desk / "drafts").glob("*.cbor")
        return path

    def sign(self, what: str, *names: str) -> None:
        for name in names:
            self.do(what, "sign", self.draft(), "--key", self.key(name), "--yes")
