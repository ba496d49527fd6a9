"""What a network file must be to run on the unit and on an Edge TPU: whole numbers, fixed shapes, known operations.

Passing means "passes the op, type and shape check"; only Google's own compiler can say that a file runs on a Coral.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_edge_litert import schema_py_generated as schema

from kirpik.errors import ModelError

NEWEST_VERSION: Mapping[str, int] = {
    "ADD": 2, "AVERAGE_POOL_2D": 2, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 5,
    "LOGISTIC": 2, "MAXIMUM": 2, "MAX_POOL_2D": 2, "MEAN": 2, "MINIMUM": 2, "MUL": 2, "PAD": 2, "QUANTIZE": 2,
    "RELU": 2, "RELU6": 2, "RESHAPE": 1, "RESIZE_NEAREST_NEIGHBOR": 3, "SLICE": 2, "SOFTMAX": 2, "SPACE_TO_DEPTH": 2,
    "SPLIT": 2, "SQUEEZE": 1, "STRIDED_SLICE": 2, "SUB": 2, "SUM": 2, "TANH": 2, "TRANSPOSE_CONV": 2,
}  # fmt: skip
"""Operations of Coral's published table that our networks may use, and the newest form of each that we accept."""

WHOLE_TYPES = frozenset({"INT8", "UINT8", "INT32"})


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a network."""

    name: str
    type: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a network file; `troubles` is empty when it may be used."""

    operations: Mapping[str, int]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    troubles: tuple[str, ...]


def check(path: Path) -> Findings:
    """Look through a .tflite file."""
    model = read_model(path)
    operations: dict[str, int] = {}
    for name, _ in _operations(model):
        operations[name] = operations.get(name, 0) + 1
    graph = model.subgraphs[0]
    inputs, outputs = (tuple(_port(graph, at) for at in side) for side in (graph.inputs, graph.outputs))
    troubles = (*_trouble_in_operations(model), *_trouble_in_tensors(model), *_trouble_at_ports(inputs, outputs))
    return Findings(operations, inputs, outputs, troubles)


def read_model(path: Path) -> schema.ModelT:
    """The file's tables. Raises ModelError when it is none."""
    try:
        return schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    except Exception as error:
        raise ModelError(f"{path}: not a .tflite file, or damaged; build it anew") from error


def demand(path: Path) -> Findings:
    """`check`, and a ModelError that names the first trouble."""
    findings = check(path)
    if findings.troubles:
        raise ModelError(f"{path}: {findings.troubles[0]} ({len(findings.troubles)} troubles in all)")
    return findings


def _operations(model: schema.ModelT) -> Iterator[tuple[str, int]]:
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            yield _name(schema.BuiltinOperator, max(code.builtinCode, code.deprecatedBuiltinCode)), code.version


def _trouble_in_operations(model: schema.ModelT) -> Iterator[str]:
    if len(model.subgraphs) != 1:
        yield f"expected 1 graph, got {len(model.subgraphs)}"
    for name, version in sorted(set(_operations(model))):
        newest = NEWEST_VERSION.get(name)
        if newest is None:
            yield f"operation {name} is not on the Edge TPU list"
        elif version > newest:
            yield f"operation {name} has version {version}, at most {newest} is expected"


def _trouble_in_tensors(model: schema.ModelT) -> Iterator[str]:
    for tensor in (tensor for graph in model.subgraphs for tensor in graph.tensors):
        kind = _name(schema.TensorType, tensor.type)
        if kind not in WHOLE_TYPES:
            yield f"tensor {_text(tensor.name)} is {kind}, expected whole numbers"
        if tensor.shapeSignature is not None and any(side < 0 for side in tensor.shapeSignature):
            yield f"tensor {_text(tensor.name)} has no fixed shape"


def _trouble_at_ports(inputs: Sequence[Port], outputs: Sequence[Port]) -> Iterator[str]:
    for port in (*inputs, *outputs):
        if port.type != "INT8" or port.scale <= 0:
            yield f"{port.name} is {port.type} with scale {port.scale}, expected int8 with a scale"


def _port(graph: schema.SubGraphT, at: int) -> Port:
    tensor = graph.tensors[at]
    known = tensor.quantization
    scaled = known is not None and known.scale is not None and len(known.scale) == 1
    return Port(
        name=_text(tensor.name),
        type=_name(schema.TensorType, tensor.type),
        shape=tuple(int(side) for side in tensor.shape),
        scale=float(known.scale[0]) if scaled else 0.0,
        zero_point=int(known.zeroPoint[0]) if scaled else 0,
    )


def _name(enumeration: type, value: int) -> str:
    return next(name for name, number in vars(enumeration).items() if number == value)


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
