"""Learn a gate, which accepts or rejects GrabCut's changes, on photos held out by the models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import as_prior
from maskwright.core import Image, Mask, Segmenter
from maskwright.data.dataset import Dataset, Example
from maskwright.evaluation.timing import seconds_of
from maskwright.fusion.decision import Decision
from maskwright.fusion.gate import Gate
from maskwright.fusion.learn import Lesson, learned_gate, mean_gain
from maskwright.fusion.opinions import Floats, Opinions, asked
from maskwright.fusion.shipped import shipped_gate
from maskwright.runtime.resize import GUIDED, Resize, enlarged
from maskwright.study.folds import FoldModels, working_pair


def gate_of_folds(folds: FoldModels) -> Gate | None:
    """Learn where GrabCut improves on the network, on each photo with the model of its fold.

    Returns:
        The gate; None if the package's gate is the better choice, and with more than two classes.
    """
    dataset = folds.dataset
    if len(dataset.classes) != 2:
        return None
    lessons, parts = lessons_of_folds(folds)
    sources = [dataset.sources[example.name] for example in dataset.examples]
    return chosen_gate(lessons, parts, sources, shipped_gate())


def chosen_gate(
    lessons: Sequence[Lesson], parts: Sequence[int], sources: Sequence[str], shipped: Gate
) -> Gate | None:
    """Learn a gate, or choose one that was learned on other photos.

    A few dozen photos are seldom enough to learn an open gate. Then the other gate is chosen,
    unless it makes the masks of these photos worse.

    Args:
        lessons, parts, sources: as for `learned_gate`.
        shipped: the other gate.

    Returns:
        The learned gate, open or shut; None for the other one.
    """
    own = learned_gate(lessons, parts, sources)
    return None if own.is_shut and mean_gain(shipped, lessons) >= 0 else own


def lessons_of_folds(folds: FoldModels) -> tuple[list[Lesson], list[int]]:
    """Make the samples that a gate is learned from, and return them with their folds."""
    return folds.on_each(
        lambda example, model: _lesson(
            folds.dataset, example, model.network, model.metadata.resize, model.enlarge
        )
    )


def gate_seconds(dataset: Dataset, network: Segmenter, resize: Resize) -> float:
    """Estimate the seconds that `gate_of_folds` takes in one thread.

    Args:
        dataset: the photos and true masks.
        network: a model as slow as the models of the folds.
        resize: of photos, for the network.
    """
    if len(dataset.classes) != 2:
        return 0.0
    return seconds_of(dataset, lambda example: _lesson(dataset, example, network, resize, GUIDED))


def lesson_of(
    opinions: Opinions, photo: Image, truth: Mask, resize: Resize, enlarge: str
) -> Lesson:
    """Make a sample from one photo.

    Args:
        opinions: at network size.
        photo: (H, W, 3) uint8.
        truth: (H, W) uint8.
        resize: of photos, for the network.
        enlarge: one of `ENLARGE`, as the model enlarges its masks.
    """
    everything = Decision(opinions.disputes, np.ones(len(opinions.disputes), bool))
    alone, together = (
        mask_of(foreground, photo, resize, enlarge) > 0
        for foreground in (opinions.network, everything.carried_out(opinions))
    )
    return Lesson.of(opinions, truth, alone, together)


def mask_of(foreground: Floats, photo: Image, resize: Resize, enlarge: str) -> Mask:
    """Enlarge foreground probabilities to the size of the photo, and take the argmax.

    Small regions are not cleaned up, because a gate learns to judge them.

    Args:
        foreground: (h, w) float32, at network size.
        photo: (H, W, 3) uint8.
        resize: of photos, for the network.
        enlarge: one of `ENLARGE`.

    Returns:
        (H, W) uint8, 0 or 1.
    """
    probs = enlarged(as_prior(foreground), photo, resize.fitted(photo), enlarge)
    return np.asarray(probs.argmax(axis=2), np.uint8)


def _lesson(
    dataset: Dataset, example: Example, network: Segmenter, resize: Resize, enlarge: str
) -> Lesson:
    photo, truth = working_pair(dataset, example)
    small = resize.fitted(photo)
    opinions = asked(small, network(small)[:, :, 1], grabcut(engine="fast"))
    return lesson_of(opinions, photo, truth, resize, enlarge)
