"""Work on every photo with the model of the fold that holds it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from maskwright.core import Image, Mask, resized_mask
from maskwright.data.dataset import Dataset, Example
from maskwright.data.mask import read_mask
from maskwright.data.threads import as_done
from maskwright.engine.photo import OpenPhoto

Model = TypeVar("Model")
Result = TypeVar("Result")


def fold_of_each(held_out: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the fold of each photo by name.

    Args:
        held_out: for each fold, names of the photos that its model was not trained on.
    """
    return {name: fold for fold, names in enumerate(held_out) for name in names}


def with_held_out_models(
    work: Callable[[Example, Model], Result],
    dataset: Dataset,
    held_out: Sequence[Sequence[str]],
    models: Sequence[Model],
    *,
    workers: int,
) -> tuple[list[Result], list[int]]:
    """Apply `work` to every photo and the model of its fold.

    Args:
        work: called in several threads.
        dataset: the photos.
        held_out: as for `fold_of_each`.
        models: one of each fold.
        workers: number of photos processed at once.

    Returns:
        The results, and the fold of each photo, both in the order of the data set.
    """
    fold = fold_of_each(held_out)
    folds = [fold[example.name] for example in dataset.examples]
    results = as_done(
        lambda example: work(example, models[fold[example.name]]), dataset.examples, workers=workers
    )
    return list(results), folds


def working_pair(dataset: Dataset, example: Example) -> tuple[Image, Mask]:
    """Read a photo at the working size, and its true mask at the same size.

    Returns:
        (h, w, 3) uint8 sRGB, and (h, w) uint8 class indices with `VOID`.
    """
    image = OpenPhoto(example.image, dataset.limits).at()
    truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
    return image, resized_mask(truth, *image.shape[:2])
