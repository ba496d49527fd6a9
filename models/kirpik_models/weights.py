"""The weights in a .tflite file as 32-bit floats, layer by layer, in the order in which the layers run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik_models.flatcheck import read_model

_WEIGHTED = {
    schema.BuiltinOperator.CONV_2D: (0, 3, 1, 2),
    schema.BuiltinOperator.DEPTHWISE_CONV_2D: (3, 0, 1, 2),
    schema.BuiltinOperator.FULLY_CONNECTED: (0, 1),
}
"""Operations with weights, and how their axes are turned into torch's order."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One convolution or matrix with all norms folded in; axes as torch has them, outputs first."""

    weight: NDArray[np.float32] = field(repr=False)
    bias: NDArray[np.float32] = field(repr=False)


def layers(path: Path) -> Iterator[Layer]:
    """Every weighted layer of a file. Raises ModelError when one is not stored as scaled whole numbers."""
    content = path.read_bytes()
    model = read_model(path)
    graph = model.subgraphs[0]
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        axes = _WEIGHTED.get(max(code.builtinCode, code.deprecatedBuiltinCode))
        if axes is not None:
            weight, bias = (_floats(content, model, graph.tensors[place]) for place in operator.inputs[1:3])
            yield Layer(np.ascontiguousarray(weight.transpose(axes)), bias)


def _floats(content: bytes, model: Any, tensor: Any) -> NDArray[np.float32]:  # noqa: ANN401  the schema has no types
    kinds = {schema.TensorType.INT8: np.int8, schema.TensorType.INT32: np.int32}
    scales = tensor.quantization.scale if tensor.quantization is not None else None
    if tensor.type not in kinds or scales is None:
        raise ModelError("a layer's weights are not scaled whole numbers: only a file of this lab can be recovered")
    values = np.frombuffer(_bytes(content, model.buffers[tensor.buffer]), kinds[tensor.type])
    values = values.reshape(tuple(tensor.shape)).astype(np.float64)
    along = [1] * values.ndim
    along[tensor.quantization.quantizedDimension if len(scales) > 1 else 0] = len(scales)
    zeros = np.asarray(tensor.quantization.zeroPoint).reshape(along)
    return np.asarray((values - zeros) * np.asarray(scales, np.float64).reshape(along), np.float32)


def _bytes(content: bytes, buffer: Any) -> bytes:  # noqa: ANN401
    """A buffer lies in the table or, in larger files, behind it."""
    return bytes(buffer.data) if buffer.data is not None else content[buffer.offset : buffer.offset + buffer.size]
