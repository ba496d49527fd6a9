"""A float network in the place of the unit's engine, so that what is trained is judged by the unit's own code."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from kirpik.values import Tensor
from kirpik_models.training import as_input


class TorchEngine:
    """Implements `kirpik.values.Network`. Each output is rounded to bytes over its own range."""

    def __init__(self, network: nn.Module, input_size: tuple[int, int]) -> None:
        self._network = network.eval()
        self._size = input_size

    @property
    def input_size(self) -> tuple[int, int]:
        return self._size

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        with torch.no_grad():
            result = self._network(as_input(image[..., 0]))
        results = result if isinstance(result, tuple) else (result,)
        return tuple(_as_bytes(tensor) for tensor in results)


def _as_bytes(values: torch.Tensor) -> Tensor:
    last = values.permute(0, 2, 3, 1) if values.dim() == 4 else values
    scale = max(float(last.abs().max()), 1e-3) / 127
    return Tensor((last / scale).round().to(torch.int8).numpy(), scale, 0)
