"""The reader's network: a 40 × 192 crop becomes 96 steps of 37 logits, blank first, for CTC."""

import torch
from torch import nn
from torch.nn import functional

from kirpik_models.fonts import ALPHABET
from kirpik_models.layers import ConvNorm

CLASSES = len(ALPHABET) + 1
"""Class 0 is CTC's blank, class 1 + i is `ALPHABET[i]`."""
STEPS = 96
_PER_COLUMN = 2
"""Steps that the last column of features speaks for: four pixels are too much where a 1 stands beside a 1."""


class Strided(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """3 × 3 convolution that halves the height alone, padded as TFLite's SAME."""

    def __init__(self, taken: int, given: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(taken, given, 3, (2, 1), 0, bias=False)
        self.norm = nn.BatchNorm2d(given, momentum=0.03)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu6(self.norm(self.conv(functional.pad(x, (1, 1, 0, 1)))))


class Collapse(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """The whole height becomes one row."""

    def __init__(self, taken: int, given: int, height: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(taken, given, (height, 1), bias=False)
        self.norm = nn.BatchNorm2d(given, momentum=0.03)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu6(self.norm(self.conv(x)))


class Beside(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """A residual convolution of `high` × `wide`: what stands beside decides whether a ring is O or 0."""

    def __init__(self, channels: int, high: int, wide: int) -> None:
        super().__init__()
        padding = (high // 2, wide // 2)
        self.conv = nn.Conv2d(channels, channels, (high, wide), padding=padding, bias=False)
        self.norm = nn.BatchNorm2d(channels, momentum=0.03)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + functional.relu6(self.norm(self.conv(x)))


class ReaderNet(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """(batch, 1, 40, 192) in [−1, 1) → (batch, 96, 37) logits."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ConvNorm(1, 16, stride=2),
            Beside(16, 3, 3),
            ConvNorm(16, 32, stride=2),
            Beside(32, 3, 3),
            ConvNorm(32, 48),
            Beside(48, 3, 3),
            Strided(48, 64),
            ConvNorm(64, 64),
            Beside(64, 3, 3),
            Beside(64, 3, 3),
            Collapse(64, 128, 5),
            Beside(128, 1, 7),
            Beside(128, 1, 7),
            Beside(128, 1, 7),
        )
        self.drop = nn.Dropout(0.1)
        self.head = nn.Conv2d(128, _PER_COLUMN * CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        columns: torch.Tensor = self.head(self.drop(self.body(x)))
        return columns.permute(0, 2, 3, 1).reshape(-1, STEPS, CLASSES)
