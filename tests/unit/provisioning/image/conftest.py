import subprocess
from pathlib import Path

import pytest

from kirpik_provisioning.image.tools import find_tool
from kirpik_provisioning.image.trouble import ImageError
from tests.unit.provisioning.image.small import small_image, small_package


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once."""
    try:
        for name in ("mcopy", "mformat", "debugfs", "mke2fs"):
            find_tool(name)
    except ImageError as error:
        pytest.skip(str(error))
    return small_image(tmp_path_factory.mktemp("os") / "raspios.img")


@pytest.fixture
def base(tmp_path: Path, pristine: Path) -> Path:
    subprocess.run(["cp", "--sparse=always", pristine, tmp_path / "raspios.img"], check=True)
    return tmp_path / "raspios.img"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return small_package(tmp_path / "kirpik_0.1.0_arm64.deb")
