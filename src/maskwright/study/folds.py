"""Work on every photo with the model of the fold that holds it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from maskwright.core import Image, Mask, resized_mask
from maskwright.data.dataset import Dataset, Example
from maskwright.data.masks.read import read_mask
from maskwright.data.threads import as_done
from maskwright.engine.photo import OpenPhoto
from maskwright.runtime.segmenter import LoadedModel

Result = TypeVar("Result")


@dataclass(frozen=True)
class FoldModels:
    """The models of a cross-validation.

    Attributes:
        dataset: the photos and true masks.
        held_out: for each fold, names of the photos that its model was not trained on.
        models: one of each fold; called from several threads.
        workers: number of photos processed at once.
    """

    dataset: Dataset
    held_out: Sequence[Sequence[str]]
    models: Sequence[LoadedModel]
    workers: int

    def on_each(
        self, work: Callable[[Image, Mask, LoadedModel], Result]
    ) -> tuple[list[Result], list[int]]:
        """Apply `work` to every `working_pair` and the model of its fold.

        Returns:
            The results, and the fold of each photo, both in the order of the data set.
        """
        fold = fold_of_each(self.held_out)
        examples = self.dataset.examples

        def result(example: Example) -> Result:
            return work(*working_pair(self.dataset, example), self.models[fold[example.name]])

        results = as_done(result, examples, workers=self.workers)
        return list(results), [fold[one.name] for one in examples]


def fold_of_each(held_out: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the fold of each photo by name; `held_out` as for `FoldModels`."""
    return {name: fold for fold, names in enumerate(held_out) for name in names}


def working_pair(dataset: Dataset, example: Example) -> tuple[Image, Mask]:
    """Read a photo at the working size, and its true mask at the same size.

    Returns:
        (h, w, 3) uint8 sRGB, and (h, w) uint8 class indices with `VOID`.
    """
    image = OpenPhoto(example.image, dataset.limits, dataset.bits).at()
    truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
    return image, resized_mask(truth, *image.shape[:2])
