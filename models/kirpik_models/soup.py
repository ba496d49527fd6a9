"""The mean of two points of one training, weight by weight: steadier than either (model soups, Wortsman 2022)."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from kirpik.values import Luma
from kirpik_models.quantize import folded
from kirpik_models.recover import recover


def stirred(network: nn.Module, fresh: nn.Module, earlier: Path, share: float, pictures: Sequence[Luma]) -> nn.Module:
    """`network` with `share` of each weight taken from the .tflite file `earlier`, all norms folded in.

    `fresh` is an untrained network of the same kind; `pictures` are inputs. Raises ModelError for another architecture.
    """
    mean, other = folded(network), folded(recover(earlier, fresh, pictures))
    known, past = mean.state_dict(), other.state_dict()
    mean.load_state_dict({name: (1 - share) * value + share * past[name] for name, value in known.items()})
    return mean.eval()
