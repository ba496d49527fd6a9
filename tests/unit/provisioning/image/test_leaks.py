"""An image with a secret in it, wherever it is and however it is spelled, is found out and never made."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kirpik_provisioning.image.bootfat import BootFiles
from kirpik_provisioning.image.build import Plan, build
from kirpik_provisioning.image.fleet_files import read_fleet
from kirpik_provisioning.image.leaks import find_leaks, secrets_of
from kirpik_provisioning.image.look import look
from kirpik_provisioning.image.rootfs import Item, RootFiles
from kirpik_provisioning.image.table import read_table
from kirpik_provisioning.image.trouble import ImageError
from kirpik_provisioning.provision import new_fleet
from tests.unit.provisioning.image.small import FLEET, small_image, small_package

SECRET = bytes(range(100, 132))
PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def put(image: Path, path: str, data: bytes) -> None:
    RootFiles(image, read_table(image).root).put([Item(path, data=data)])


def found(image: Path, *secrets: bytes) -> list[str]:
    table = read_table(image)
    return [
        leak.what
        for leak in find_leaks(image, BootFiles(image, table.boot), RootFiles(image, table.root), secrets=secrets)
    ]


def test_an_image_as_it_comes_holds_none(base: Path) -> None:
    assert found(base, SECRET) == []


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        SECRET.hex().encode(),
        SECRET.hex().upper().encode(),
        *[base64.b64encode(bytes(n) + SECRET) for n in range(3)],
    ],
    ids=["raw", "hex", "HEX", "base64", "base64+1", "base64+2"],
)
def test_a_given_secret_is_found_however_it_is_spelled(base: Path, spelled: bytes) -> None:
    put(base, "/opt/x", b"a" * 4090 + spelled)
    assert found(base, SECRET) == ["secret 1 of those given"]


def test_a_private_key_is_found_and_the_mere_words_are_not(base: Path) -> None:
    put(base, "/opt/library.py", b'if text.startswith("-----BEGIN PRIVATE KEY-----"):\n    read(text)\n')
    assert found(base) == []
    put(base, "/opt/key.pem", PEM)
    assert found(base) == ["a private key in PEM"]


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        ("/etc/shadow", b"root:$y$j9T$abc:20000::::::\n", "a password of root"),
        ("/etc/ssh/ssh_host_ed25519_key", b"x", "a key of the SSH server"),
        ("/var/lib/kirpik/identity/unit.key", b"x" * 32, "a unit's secret"),
        ("/etc/wpa_supplicant.conf", b"network={\n psk=hunter2hunter2\n}\n", "a Wi-Fi password"),
    ],
)
def test_what_no_two_cards_may_share_is_found(base: Path, path: str, data: bytes, what: str) -> None:
    put(base, path, data)
    assert [one for one in found(base) if one.startswith(what)]


def test_a_system_with_a_password_makes_no_card(tmp_path: Path, package: Path) -> None:
    base = small_image(tmp_path / "os.img", shadow="root:*:1::::::\npi:$6$x:1::::::\n")
    with pytest.raises(ImageError, match=r"card\.img: a password of pi in it .*no image was made"):
        build(Plan(base, tmp_path / "card.img", [package], FLEET))
    assert not (tmp_path / "card.img").exists()


def test_a_package_with_a_key_makes_no_card(tmp_path: Path, base: Path) -> None:
    package = small_package(tmp_path / "k.deb", extra={"opt/kirpik/forgotten.pem": PEM})
    with pytest.raises(ImageError, match="a private key in PEM"):
        build(Plan(base, tmp_path / "card.img", [package], FLEET))


def test_nothing_secret_of_a_whole_desk_gets_into_a_card(tmp_path: Path, base: Path, package: Path) -> None:
    fleet = new_fleet(tmp_path / "fleet", port=18883)
    secrets = secrets_of(fleet.folder)
    assert len(secrets) >= 5
    public = read_fleet(fleet.desk, host="broker.example", site=None, language="kk", camera="pi")
    build(Plan(base, tmp_path / "card.img", [package], public, secrets=secrets))
    assert look(tmp_path / "card.img", secrets=secrets).leaks == []
    put(tmp_path / "card.img", "/opt/oops", secrets[0])
    assert look(tmp_path / "card.img", secrets=secrets).leaks


@pytest.mark.parametrize(
    ("text", "what"), [('label = "token 10"\n', []), ('token = "a b c d e"\n', ["a card's own token"])]
)
def test_a_cards_own_token_is_a_secret_and_its_place_is_none(base: Path, text: str, what: list[str]) -> None:
    BootFiles(base, read_table(base).boot).write("kirpik/card.toml", text.encode())
    assert found(base) == what
