"""Whether this processor multiplies numbers of 8 bits exactly.

x86 processors without VNNI add two products of 8 bits in 16, and what is too large is cut off in
silence: masks of a network in 8 bits would be worse there than anywhere it was measured.
"""

from __future__ import annotations

import base64

import numpy as np
import onnxruntime as ort

# MatMulInteger of a uint8 4 x 4 matrix, the input, with an int8 one of nothing but 127; written
# out, because prediction does not need the package onnx.
_PRODUCT = base64.b64decode(
    "CAgSADpkChgKAWEKAWISAWMiDU1hdE11bEludGVnZXISAWcqGwgECAQQA0IBYkoQf39/f39/f39/f39/f39/f1oTCgFh"
    "Eg4KDAgCEggKAggECgIIBGITCgFjEg4KDAgGEggKAggECgIIBEIECgAQDQ=="
)


def exact_in_8_bits() -> bool:
    """Try the largest products there are, in ONNX Runtime on the processor."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(_PRODUCT, options, providers=["CPUExecutionProvider"])
    (product,) = session.run(["c"], {"a": np.full((4, 4), 255, np.uint8)})
    return bool((product == 4 * 255 * 127).all())
