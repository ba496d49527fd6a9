"""A lost checkpoint is no loss: the weights of a shipped file come back as floats, and with them a network to train."""

from pathlib import Path

import numpy as np
import pytest

from kirpik.adapters.engine import TfliteNetwork
from kirpik.adapters.models_folder import find_models
from kirpik.errors import KirpikError
from kirpik_models.weights import layers

NAMES = ("corners", "detector", "reader")


@pytest.mark.parametrize("name", NAMES)
def test_every_layers_weights_come_back(name: str) -> None:
    found = list(layers(find_models() / f"{name}.tflite"))
    assert len(found) >= 9
    assert all(len(layer.weight) == len(layer.bias) for layer in found)
    assert all(np.isfinite(layer.weight).all() and layer.weight.any() for layer in found)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.tflite"
    path.write_bytes(b"no network at all")
    with pytest.raises(KirpikError, match=r"not a \.tflite file"):
        list(layers(path))


def test_a_recovered_network_says_what_its_file_says() -> None:
    pytest.importorskip("torch", reason="the lab's own environment has it")
    import torch  # noqa: PLC0415

    from kirpik_models.corners_net import CornersNet  # noqa: PLC0415
    from kirpik_models.recover import recover  # noqa: PLC0415
    from kirpik_models.training import as_input  # noqa: PLC0415

    rng, path = np.random.default_rng(1), find_models() / "corners.tflite"
    pictures = [rng.integers(0, 256, (48, 160)).astype(np.uint8) for _ in range(32)]
    network = recover(path, CornersNet(), pictures)
    with torch.no_grad():
        said = network(as_input(pictures[0][None])).numpy()
    (output,) = TfliteNetwork(path).run(pictures[0][None, :, :, None])
    meant = (output.values.astype(np.float32) - output.zero_point) * output.scale
    assert np.sqrt(np.mean((said - meant) ** 2)) < 0.1 * np.sqrt(np.mean(meant**2))
