"""ONNX files that compute with whole numbers of 8 bits: a third of the size, less time a photo.

Weights are rounded to 255 steps for each output channel and the maps between the layers to 255
steps each, whose ranges are the means of what photos show in them. ONNX Runtime runs the result;
it pays on processors that multiply 8-bit numbers well (x86 with VNNI, ARM with dot products).

Needs the package onnx, which comes with the extra `train`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from maskwright.core import Image
from maskwright.errors import ModelError, UsageError
from maskwright.runtime.apart import Batch, apart, in_onnx_runtime
from maskwright.runtime.onnx_file import METADATA_KEY, parse_metadata
from maskwright.runtime.resize import Resize

FEWEST = 8
"""Photos that it takes at least; from 64 on more of them changed no figure."""

# Everything between the first convolution and the last: a layer left in floating point costs two
# conversions of its maps.
_LAYERS = ["Conv", "Add", "Concat", "Resize", "Clip", "Relu"]
# The largest value that a single photo shows would set the range: mean IoU fell by 0.6 points
# then, and by 0.1 with ranges that follow a running mean over the photos.
_RANGES = {"CalibMovingAverage": True, "CalibMovingAverageConstant": 0.02}
_FARTHEST = 0.05


def quantised(model: bytes, photos: Sequence[Image], name: str) -> bytes:
    """Turn a model into one that computes in 8 bits; its metadata stays.

    Args:
        model: an ONNX file with input `image` and output `probs`, see
            docs/reference/model-directory.md.
        photos: (H, W, 3) uint8 sRGB, at least 8, of the kind that it will see; labels are not
            needed, but photos that test it must not be among them.
        name: how messages call the file.

    Raises:
        UsageError: too few photos.
        ModelError: on these very photos its probabilities change by more than 0.05 in the mean.
    """
    if len(photos) < FEWEST:
        raise UsageError(f"{name}: 8 bits need at least {FEWEST} photos to set ranges by")
    proto = onnx.load_from_string(model)
    properties = {one.key: one.value for one in proto.metadata_props}
    resize = parse_metadata(properties.get(METADATA_KEY), name).resize
    with tempfile.TemporaryDirectory() as folder:
        plain, made = Path(folder) / "plain.onnx", Path(folder) / "int8.onnx"
        _simplify(model, plain)
        quantize_static(
            plain,
            made,
            _Photos(photos, resize),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_LAYERS,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options=_RANGES,
        )
        result = onnx.load(str(made))
    del result.metadata_props[:]
    result.metadata_props.extend(proto.metadata_props)
    data: bytes = result.SerializeToString()
    networks = in_onnx_runtime(model), in_onnx_runtime(data)
    difference = apart(*networks, _batches(photos[:FEWEST], resize)).mean
    if not difference <= _FARTHEST:
        raise ModelError(
            f"{name}: in 8 bits its probabilities change by {difference:.3f} in the mean, more "
            f"than {_FARTHEST}; keep it as it is"
        )
    return data


class _Photos(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Hands photos to the calibration, one at a time."""

    def __init__(self, photos: Sequence[Image], resize: Resize) -> None:
        self._batches = _batches(photos, resize)

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"image": batch}


def _batches(photos: Sequence[Image], resize: Resize) -> Iterator[Batch]:
    for photo in photos:
        small = resize.fitted(photo)
        yield np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32)


def _simplify(model: bytes, path: Path) -> None:
    """Write the model with constants worked out, which quantisation takes for weights only then."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    proto = onnx.shape_inference.infer_shapes(onnx.load(str(path)))
    # How quantize_static knows that this was done; else it warns.
    onnx.helper.set_model_props(proto, {"onnx.quant.pre_process": "onnxruntime.quant"})
    onnx.save(proto, str(path))
