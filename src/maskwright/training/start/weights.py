"""The first weights of a training: random, from ImageNet, or from an earlier model."""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors

from maskwright.data.dataset import Dataset
from maskwright.data.split import trained_on
from maskwright.errors import ModelError, UsageError
from maskwright.runtime.bundled import BUNDLED, bundled
from maskwright.runtime.directory import ModelDirectory, open_directory
from maskwright.training.recipes import Recipe
from maskwright.unet.encoders import load_imagenet
from maskwright.unet.model import UNet

_log = logging.getLogger(__name__)
STARTS = ("imagenet", "scratch")
_SEEDING = threading.Lock()  # threads share the one generator that torch draws weights from


def named_start(start: str | Path | None) -> str | None:
    """Check the start that a caller named, if any.

    Returns:
        "imagenet", "scratch", the name of a bundled model, or the path of a model directory. The
        bare name of a bundled model means that model, whatever lies in the current folder.

    Raises:
        UsageError: there is nothing of that name.
    """
    if start is None or str(start) in STARTS:
        return None if start is None else str(start)
    name = str(start)
    if isinstance(start, str) and name in BUNDLED:
        return name
    if Path(name).exists():
        return f"./{name}" if name in BUNDLED else name
    choices = ", ".join((*STARTS, *BUNDLED))
    raise UsageError(f"--from {name}: choose {choices}, or a model directory")


def refuse_seen(start: str, dataset: Dataset, option: str) -> None:
    """Refuse a start that was trained on photos that are to score the new model.

    Args:
        start: as `named_start` or `chosen_start` returns it.
        dataset: the photos.
        option: the option of the caller, for the message.

    Raises:
        UsageError: the model was trained on some of them.
    """
    if start in STARTS:
        return
    seen = trained_on(_directory(start) / "splits.json", dataset)
    if seen:
        raise UsageError(
            f"--from {start} was trained on {len(seen)} of these very photos, such as {seen[0]}, "
            f"so {option} would score it too high: start from imagenet, or leave {option} out"
        )
    if start not in BUNDLED:
        _log.warning(
            "%s is honest only if %s was not trained on any of these photos", option, start
        )


def with_start(
    recipe: Recipe,
    start: str,
    *,
    classes: int,
    encoder: str | None = None,
    size: int | None = None,
) -> Recipe:
    """Return the recipe as it suits the weights that training starts from.

    The encoder is that of the model given. Where all of the model fits, there is no fresh decoder
    for which the encoder would stay frozen at first. A recipe that fine-tunes sees photos at
    the size at which the model sees them: at a smaller one it would lose by that alone.

    Of random weights none is worth keeping: from scratch the whole encoder learns from the first
    step on, as fast as the rest.

    Args:
        recipe: as asked for.
        start: as `named_start` or `chosen_start` returns it.
        classes: K, of what is to be learned.
        encoder: what the caller asked for by name, if anything.
        size: what the caller asked for, if anything.

    Raises:
        UsageError: the caller asked for another encoder than that of the model.
        ModelError: there is no such model, or it does not say what it is.
    """
    if start == "scratch":
        return replace(
            recipe,
            encoder_rate=recipe.decoder_rate,
            frozen_share=0.0,
            tune_from=0,
            freeze_batchnorm=False,
        )
    if start in STARTS:
        return recipe
    own_encoder, own_decoder, own_classes, own_size = _described(start)
    if encoder not in (None, own_encoder):
        raise UsageError(
            f"--encoder {encoder}: {start} has {own_encoder}, and weights cannot change it"
        )
    if recipe.fine_tune and size is None and own_size != recipe.size:
        _log.info("photos are seen at %d pixels, as %s sees them", own_size, start)
        recipe = replace(recipe, size=own_size)
    if (own_decoder, own_classes) == (recipe.decoder, classes):
        recipe = replace(recipe, frozen_share=0.0)
    return replace(recipe, encoder=own_encoder)


def new_network(
    recipe: Recipe, classes: int, *, start: str, seed: int, encoder_weights: Path | None
) -> UNet:
    """Build the network of a recipe with its first weights.

    Args:
        recipe: names encoder and decoder.
        classes: K.
        start: as `named_start` or `chosen_start` returns it.
        seed: of all random weights.
        encoder_weights: the ImageNet file, where no package holds it.

    Raises:
        UsageError: the ImageNet weights are not at hand.
        ModelError: the model or the file does not fit, or has weights that are no numbers.
    """
    with _SEEDING, torch.random.fork_rng():
        torch.manual_seed(seed)
        network = UNet(recipe.encoder, recipe.decoder, classes)
    if start == "imagenet":
        load_imagenet(network.encoder, encoder_weights)
    elif start != "scratch":
        _take_over(network, open_directory(_directory(start)))
    _refuse_not_finite(network, start)
    return network


def weights_digest(network: UNet) -> str:
    """SHA-256 over all weights: tells whether two networks are the same."""
    whole = hashlib.sha256()
    for name, value in network.state_dict().items():
        whole.update(name.encode())
        whole.update(value.cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()


def _refuse_not_finite(network: UNet, start: str) -> None:
    """Training never mends NaN and infinity: each step spreads them further."""
    for name, value in network.state_dict().items():
        if not bool(torch.isfinite(value).all()):
            raise ModelError(
                f"{start}: has weights that are not finite, such as {name}: start from another "
                "model, or from imagenet"
            )


def _directory(start: str) -> Path:
    """Where the model is; `named_start` has told a bundled one from a path of its name."""
    return bundled(start) if start in BUNDLED else Path(start)


def _described(start: str) -> tuple[str, str, int, int]:
    """The encoder, the decoder, the number of classes and the size that model.json states."""
    info = open_directory(_directory(start)).info
    try:
        network, size = info["network"], info["resize"]["size"]
        encoder, decoder, classes = network["encoder"], network["decoder"], len(network["classes"])
    except (KeyError, TypeError) as error:
        raise ModelError(
            f"{start}: model.json does not say which network it has; train it again"
        ) from error
    if not isinstance(size, int) or size < 32 or size % 32:
        raise ModelError(f"{start}: model.json has the size {size!r}; train it again")
    return encoder, decoder, classes, size


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
