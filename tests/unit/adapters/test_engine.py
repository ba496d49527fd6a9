"""The engine takes our networks and refuses everything else in a sentence."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kirpik.adapters.engine import TfliteNetwork, choose_engine
from kirpik.adapters.models_folder import find_models, read_manifest
from kirpik.errors import ModelError
from kirpik.values import Network

READER = find_models() / "reader.tflite"


def test_a_network_takes_luma_and_gives_scaled_whole_numbers() -> None:
    network: Network = TfliteNetwork(READER)
    assert network.input_size == read_manifest(find_models()).networks["reader"].input
    (logits,) = network.run(np.full((1, 40, 192, 1), 128, np.uint8))
    assert logits.values.dtype == np.int8
    assert (logits.values.size, logits.values.shape[-1]) == (96 * 37, 37)
    assert logits.scale > 0


def test_the_same_picture_gives_the_same_numbers_and_earlier_results_stay() -> None:
    network = TfliteNetwork(READER)
    first = np.random.default_rng(0).integers(0, 256, (1, 40, 192, 1)).astype(np.uint8)
    (before,) = network.run(first)
    kept = before.values.copy()
    network.run(255 - first)
    assert (before.values == kept).all()
    assert (network.run(first)[0].values == kept).all()


@pytest.mark.parametrize("image", [np.zeros((1, 40, 160, 1), np.uint8), np.zeros((1, 40, 192, 1), np.float32)])
def test_a_picture_of_another_size_or_type_is_refused(image: NDArray[np.uint8]) -> None:
    with pytest.raises(ModelError, match=r"expected uint8 \(1, 40, 192, 1\)"):
        TfliteNetwork(READER).run(image)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a .tflite file"),
        (b"hello, this is text", "not a .tflite file"),
        (b"\x20\0\0\0TFL3" + b"\0" * 64, "refuses"),
    ],
    ids=["empty", "text", "hollow"],
)
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "reader.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=reason):
        TfliteNetwork(path)


def test_a_missing_file_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.tflite: cannot read the network"):
        TfliteNetwork(tmp_path / "gone.tflite")


def test_an_engine_that_fails_at_work_is_told_in_a_sentence() -> None:
    class PulledOut:
        def tensor(self, _at: int) -> object:
            return lambda: np.zeros((1, 40, 192, 1), np.int8)

        def invoke(self) -> None:
            raise RuntimeError("Failed to execute request.\nNode number 0 (EdgeTpuDelegate) failed to invoke.")

    network = TfliteNetwork(READER)
    network._interpreter = PulledOut()
    with pytest.raises(ModelError, match=r"reader\.tflite: the engine failed: Failed to execute request\."):
        network.run(np.zeros((1, 40, 192, 1), np.uint8))


def test_a_coral_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ModelError, match="engine 'coral'"):
        TfliteNetwork(READER, kind="coral")


def test_an_engine_that_cannot_be_had_is_replaced_and_said_so() -> None:
    engine, why = choose_engine("coral")
    assert engine == "auto"
    assert why is not None
    assert "libedgetpu" in why
    assert choose_engine("auto") == ("auto", None)


def test_a_required_engine_is_not_replaced() -> None:
    with pytest.raises(ModelError, match="engine 'coral'"):
        choose_engine("coral", require=True)
