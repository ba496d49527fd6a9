"""The bricks of all three networks: what they are made of survives quantization and stays on the Edge TPU's list."""

import torch
from torch import nn
from torch.nn import functional


class ConvNorm(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """Convolution, batch norm, ReLU6. Stride 2 pads right and below, which TFLite calls SAME and needs no PAD for."""

    def __init__(
        self, taken: int, given: int, size: int = 3, *, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        self.pad = size - stride if stride == 2 else 0
        padding = 0 if stride == 2 else size // 2
        self.conv = nn.Conv2d(taken, given, size, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(given, momentum=0.03)
        self.active = active

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.pad:
            before = self.pad // 2
            x = functional.pad(x, (before, self.pad - before) * 2)
        x = self.norm(self.conv(x))
        return functional.relu6(x) if self.active else x


class Inverted(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """MobileNetV2's block: widen, filter each channel, narrow; added to its input where the shapes allow."""

    def __init__(self, taken: int, given: int, *, widen: int, stride: int = 1, size: int = 3) -> None:
        super().__init__()
        inner = taken * widen
        self.body = nn.Sequential(
            ConvNorm(taken, inner, 1),
            ConvNorm(inner, inner, size, stride=stride, groups=inner),
            ConvNorm(inner, given, 1, active=False),
        )
        self.added = taken == given and stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.body(x)
        return x + y if self.added else y


def multiplications(network: nn.Module, *size: int) -> float:
    """Million multiply-accumulates for one input of shape (1, 1, *size)."""
    counted = 0.0

    def count(module: nn.Module, _: tuple[torch.Tensor, ...], result: torch.Tensor) -> None:
        nonlocal counted
        places = result[0, 0].numel() if isinstance(module, nn.Conv2d) else 1
        counted += places * module.weight.numel()

    kinds = (nn.Conv2d, nn.Linear)
    hooks = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, kinds)]
    with torch.no_grad():
        network.eval()(torch.zeros(1, 1, *size))
    for hook in hooks:
        hook.remove()
    return counted / 1e6
