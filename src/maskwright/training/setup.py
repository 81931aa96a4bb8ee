"""Recipe, start, data and device of a call, decided from its options before any training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from accelerate import Accelerator

from maskwright.core import Pair, Segmenter
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.split import to_train_on
from maskwright.runtime.directory import TRAINING
from maskwright.runtime.resize import BILINEAR, Resize
from maskwright.training.claim import CACHE
from maskwright.training.loop import Training
from maskwright.training.plan import TrainingRequest, check_length, read_plan
from maskwright.training.processes import new_accelerator
from maskwright.training.recipes import Recipe, recipe_named
from maskwright.training.start.default import chosen_start
from maskwright.training.start.weights import named_start, new_network, with_start
from maskwright.training.write import refuse_unwritable
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter


@dataclass(frozen=True)
class Setup:
    """What all models of one call have in common.

    Attributes:
        recipe: how to train.
        request: the caller's options, with the start that was chosen.
        dataset: the data folder.
        accelerator: device and processes.
        encoder_weights: the encoder's ImageNet file, where no Python package brings it.
    """

    recipe: Recipe
    request: TrainingRequest
    dataset: Dataset
    accelerator: Accelerator
    encoder_weights: Path | None = None

    def new_network(self) -> UNet:
        """Build the network with its first weights."""
        return new_network(
            self.recipe,
            len(self.dataset.classes),
            start=self.request.start,
            seed=self.request.seed,
            encoder_weights=self.encoder_weights,
        )

    def steps_asked(self, photos: int) -> int | None:
        """The requested number of steps, or the recipe's epochs over `photos`; None for a time."""
        if self.request.steps is None and self.request.minutes is None and self.recipe.epochs:
            return self.recipe.epochs * max(1, round(photos / self.recipe.batch))
        return self.request.steps

    @property
    def minutes(self) -> float:
        """The requested time for everything, or the recipe's."""
        return self.request.minutes or self.recipe.minutes

    def cache_folder(self, model: Path) -> Path:
        """Where this process keeps decoded pairs and feature maps while it trains a model."""
        return model / TRAINING / CACHE / str(self.accelerator.process_index)

    def load_pairs(self, names: Sequence[str], disk: Path) -> list[Pair]:
        """Decode pairs at twice the network's size at most; `disk` is as for `load_pairs`."""
        by_name = {example.name: example for example in self.dataset.examples}
        examples = [by_name[name] for name in names]
        return load_pairs(self.dataset, examples, long_side=2 * self.recipe.size, disk=disk)

    def segmenter(self, training: Training, *, enlarge: str = BILINEAR) -> Segmenter:
        """The network as it is now, or its moving average, as a segmenter."""
        return as_segmenter(
            training.mean.eval(),
            self.dataset.classes,
            Resize(self.recipe.resize, self.recipe.size),
            use_flips=self.recipe.flips,
            enlarge=enlarge,
        )


def set_up(
    folder: DataFolder,
    request: TrainingRequest,
    *,
    device: str,
    threads: int | None,
    encoder_weights: Path | None = None,
    earlier: Path | None = None,
) -> Setup:
    """Decide on recipe, start and device, and open the data.

    Args:
        folder: the data, and how to read it.
        request: the other options; with an empty start the program chooses one.
        device: "auto", "cpu", "cuda" or "mps".
        threads: processor threads [default: what torch chooses].
        encoder_weights: the encoder's ImageNet file, where no Python package brings it.
        earlier: training folder of the run to resume, if any; its start is kept.

    Raises:
        DataError: the data cannot be used.
        ModelError: the model to start from cannot be used.
        UsageError: options that do not exist or do not fit together.
    """
    check_length(request)
    named = named_start(request.start or None)
    own = recipe_named(
        request.recipe, encoder=request.encoder, size=request.size, augment=request.augment
    )
    accelerator = new_accelerator(device, threads, own)
    dataset = open_dataset(folder)
    to_train_on(dataset)  # refuses data without a photo to train on
    if named is None and earlier is not None and (plan := read_plan(earlier)) is not None:
        # The default start is chosen once: a later version might choose another one.
        named = plan.request.start
    start = named or chosen_start(own, dataset, encoder_weights=encoder_weights)
    recipe = with_start(
        own, start, classes=len(dataset.classes), encoder=request.encoder, size=request.size
    )
    refuse_unwritable(dataset, recipe)
    size = request.size if recipe.size == own.size else recipe.size
    request = replace(
        request,
        start=start,
        size=size,
        masks=folder.masks,
        values=folder.values,
        ignore=folder.ignore,
        groups=folder.groups,
        photos=folder.photos,
        suffixes=folder.suffixes,
    )
    return Setup(recipe, request, dataset, accelerator, encoder_weights)
