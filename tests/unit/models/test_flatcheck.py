"""Network files that a unit may not load are named as such."""

from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema

from kirpik.errors import ModelError
from kirpik_models.flatcheck import check, demand

MODELS = Path(__file__).parents[3] / "models"


@pytest.mark.parametrize(
    ("name", "entered", "given"),
    [
        ("detector", (1, 384, 640, 1), [(1, 48, 80, 1), (1, 48, 80, 8)]),
        ("corners", (1, 48, 160, 1), [(1, 256)]),
    ],
)
def test_our_networks_pass(name: str, entered: tuple[int, ...], given: list[tuple[int, ...]]) -> None:
    findings = demand(MODELS / f"{name}.tflite")
    assert [port.shape for port in findings.inputs] == [entered]
    assert [port.shape for port in findings.outputs] == given
    assert (findings.inputs[0].scale, findings.inputs[0].zero_point) == (1 / 128, 0)


def altered(tmp_path: Path, change: str) -> Path:
    """The corner network with one thing wrong."""
    model = schema.ModelT.InitFromPackedBuf((MODELS / "corners.tflite").read_bytes(), 0)
    graph = model.subgraphs[0]
    if change == "float":
        graph.tensors[graph.outputs[0]].type = schema.TensorType.FLOAT32
    elif change == "operation":
        model.operatorCodes[0].builtinCode = schema.BuiltinOperator.TILE
    elif change == "version":
        model.operatorCodes[0].version = 99
    elif change == "shape":
        graph.tensors[graph.inputs[0]].shapeSignature = [-1, 48, 160, 1]
    builder = schema.flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    path = tmp_path / f"{change}.tflite"
    path.write_bytes(bytes(builder.Output()))
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("float", "FLOAT32, expected whole numbers"),
        ("operation", "TILE is not on the Edge TPU list"),
        ("version", "has version 99"),
        ("shape", "has no fixed shape"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: str, said: str) -> None:
    path = altered(tmp_path, change)
    assert any(said in trouble for trouble in check(path).troubles)
    with pytest.raises(ModelError, match="troubles in all"):
        demand(path)


def test_the_unaltered_network_survives_being_packed_anew(tmp_path: Path) -> None:
    assert check(altered(tmp_path, "nothing")).troubles == ()


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tflite"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelError, match=r"not a \.tflite file"):
        check(path)
