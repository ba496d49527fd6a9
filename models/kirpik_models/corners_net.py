"""The network that finds a plate's four corners in a straightened patch, to a fraction of a pixel.

For each of eight coordinates it gives a distribution over `BINS` places: the mean is the place, the width its doubt.
The picture is kept at half its size and summed up along columns and along rows, so that an edge's exact place stays
visible to the last layer; a coarser branch says which of the edges is the plate's.
"""

import torch
from torch import nn
from torch.nn import functional

from kirpik_models.layers import ConvNorm, Inverted

BINS = 32
ROWS, COLUMNS = 24, 80
"""Of the features at half size."""
PROFILES = 16


class CornersNet(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """(n, 1, 48, 160) in [−1, 1) → logits (n, 8 · 32): four x, then four y, from top left clockwise."""

    def __init__(self) -> None:
        super().__init__()
        self.second = nn.Sequential(ConvNorm(1, 16, 5, stride=2), ConvNorm(16, 24))
        self.fourth = nn.Sequential(ConvNorm(24, 48, stride=2), Inverted(48, 48, widen=2, size=5), ConvNorm(48, 48))
        self.eighth = nn.Sequential(ConvNorm(48, 64, stride=2), ConvNorm(64, 64), Inverted(64, 64, widen=2, size=5))
        self.from_eighth = ConvNorm(64, 32, 1)
        self.from_fourth = ConvNorm(80, 32, 1)
        self.joined = ConvNorm(56, 32, 1)
        self.columns = ConvNormWhole(32, PROFILES, (ROWS, 1))
        self.rows = ConvNormWhole(32, PROFILES, (1, COLUMNS))
        self.x = nn.Linear(COLUMNS * PROFILES, 4 * BINS)
        self.y = nn.Linear(ROWS * PROFILES, 4 * BINS)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        second = self.second(picture)
        fourth = self.fourth(second)
        above = self.from_eighth(self.eighth(fourth))
        fourth = self.from_fourth(torch.cat([fourth, _doubled(above)], 1))
        joined = self.joined(torch.cat([second, _doubled(fourth)], 1))
        x, y = (_flat(profile(joined)) for profile in (self.columns, self.rows))
        return torch.cat([self.x(x), self.y(y)], 1)


class ConvNormWhole(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """A convolution over a whole axis: one profile along the other."""

    def __init__(self, taken: int, given: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(taken, given, size, bias=False)
        self.norm = nn.BatchNorm2d(given, momentum=0.03)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu6(self.norm(self.conv(x)))


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")


def _flat(x: torch.Tensor) -> torch.Tensor:
    """In the runtime's order, channels last, so that no transpose is left."""
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3])
