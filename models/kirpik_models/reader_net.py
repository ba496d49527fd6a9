"""The reader's network: a 40 × 192 crop becomes 48 steps of 37 logits, blank first, for CTC."""

import torch
from torch import nn
from torch.nn import functional

from kirpik_models.fonts import ALPHABET
from kirpik_models.layers import ConvNorm

CLASSES = len(ALPHABET) + 1
"""Class 0 is CTC's blank, class 1 + i is `ALPHABET[i]`."""
STEPS = 48


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


class Along(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """A residual block along the row: what stands beside decides whether a ring is O or 0."""

    def __init__(self, channels: int, reach: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, (1, reach), padding=(0, reach // 2), bias=False)
        self.norm = nn.BatchNorm2d(channels, momentum=0.03)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + functional.relu6(self.norm(self.conv(x)))


class ReaderNet(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """(batch, 1, 40, 192) in [−1, 1) → (batch, 37, 1, 48) logits."""

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        a, b, c, d, e = (int(channels * width) for channels in (16, 32, 48, 64, 128))
        self.body = nn.Sequential(
            ConvNorm(1, a, stride=2),
            ConvNorm(a, b, stride=2),
            ConvNorm(b, c),
            Strided(c, d),
            ConvNorm(d, d),
            Collapse(d, e, 5),
            Along(e, 7),
            Along(e, 7),
        )
        self.drop = nn.Dropout(0.1)
        self.head = nn.Conv2d(e, CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.drop(self.body(x)))
        return logits
