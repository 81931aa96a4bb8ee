"""What models and GrabCut find in photos that the models never saw teaches a gate between them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.core import Image, Mask, Segmenter
from maskwright.data.dataset import Dataset, Example
from maskwright.data.mask import read_mask
from maskwright.engine.photo import OpenPhoto
from maskwright.evaluation.timing import seconds_of
from maskwright.fusion.decision import Decision
from maskwright.fusion.gate import Gate, bundled_gate
from maskwright.fusion.learn import GateSample, learn_gate, mean_gain
from maskwright.fusion.method_outputs import MethodOutputs, run_classical
from maskwright.fusion.regions import Floats
from maskwright.runtime.resize import GUIDED, Resize, enlarged
from maskwright.runtime.segmenter import LoadedModel


def gate_of_folds(
    dataset: Dataset,
    held_out: Sequence[Sequence[str]],
    models: Sequence[LoadedModel],
    *,
    workers: int,
) -> Gate | None:
    """Learn where GrabCut knows better than a network, each photo with the model of its fold.

    Args:
        dataset: the photos and true masks.
        held_out: of each fold, names of the photos that its model was not trained on.
        models: one of each fold, that may be called from several threads.
        workers: how many photos are in work at once.

    Returns:
        The gate; None where the one that comes with the package is the better choice, and where
        there are more than two classes.
    """
    if len(dataset.classes) != 2:
        return None
    lessons, parts = lessons_of_folds(dataset, held_out, models, workers=workers)
    sources = [dataset.sources[example.name] for example in dataset.examples]
    return chosen_gate(lessons, parts, sources, bundled_gate())


def chosen_gate(
    lessons: Sequence[GateSample], parts: Sequence[int], sources: Sequence[str], shipped: Gate
) -> Gate | None:
    """Learn a gate, if another that was learned elsewhere does not serve as well.

    A few dozen photos seldom suffice to be sure of one's own. Then the other is taken, unless it
    would do harm on these photos.

    Args:
        lessons: see `learn_gate`.
        parts, sources: see there.
        shipped: what others have taught.

    Returns:
        A gate learned here, open or shut; None for the other.
    """
    own = learn_gate(lessons, parts, sources)
    return None if own.is_closed and mean_gain(shipped, lessons) >= 0 else own


def lessons_of_folds(
    dataset: Dataset,
    held_out: Sequence[Sequence[str]],
    models: Sequence[LoadedModel],
    *,
    workers: int,
) -> tuple[list[GateSample], list[int]]:
    """What photos teach, each with the model of its fold, and which fold that is.

    Args are those of `gate_of_folds`.
    """
    fold = {name: at for at, names in enumerate(held_out) for name in names}

    def taught(example: Example) -> GateSample:
        model = models[fold[example.name]]
        return _taught(dataset, example, model.network, model.metadata.resize, model.enlarge)

    with ThreadPoolExecutor(workers) as pool:
        lessons = list(pool.map(taught, dataset.examples))
    return lessons, [fold[example.name] for example in dataset.examples]


def gate_seconds(dataset: Dataset, network: Segmenter, resize: Resize) -> float:
    """Estimate how long `gate_of_folds` takes in one thread; several take less.

    Args:
        dataset: the photos and true masks.
        network: a model as costly as those of the folds.
        resize: how photos are resized for it.
    """
    if len(dataset.classes) != 2:
        return 0.0
    return seconds_of(dataset, lambda example: _taught(dataset, example, network, resize, GUIDED))


def lesson_of(
    opinions: MethodOutputs, photo: Image, truth: Mask, resize: Resize, enlarge: str
) -> GateSample:
    """What a photo teaches.

    Args:
        opinions: at the size of the network.
        photo: (H, W, 3) uint8.
        truth: (H, W) uint8.
        resize: how the photo came to the size of the network.
        enlarge: one of `ENLARGE`, how the model comes back.
    """
    everything = Decision(opinions.regions, np.ones(len(opinions.regions), bool))
    alone, together = (
        mask_of(foreground, photo, resize, enlarge) > 0
        for foreground in (opinions.network, everything.apply(opinions))
    )
    return GateSample.of(opinions, truth, alone, together)


def mask_of(foreground: Floats, photo: Image, resize: Resize, enlarge: str) -> Mask:
    """Bring probabilities of foreground to the size of the photo, as a model would, and decide.

    Small pieces are not cleaned: a gate learns to judge them itself.

    Args:
        foreground: (h, w) float32, at the size of the network.
        photo: (H, W, 3) uint8.
        resize: how the photo came to the size of the network.
        enlarge: one of `ENLARGE`.

    Returns:
        (H, W) uint8, 0 or 1.
    """
    probs = enlarged(two_class_probs(foreground), photo, resize.fitted(photo), enlarge)
    return np.asarray(probs.argmax(axis=2), np.uint8)


def _taught(
    dataset: Dataset, example: Example, network: Segmenter, resize: Resize, enlarge: str
) -> GateSample:
    photo = OpenPhoto(example.image, dataset.limits).at()
    truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
    small = resize.fitted(photo)
    opinions = run_classical(small, network(small)[:, :, 1], grabcut(engine="fast"))
    return lesson_of(opinions, photo, truth, resize, enlarge)
