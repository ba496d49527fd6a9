"""Keys inside a real PKCS#11 token, SoftHSM. Skips where it is not installed (apt install softhsm2)."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kirpik.errors import TrustError
from kirpik.wire import signature
from kirpik_provisioning.keys.desk import Desk
from kirpik_provisioning.keys.hardware import Place, generate, opened
from tests.unit.provisioning.keys.ceremony import HOLDERS, PASSPHRASE, Ceremony

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so")  # fmt: skip
MODULE = next((path for path in MODULES if Path(path).exists()), "")
PIN, TOKEN = "1234", "kirpik"

pytestmark = pytest.mark.skipif(
    not MODULE or shutil.which("softhsm2-util") is None, reason="SoftHSM is not installed: apt-get install softhsm2"
)


@pytest.fixture(scope="module", autouse=True)
def _token(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The module reads its settings once a process, so one folder serves all tests."""
    home = tmp_path_factory.mktemp("token")
    (home / "tokens").mkdir()
    (home / "conf").write_text(f"directories.tokendir = {home}/tokens\nlog.level = ERROR\n")
    pytest.MonkeyPatch().setenv("SOFTHSM2_CONF", str(home / "conf"))
    words = ["--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", PIN]
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)


def test_a_token_signs_and_keeps_its_key() -> None:
    place = Place(MODULE, TOKEN, "signs")
    public = generate(place, PIN)
    with opened(place, PIN) as key:
        assert key.public == public
        assert signature.verify(public, b"domain", b"message", key.sign(b"domain", b"message"))
    with pytest.raises(TrustError, match="a key named signs is there already"):
        generate(place, PIN)


@pytest.mark.parametrize(
    ("place", "pin", "sentence"),
    [
        (Place(MODULE, TOKEN, "signs"), "9999", "the PIN is wrong; nothing was changed"),
        (Place(MODULE, "another", "signs"), PIN, "token another: NoSuchToken"),
        (Place(MODULE, TOKEN, "missing"), PIN, "expected one key named missing, found 0"),
        (Place("/missing.so", TOKEN, "signs"), PIN, "not a PKCS#11 module"),
    ],
)
def test_what_cannot_be_opened_is_told(place: Place, pin: str, sentence: str) -> None:
    with pytest.raises(TrustError, match=sentence), opened(place, pin):
        pass


def test_holders_with_tokens_sign_a_root_and_a_set(tmp_path: Path) -> None:
    ceremony = Ceremony(tmp_path)
    answers = (PASSPHRASE, PASSPHRASE, PIN)
    ceremony.make_all()
    for name, purpose in (("token-root", "document"), ("token-keys", "document"), ("token-order", "order")):
        words = ("--for", purpose, "--out", tmp_path, "--pkcs11", MODULE, "--token", TOKEN, "--work", "10")
        ceremony.do("new", name, *words, answers=answers)
    roots = [f"--root={ceremony.pub(name)}" for name in (*HOLDERS[:2], "token-root")]
    keys = [f"--keys={ceremony.pub(name)}" for name in (*HOLDERS[3:5], "token-keys")]
    ceremony.do("init", *roots, *keys, "--fallback", ceremony.pub("escrow"))
    for name, said in (("anna", (PASSPHRASE,)), ("token-root", (PASSPHRASE, PIN))):
        ceremony.do("root", "sign", ceremony.draft(), "--key", ceremony.key(name), "--yes", answers=said)
    ceremony.do("set", "publish", "--offline")
    seal = ("--seal", ceremony.pub("seal-1"), "--receipt", ceremony.pub("receipt-1"))
    ceremony.do("set", "new", *seal, "--order", ceremony.pub("token-order"))
    wrong = ceremony.refused(
        "set", "sign", ceremony.draft(), "--key", ceremony.key("token-keys"), "--yes", answers=(PASSPHRASE, "9999")
    )
    assert "the PIN is wrong; nothing was changed" in wrong
    for name, said in (("dina", (PASSPHRASE,)), ("token-keys", (PASSPHRASE, PIN))):
        ceremony.do("set", "sign", ceremony.draft(), "--key", ceremony.key(name), "--yes", answers=said)
    ceremony.do("set", "publish", "--offline")
    assert Desk(ceremony.desk).trusted().keyset_version == 1
