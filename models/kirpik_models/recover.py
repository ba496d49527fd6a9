"""A network that can be trained further, from a .tflite file alone: its checkpoint may be lost.

The file holds each convolution with its norm folded in. The folded weights go back into the convolution and the norm's
statistics are measured anew on pictures, so that the recovered network says what the file says, but for rounding.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from kirpik.errors import ModelError
from kirpik.values import Luma
from kirpik_models.training import Recovery, as_input
from kirpik_models.weights import Layer, layers

_BATCH = 16


def recovery_from(path: Path | None, pictures: Callable[[], Sequence[Luma]]) -> Recovery | None:
    """As a training takes it: only a run that is new will ask."""
    return None if path is None else lambda network: recover(path, network, pictures())


def recover(path: Path, network: nn.Module, pictures: Sequence[Luma]) -> nn.Module:
    """Fill `network`, whose architecture must be the file's, in place; `pictures` are inputs as it will see them."""
    slots = _in_order(network, pictures[0])
    found = list(layers(path))
    if [tuple(slot.weight.shape) for slot, _ in slots] != [layer.weight.shape for layer in found]:
        raise ModelError(f"{path}: its layers are not those of {type(network).__name__}; it is another architecture")
    for (slot, norm), layer in zip(slots, found, strict=True):
        _fill(slot, norm, layer)
    _measure([norm for _, norm in slots if norm is not None], network, pictures)
    return network.eval()


Slot = tuple[nn.Module, nn.BatchNorm2d | None]


def _in_order(network: nn.Module, picture: Luma) -> list[Slot]:
    """The weighted layers with their norms, in the order in which they run."""
    norms = {id(module.conv): module.norm for module in network.modules() if hasattr(module, "norm")}
    seen: list[nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda module, *_: seen.append(module))
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    with torch.no_grad():
        network.eval()(as_input(picture[None]))
    for hook in hooks:
        hook.remove()
    return [(module, norms.get(id(module))) for module in seen]


def _fill(slot: nn.Module, norm: nn.BatchNorm2d | None, layer: Layer) -> None:
    """Weights of the size that a fresh layer has, so that learning rates mean the same; the norm undoes the change."""
    weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
    with torch.no_grad():
        if norm is None:
            slot.weight.copy_(weight)
            slot.bias.copy_(bias)
            return
        fan_in = weight[0].numel()
        size = weight.flatten(1).square().mean(1).sqrt().clamp(min=1e-4)
        larger = 1 / (size * np.sqrt(3 * fan_in))
        slot.weight.copy_(weight * larger[:, None, None, None])
        norm.weight.copy_(1 / larger)
        norm.bias.copy_(bias)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)


def _measure(norms: Iterable[nn.BatchNorm2d], network: nn.Module, pictures: Sequence[Luma]) -> None:
    """Give each norm the statistics of what reaches it, and change its own factors so that nothing else changes."""
    sums: dict[int, list[torch.Tensor]] = {}

    def note(module: nn.Module, taken: tuple[torch.Tensor, ...]) -> None:
        x = taken[0].transpose(0, 1).flatten(1).double()
        sums.setdefault(id(module), []).append(torch.stack([x.mean(1), x.square().mean(1)]))

    norms = list(norms)
    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    with torch.no_grad():
        for start in range(0, len(pictures) - _BATCH + 1, _BATCH):
            network(as_input(np.stack(pictures[start : start + _BATCH])))
        for hook in hooks:
            hook.remove()
        for norm in norms:
            mean, square = torch.stack(sums[id(norm)]).mean(0)
            variance = (square - mean.square()).clamp(min=1e-6)
            norm.bias.add_(norm.weight * mean.float())
            norm.weight.mul_((variance + norm.eps).sqrt().float())
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
