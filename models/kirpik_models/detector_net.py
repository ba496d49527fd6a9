"""The network that finds plates: at each eighth pixel a score and four corners, with a look at the car around."""

import torch
from torch import nn
from torch.nn import functional

from kirpik_models.layers import ConvNorm, Inverted

STRIDE = 8


class DetectorNet(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """(n, 1, h, w) in [−1, 1) → heat logits (n, 1, h/8, w/8) and corners (n, 8, h/8, w/8), h and w multiples of 32.

    Corners are x, y of top left, top right, bottom right, bottom left, from the cell's centre, as
    `kirpik.vision.detect` unfolds them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fourth = nn.Sequential(
            ConvNorm(1, 16, stride=2),
            ConvNorm(16, 24, stride=2),
        )
        self.eighth = nn.Sequential(
            Inverted(24, 40, widen=3, stride=2),
            Inverted(40, 40, widen=2),
            Inverted(40, 40, widen=2),
        )
        self.sixteenth = nn.Sequential(
            Inverted(40, 64, widen=3, stride=2),
            Inverted(64, 64, widen=3),
            Inverted(64, 64, widen=3),
        )
        self.thirtysecond = nn.Sequential(
            Inverted(64, 96, widen=3, stride=2),
            Inverted(96, 96, widen=3, size=5),
            Inverted(96, 96, widen=3, size=5),
        )
        self.from_thirtysecond = ConvNorm(96, 64, 1)
        self.joined_sixteenth = ConvNorm(128, 40, 1)
        self.joined_eighth = nn.Sequential(ConvNorm(80, 40, 1), ConvNorm(40, 40))
        self.heat = nn.Conv2d(40, 1, 1)
        self.corners = nn.Conv2d(40, 8, 1)
        assert self.heat.bias is not None  # noqa: S101  for the type checker
        nn.init.constant_(self.heat.bias, -4.6)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        eighth = self.eighth(self.fourth(x))
        sixteenth = self.sixteenth(eighth)
        above = self.from_thirtysecond(self.thirtysecond(sixteenth))
        sixteenth = self.joined_sixteenth(torch.cat([sixteenth, _doubled(above)], 1))
        joined = self.joined_eighth(torch.cat([eighth, _doubled(sixteenth)], 1))
        return self.heat(joined), self.corners(joined)


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
