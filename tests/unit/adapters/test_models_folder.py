"""The folder of networks: found, checked against its manifest, loaded."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.adapters.models_folder import find_models, load_models
from kirpik.errors import ModelError
from kirpik.values import Tensor


class Fake:
    input_size = (40, 192)

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        raise NotImplementedError


def make(folder: Path, **changes: Any) -> Path:  # noqa: ANN401  JSON
    networks = {}
    for name in ("detector", "corners", "reader"):
        content = name.encode()
        (folder / f"{name}.tflite").write_bytes(content)
        networks[name] = {
            "file": f"{name}.tflite", "sha256": hashlib.sha256(content).hexdigest(), "input": [40, 192],
            "million_macs": 1.0, "commit": "0", "data": "none", "licence": "Apache-2.0", "settings": {},
        } | changes.get(name, {})  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps({"version": 1, "networks": networks}))
    return folder


def test_a_whole_folder_is_loaded_and_named_by_its_manifests_hash(tmp_path: Path) -> None:
    models = load_models(make(tmp_path), lambda _: Fake())
    assert models.sha256 == hashlib.sha256((tmp_path / "manifest.json").read_bytes()).digest()


def test_an_altered_network_is_never_loaded(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "corners.tflite").write_bytes(b"another")
    loaded: list[Path] = []
    with pytest.raises(ModelError, match=r"corners\.tflite: sha256 is"):
        load_models(tmp_path, lambda path: loaded.append(path) or Fake())  # type: ignore[func-returns-value]
    assert [path.name for path in loaded] == ["detector.tflite"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reader": {"file": "../reader.tflite"}}, "expected a bare file name"),
        ({"reader": {"input": [32, 100]}}, "the manifest expects"),
        ({"reader": {"sha256": 5}}, "sha256"),
        ({"reader": {"colour": "red"}}, "colour"),
    ],
)
def test_a_manifest_that_says_otherwise_is_refused(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        load_models(make(tmp_path, **changes), lambda _: Fake())


def test_a_missing_network_is_told_by_its_file(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "reader.tflite").unlink()
    with pytest.raises(ModelError, match=r"reader\.tflite: cannot read"):
        load_models(tmp_path, lambda _: Fake())


def test_an_empty_folder_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"set unit\.models"):
        find_models(tmp_path)
