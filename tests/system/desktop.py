"""`kirpik keys` and `kirpik orders` at the desk of a throw-away fleet, as operators call them."""

from pathlib import Path

from click.testing import CliRunner

from kirpik_provisioning.cli import bench


class Desktop:
    """`kirpik keys|orders` at the desk of a throw-away fleet."""

    def __init__(self, desk: Path) -> None:
        self.desk = desk
        self.said = ""

    def __call__(self, *words: str | Path) -> int:
        """Run it and return its exit code; what it said is kept."""
        group, *rest = map(str, words)
        told = [group, "--desk", str(self.desk), "--passphrases", str(self.desk / "PASSPHRASE"), *rest]
        result = CliRunner().invoke(bench, told)
        self.said = result.output + (f"\n{result.exception}" if result.exception else "")
        return result.exit_code

    def do(self, *words: str | Path) -> str:
        assert self(*words) == 0, (words, self.said)
        return self.said

    def key(self, name: str) -> Path:
        return self.desk / f"{name}.key"

    def publish_signed(self, *, what: str = "set", signers: tuple[str, ...] = ("keys-1", "keys-3")) -> None:
        self.sign(what, signers)
        self.do("keys", "set", "publish")

    def sign(self, what: str, signers: tuple[str, ...] = ("keys-1", "keys-3")) -> None:
        (draft,) = (self.desk / "drafts").glob(f"{what}-*.cbor")
        for name in signers:
            self.do("keys", what, "sign", draft, "--key", self.key(name), "--yes")

    def make(self, name: str, purpose: str) -> Path:
        self.do("keys", "new", name, "--for", purpose, "--out", self.desk, "--work", "10")
        return self.desk / f"{name}.pub"
