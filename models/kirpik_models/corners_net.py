"""The network that finds a plate's four corners in a straightened patch, to a fraction of a pixel.

For each of eight coordinates it gives a distribution over `BINS` places: the mean is the place, the width its doubt.
"""

import torch
from torch import nn

from kirpik_models.layers import ConvNorm, Inverted

BINS = 32


class CornersNet(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """(n, 1, 48, 160) in [−1, 1) → logits (n, 8 · 32): x, y of top left, top right, bottom right, bottom left."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvNorm(1, 16, 5, stride=2),
            ConvNorm(16, 32),
            ConvNorm(32, 48, stride=2),
            Inverted(48, 48, widen=2),
            ConvNorm(48, 48),
            ConvNorm(48, 64, stride=2),
            Inverted(64, 64, widen=3),
            Inverted(64, 64, widen=3, size=5),
            ConvNorm(64, 24, 1),
        )
        self.places = nn.Linear(6 * 20 * 24, 8 * BINS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.body(x)
        flat = x.permute(0, 2, 3, 1).reshape(x.shape[0], 6 * 20 * 24)
        places: torch.Tensor = self.places(flat)
        return places
