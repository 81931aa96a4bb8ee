"""Where the weights start: at random, from ImageNet, or from a model trained before."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors

from maskwright.errors import ModelError, UsageError
from maskwright.runtime.directory import ModelDirectory, open_directory
from maskwright.unet.encoders import load_imagenet
from maskwright.unet.model import UNet
from maskwright.unet.recipes import Recipe

_log = logging.getLogger(__name__)
STARTS = ("imagenet", "scratch")


def with_start(recipe: Recipe, start: str, *, encoder: str | None) -> Recipe:
    """Return the recipe as it suits the weights that training starts from.

    The encoder is that of the model given. Of random weights none is worth keeping: from scratch
    the whole encoder learns from the first step on, as fast as the rest.

    Args:
        recipe: as asked for.
        start: "imagenet", "scratch", or a model directory.
        encoder: what the caller asked for by name, if anything.

    Raises:
        UsageError: the caller asked for another encoder than that of the model.
        ModelError: there is no such model.
    """
    if start == "scratch":
        return replace(
            recipe,
            encoder_rate=recipe.decoder_rate,
            frozen_share=0.0,
            tune_from=0,
            hold_statistics=False,
        )
    if start in STARTS:
        return recipe
    network = _open(start).info.get("network")
    theirs = network.get("encoder") if isinstance(network, dict) else None
    if not isinstance(theirs, str):
        raise ModelError(f"{start}: model.json does not say which encoder it has; train it again")
    if encoder not in (None, theirs):
        raise UsageError(f"--encoder {encoder}: {start} has {theirs}, and weights cannot change it")
    return replace(
        recipe, encoder=theirs, frozen_share=0.0
    )  # there is no fresh decoder to wait for


def new_network(
    recipe: Recipe, classes: int, *, start: str, seed: int, encoder_weights: Path | None
) -> UNet:
    """Build the network of a recipe with its first weights.

    Args:
        recipe: names encoder and decoder.
        classes: K.
        start: "imagenet", "scratch", or a model directory.
        seed: of all random weights.
        encoder_weights: the ImageNet file, where no package holds it.

    Raises:
        UsageError: the ImageNet weights are not at hand.
        ModelError: the model or the file does not fit.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = UNet(recipe.encoder, recipe.decoder, classes)
    if start == "imagenet":
        load_imagenet(network.encoder, encoder_weights)
    elif start != "scratch":
        _take_over(network, _open(start))
    return network


def weights_digest(network: UNet) -> str:
    """SHA-256 over all weights: tells whether two networks are the same."""
    whole = hashlib.sha256()
    for name, value in network.state_dict().items():
        whole.update(name.encode())
        whole.update(value.cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()


def _open(start: str) -> ModelDirectory:
    path = Path(start)
    if not path.exists():
        raise UsageError(f"--from {start}: choose imagenet, scratch, or a model directory")
    return open_directory(path)


def _take_over(network: UNet, model: ModelDirectory) -> None:
    """Take every weight that fits; the head of other classes starts at random."""
    try:
        theirs = load_tensors(model.read("weights.safetensors"))
    except SafetensorError as error:
        raise ModelError(f"{model.path}: weights.safetensors is damaged ({error})") from error
    ours = network.state_dict()
    fitting = {
        name: value
        for name, value in theirs.items()
        if name in ours and ours[name].shape == value.shape
    }
    missing = [name for name in ours if name not in fitting]
    if any(name.startswith("encoder.") for name in missing):
        raise ModelError(f"{model.path}: its weights do not fit its encoder; train it again")
    network.load_state_dict(fitting, strict=False)
    if missing:
        _log.info("starting from %s, with %d new weights in the decoder", model.path, len(missing))
