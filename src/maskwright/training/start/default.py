"""Chooses the start of a training if the caller names none."""

from __future__ import annotations

import logging
from pathlib import Path

from maskwright.core import Pair
from maskwright.data.dataset import Dataset
from maskwright.data.split import trained_on
from maskwright.runtime.bundled import BUNDLED, bundled
from maskwright.runtime.directory import open_directory
from maskwright.runtime.segmenter import load
from maskwright.study.folds import working_pair
from maskwright.training.recipes import Recipe
from maskwright.training.start.fine_tuning import pretrained_score

_log = logging.getLogger(__name__)
_DEFAULT = BUNDLED[0]
_PHOTOS = 20


def chosen_start(recipe: Recipe, dataset: Dataset, *, encoder_weights: Path | None) -> str:
    """Choose the weights that training starts from, and log them.

    The bundled model is chosen where it fits: it has learned to separate subjects from their
    surroundings, for which an ImageNet encoder needs many photos. If it finds nothing of the
    objects in the masks, such as cells or cracks, it is no better a start than ImageNet.

    Args:
        recipe: with the encoder that the caller asked for, if any.
        dataset: what is trained on.
        encoder_weights: the ImageNet file that the caller named, if any.

    Returns:
        "imagenet", or the name of a bundled model.

    Raises:
        ModelError: the bundled model cannot be used.
        DataError: a photo or mask cannot be read.
    """
    reason = _against_bundled(recipe, dataset, encoder_weights)
    if reason is not None:
        _log.info("starting from imagenet: %s", reason)
        return "imagenet"
    _log.info("starting from the bundled model (as with --from %s)", _DEFAULT)
    return _DEFAULT


def _against_bundled(recipe: Recipe, dataset: Dataset, encoder_weights: Path | None) -> str | None:
    """The reason why the bundled model is not the start of this training, if there is one."""
    if encoder_weights is not None:
        return f"its weights were named, {encoder_weights}"
    if len(dataset.classes) != 2:
        return f"the bundled model knows two classes, these are {len(dataset.classes)}"
    model = open_directory(bundled(_DEFAULT))
    theirs = model.info["network"]
    if (theirs["encoder"], theirs["decoder"]) != (recipe.encoder, recipe.decoder):
        return f"the bundled model is another network, {theirs['encoder']} with {theirs['decoder']}"
    seen = trained_on(model.path / "splits.json", dataset)
    if seen:
        return f"the bundled model was trained on {len(seen)} of these photos, such as {seen[0]}"
    if not _finds_anything(dataset):
        return "the bundled model finds nothing of what these masks show"
    return None


def _finds_anything(dataset: Dataset) -> bool:
    """Whether the bundled model beats a mask of one class on most of a few photos."""
    ours = [one for one in dataset.examples if one.split != "test" and one.parent is None]
    some = ours[:: -(-len(ours) // _PHOTOS) or 1]
    # At the size at which photos are predicted: twenty large photos would be too many.
    pairs = [Pair(one.name, *working_pair(dataset, one)) for one in some]
    return pretrained_score(load(_DEFAULT), pairs) > 0
