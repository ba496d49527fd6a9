"""The only file that knows the inference runtime: a .tflite file of whole numbers becomes a `Network`."""

import ctypes
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kirpik.errors import ModelError
from kirpik.values import Tensor

EngineKind = Literal["auto", "litert", "tflite", "coral"]

SIGN_BIT = 0x80
"""Luma − 128 as int8 is luma with its highest bit turned over."""
FLATBUFFER_MARK = b"TFL3"
CORAL_LIBRARY = "libedgetpu.so.1"


def choose_engine(wanted: EngineKind, *, require: bool = False) -> tuple[EngineKind, str | None]:
    """The engine to run on, and why it is not the wanted one.

    An engine that cannot be had is replaced by whatever runtime is installed, unless it is required. Raises ModelError
    when it is, or when there is no runtime at all.
    """
    try:
        runtime = _runtime(wanted)
        if wanted == "coral":
            _coral(runtime)
    except ModelError as error:
        if require or wanted == "auto":
            raise
        _runtime("auto")
        return "auto", str(error)
    return wanted, None


class TfliteNetwork:
    """One loaded network. Not for use by two threads at a time."""

    def __init__(self, path: Path, *, kind: EngineKind = "auto", threads: int = 1) -> None:
        """Raises ModelError when the file is no whole-number network with one luma input, or the engine is missing."""
        self._path = path
        self._interpreter = _interpreter(path, kind, threads)
        self._input, self._input_size = _checked_input(path, self._interpreter.get_input_details())
        self._outputs = tuple(_checked_output(path, port) for port in _outputs_in_order(self._interpreter))

    @property
    def input_size(self) -> tuple[int, int]:
        return self._input_size

    def run(self, image: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        expected = (1, *self._input_size, 1)
        if image.shape != expected or image.dtype != np.uint8:
            raise ModelError(f"{self._path.name}: got {image.dtype} {image.shape}, expected uint8 {expected}")
        np.bitwise_xor(image, SIGN_BIT, out=self._interpreter.tensor(self._input)().view(np.uint8))
        try:
            self._interpreter.invoke()
        except RuntimeError as error:  # a stick that was pulled out
            raise ModelError(f"{self._path.name}: the engine failed: {str(error).splitlines()[0]}") from error
        return tuple(Tensor(self._interpreter.get_tensor(at), scale, zero) for at, scale, zero in self._outputs)


def _interpreter(path: Path, kind: EngineKind, threads: int) -> Any:  # noqa: ANN401  the runtimes have no types
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot read the network: {error.strerror}") from error
    if content[4:8] != FLATBUFFER_MARK:
        raise ModelError(
            f"{path}: not a .tflite file (bytes 4 to 8 are {content[4:8]!r}, expected {FLATBUFFER_MARK!r})"
        )
    runtime = _runtime(kind)
    delegates = [_coral(runtime)] if kind == "coral" else []
    try:
        interpreter = runtime.Interpreter(model_content=content, num_threads=threads, experimental_delegates=delegates)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        first = str(error).splitlines()[0] if str(error) else "damaged"
        raise ModelError(f"{path}: the engine refuses the network: {first}") from error
    return interpreter


def _runtime(kind: EngineKind) -> Any:  # noqa: ANN401  either of two modules of the same shape
    if kind in ("auto", "litert", "coral"):
        try:
            from ai_edge_litert import interpreter as litert  # noqa: PLC0415  a unit has one of the two
        except ImportError as error:
            if kind == "litert":
                raise ModelError(
                    "engine 'litert': ai-edge-litert is not installed; install it or choose 'auto'"
                ) from error
        else:
            return litert
    try:
        from tflite_runtime import interpreter as tflite  # noqa: PLC0415
    except ImportError as error:
        raise ModelError(f"engine '{kind}': no TFLite runtime is installed; install ai-edge-litert") from error
    return tflite


def _coral(runtime: Any) -> Any:  # noqa: ANN401  an opaque handle
    try:
        ctypes.CDLL(
            CORAL_LIBRARY
        )  # the runtime's own attempt leaves a half-made object behind that complains at its end
        return runtime.load_delegate(CORAL_LIBRARY)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"engine 'coral': {CORAL_LIBRARY} or the stick is missing; plug it in, or choose 'auto'"
        ) from error


def _outputs_in_order(interpreter: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """As the signature names them; without a signature, as the graph lists them."""
    details: list[dict[str, Any]] = interpreter.get_output_details()
    signatures = interpreter.get_signature_list()
    if not signatures:
        return details
    name, ports = next(iter(signatures.items()))
    named = interpreter.get_signature_runner(name).get_output_details()
    return [named[port] for port in sorted(ports["outputs"])]


def _checked_input(path: Path, details: list[dict[str, Any]]) -> tuple[int, tuple[int, int]]:
    if len(details) != 1:
        raise ModelError(f"{path}: {len(details)} inputs, expected 1")
    port = details[0]
    shape = tuple(int(side) for side in port["shape"])
    if len(shape) != 4 or (shape[0], shape[3]) != (1, 1) or port["dtype"] != np.int8:
        raise ModelError(f"{path}: input is {port['dtype'].__name__} {shape}, expected int8 (1, height, width, 1)")
    scale, zero = port["quantization"]
    if zero != 0 or abs(scale * 128 - 1) > 1e-3:
        raise ModelError(f"{path}: input scale {scale:g} and zero point {zero}, expected 1/128 and 0")
    return int(port["index"]), (shape[1], shape[2])


def _checked_output(path: Path, port: dict[str, Any]) -> tuple[int, float, int]:
    scale, zero = port["quantization"]
    if port["dtype"] != np.int8 or scale <= 0:
        raise ModelError(
            f"{path}: output {port['name']} is {port['dtype'].__name__} with scale {scale:g}, expected int8"
        )
    return int(port["index"]), float(scale), int(zero)
