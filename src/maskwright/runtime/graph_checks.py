"""Refuses ONNX files that could do more than compute, before ONNX Runtime reads them.

The file may come from anywhere. ONNX lets a tensor live in another file of the disk, named by a
path inside the model, and ONNX Runtime would read that path. Loops may never end, functions may
call each other until expanding them takes for ever, and a hundred thousand parts take a minute to
open. A network for photos needs none of it.

The onnx package is needed for training only, so the few fields that matter are walked by hand.
Source of the field numbers: onnx/onnx.proto3 of the ONNX project.
"""

from __future__ import annotations

from collections.abc import Iterator

from maskwright.errors import ModelError

# Message -> field number -> message inside. Only the way to tensors; the rest is skipped.
_INSIDE = {
    "Model": {7: "Graph"},
    "Graph": {1: "Node", 5: "Tensor"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 10: "Tensor"},
    "Tensor": {},
}
_GRAPH_INSIDE = "has a graph inside its graph (a loop or a branch), which may never end"
_OTHER_FILE = "keeps weights in another file, which could be any file of this computer"
_SPARSE = "has sparse weights"
_TYPES = "computes with types that are not tensors"
_REFUSED = {
    ("Model", 20): "has training steps",
    ("Model", 25): "has functions of its own, which may never end",
    ("Graph", 15): _SPARSE,
    ("Attribute", 6): _GRAPH_INSIDE,
    ("Attribute", 11): _GRAPH_INSIDE,
    ("Attribute", 14): _TYPES,
    ("Attribute", 15): _TYPES,
    ("Attribute", 22): _SPARSE,
    ("Attribute", 23): _SPARSE,
    ("Tensor", 13): _OTHER_FILE,
}
_DATA_LOCATION = 14
_OPERATOR, _DOMAIN = 4, 7
_STANDARD_DOMAINS = (b"", b"ai.onnx")

# The bundled models have 281 and 385 nodes, and up to 537 weights. ONNX Runtime opens 10,000 nodes
# with 10,000 weights in 1.2 seconds, and 100,000 weights without nodes in over 60.
_MOST_PARTS = 20_000
_MOST_FIELDS = 500_000

# What networks for pictures are made of, transformers too: arithmetic on tensors. Left out are
# operators with graphs inside, text, sequences, random numbers, decoders of files, and boxes.
_OPERATORS = frozenset(
    b"Abs Acos Add And ArgMax ArgMin Asin Atan AveragePool BatchNormalization Cast CastLike Ceil "
    b"Celu Clip Concat Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos CumSum "
    b"DepthToSpace DequantizeLinear Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp "
    b"Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool "
    b"GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish "
    b"Identity InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Less LessOrEqual "
    b"Log LogSoftmax LpNormalization LpPool MatMul MatMulInteger Max MaxPool Mean "
    b"MeanVarianceNormalization Min Mish Mod Mul Neg Not OneHot Or PRelu Pad Pow QLinearConv "
    b"QLinearMatMul QuantizeLinear RMSNormalization Range Reciprocal ReduceL1 ReduceL2 "
    b"ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
    b"ReduceSumSquare Relu Reshape Resize Round ScatterElements ScatterND Selu Shape Shrink "
    b"Sigmoid Sign Sin Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub "
    b"Sum Tan Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where Xor".split()
)


def check_graph(model: bytes, name: str) -> None:
    """Refuse a model whose file could read other files, or take for ever to open.

    Args:
        model: the bytes of an ONNX file.
        name: how messages call the file.

    Raises:
        ModelError: a tensor lies in another file; loops, branches, functions, sparse tensors,
            operators that no network for photos needs, or too many parts; or the bytes are not an
            ONNX model.
    """
    try:
        refused = _Walk().refusal(memoryview(model), "Model")
    except (IndexError, ValueError) as error:
        raise ModelError(f"{name}: not an ONNX model, or damaged; export it again") from error
    if refused is not None:
        raise ModelError(
            f"{name}: {refused}; maskwright runs plain networks in one file, as `maskwright train` "
            "writes them: export it again as one"
        )


class _Walk:
    """Walks one model, and counts what it meets."""

    def __init__(self) -> None:
        self._fields = self._parts = 0

    def refusal(self, message: memoryview, kind: str) -> str | None:
        """Return why a message is refused; None if it is not.

        Raises:
            IndexError, ValueError: not a message, or cut off.
        """
        inside = _INSIDE[kind]
        for number, value in _fields(message):
            self._fields += 1
            self._parts += kind == "Graph"
            if self._parts > _MOST_PARTS or self._fields > _MOST_FIELDS:
                return (
                    f"has more than {_MOST_PARTS:,} nodes and weights, or {_MOST_FIELDS:,} fields"
                )
            found = _refused_field(kind, number, value)
            if found is None and number in inside and isinstance(value, memoryview):
                found = self.refusal(value, inside[number])
            if found is not None:
                return found
        return None


def _refused_field(kind: str, number: int, value: memoryview | int) -> str | None:
    if kind == "Node" and isinstance(value, memoryview):
        # A field that is there twice counts as its last; here, each of them must be allowed.
        if number == _OPERATOR and value.tobytes() not in _OPERATORS:
            return f"uses the operator {_text(value)}"
        if number == _DOMAIN and value.tobytes() not in _STANDARD_DOMAINS:
            return f"uses operators of {_text(value)}, which are not of the ONNX standard"
    if kind == "Tensor" and number == _DATA_LOCATION and value:
        return _OTHER_FILE
    return _REFUSED.get((kind, number))


def _text(value: memoryview) -> str:
    return ascii(value[:40].tobytes().decode(errors="replace"))


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Walk a protobuf message: field numbers with their bytes or integers."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        # Readers of protobuf cut a key to 32 bits: a longer one could mean another field to them.
        if key >> 32 or number == 0:
            raise ValueError(f"field key {key}")
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
            yield number, 0
        elif wire == 2:
            length, at = _varint(message, at)
            if at + length > len(message):
                raise ValueError("ends too early")
            yield number, message[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {wire}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("an integer that does not end")
