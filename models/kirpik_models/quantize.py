"""A trained torch network becomes a .tflite file of whole numbers only.

The quantizer's own calibration averages minima and maxima and clips what is rare: it cost four points of exact plates.
Here the true extremes over all calibration pictures are kept.
"""

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import litert_torch
import numpy as np
import torch
from ai_edge_quantizer import calibrator, quantizer, recipe, recipe_manager
from numpy.typing import NDArray
from torch import nn

from kirpik.values import Luma
from kirpik_models.flatcheck import Findings, demand

MIDDLE = 128
"""Luma 128 enters the network as 0, 0 as −1: the whole-number input is then simply luma − 128."""


def quantize(network: nn.Module, pictures: Iterable[Luma], path: Path) -> Findings:
    """Write `network` (batch, 1, h, w in [−1, 1) → tensors in NCHW or flat) to `path`, calibrated on `pictures`."""
    calibration = [as_input(picture) for picture in pictures]
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "float.tflite"
        export_float(network, calibration[0].shape[1:3], plain)
        _write_whole_numbers(plain, calibration, path)
    return demand(path)


def as_input(picture: Luma) -> NDArray[np.float32]:
    """Shape (1, height, width, 1), as the float network's wrapper takes it."""
    return ((picture.astype(np.float32) - MIDDLE) / MIDDLE).astype(np.float32)[None, :, :, None]


def export_float(network: nn.Module, size: Sequence[int], path: Path) -> None:
    """The network with its batch norms folded in, channels last, in 32-bit floats."""
    wrapped = ChannelsLast(folded(network)).eval()
    litert_torch.convert(wrapped, (torch.zeros(1, *size, 1),)).export(str(path))


class ChannelsLast(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """Takes and gives what the runtime has: (1, height, width, channels). The converter then leaves no transposes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, ...]:
        result = self.network(picture.permute(0, 3, 1, 2))
        results = result if isinstance(result, tuple) else (result,)
        return tuple(tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor for tensor in results)


def folded(network: nn.Module) -> nn.Module:
    """A copy in which each `conv` with a `norm` beside it in the same module has taken the norm into its weights."""
    network = copy.deepcopy(network).eval().float()
    for module in network.modules():
        conv, norm = getattr(module, "conv", None), getattr(module, "norm", None)
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module.conv = torch.nn.utils.fuse_conv_bn_eval(conv, norm)
            module.norm = nn.Identity()
    return network


def _write_whole_numbers(plain: Path, calibration: Sequence[NDArray[np.float32]], path: Path) -> None:
    rules = recipe.static_wi8_ai8()
    manager = recipe_manager.RecipeManager()
    manager.load_quantization_recipe(rules)
    observer = calibrator.Calibrator(str(plain), num_threads=1, qsv_update_func=_extremes)
    signature, ports = next(iter(observer.get_signature_list().items()))
    observer.calibrate({signature: [{ports["inputs"][0]: picture} for picture in calibration]}, manager)
    converter = quantizer.Quantizer(str(plain))
    converter.load_quantization_recipe(rules)
    result = converter.quantize(_with_whole_input(observer.get_model_qsvs(), plain), enable_progress_report=False)
    result.export_model(str(path), overwrite=True)


def _extremes(known: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    if not known:
        return seen
    return {"min": np.minimum(known["min"], seen["min"]), "max": np.maximum(known["max"], seen["max"])}


def _with_whole_input(ranges: dict[str, Any], plain: Path) -> dict[str, Any]:
    """The input's range is known beforehand; as −1 … 127/128 its scale is exactly 1/128 and its zero point 0."""
    observed = calibrator.tfl.Interpreter(str(plain)).get_input_details()[0]["name"]
    shape = np.shape(ranges[observed]["min"])
    ranges[observed] = {"min": np.full(shape, -1.0, np.float32), "max": np.full(shape, 127 / 128, np.float32)}
    return ranges
