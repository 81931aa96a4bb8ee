"""Checks whether this processor multiplies 8-bit integers exactly.

x86 processors without VNNI add two 8-bit products in 16 bits and saturate silently, so that masks
of an 8-bit network would be worse on them than measured.
"""

from __future__ import annotations

import base64

import numpy as np
import onnxruntime as ort

# MatMulInteger of a uint8 4 x 4 matrix, the input, with an int8 matrix of 127; written out, because
# prediction does not need the package onnx.
_PRODUCT = base64.b64decode(
    "CAgSADpkChgKAWEKAWISAWMiDU1hdE11bEludGVnZXISAWcqGwgECAQQA0IBYkoQf39/f39/f39/f39/f39/f1oTCgFh"
    "Eg4KDAgCEggKAggECgIIBGITCgFjEg4KDAgGEggKAggECgIIBEIECgAQDQ=="
)


def has_exact_int8() -> bool:
    """Compute the largest possible products in ONNX Runtime on the processor."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(_PRODUCT, options, providers=["CPUExecutionProvider"])
    (product,) = session.run(["c"], {"a": np.full((4, 4), 255, np.uint8)})
    return bool((product == 4 * 255 * 127).all())
