"""The published ImageNet weights of the encoders, verified before they are used."""

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


def load_imagenet(encoder: Encoder, path: Path | None = None) -> None:
    """Load the ImageNet weights of an encoder.

    Args:
        encoder: changed in place.
        path: the published file, or a .safetensors file with its names; without one, the file
            that a Python package brings.

    Raises:
        UsageError: there is no file at `path`, or none was given and no package brings one.
        ModelError: the file is not the published one, or does not fit the encoder.
    """
    path = path or encoder.packaged()
    if path is None:
        raise UsageError(
            f"the ImageNet weights of {type(encoder).__name__} are in no Python package: fetch "
            f"{encoder.source} and name it with --encoder-weights, or start from scratch"
        )
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


def _tensors(encoder: Encoder, path: Path, content: bytes) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        try:
            return load(content)
        except SafetensorError as error:
            raise ModelError(f"{path}: damaged or not a safetensors file ({error})") from error
    found = hashlib.sha256(content).hexdigest()
    refusal = (
        f"{path}: not the published weights of {type(encoder).__name__}; its SHA-256 is {found}, "
        f"but should begin with {encoder.sha256}; fetch {encoder.source} again, or give a "
        ".safetensors file"
    )
    if not found.startswith(encoder.sha256):
        raise ModelError(refusal)
    try:
        # Tensors only: a file made to meet the published digits cannot run code either.
        tensors: dict[str, Tensor] = torch.load(
            io.BytesIO(content), map_location="cpu", weights_only=True
        )
    except UnpicklingError as error:
        raise ModelError(refusal) from error
    return tensors
