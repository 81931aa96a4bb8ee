"""A model directory becomes a segmenter, through ONNX Runtime and without torch."""
