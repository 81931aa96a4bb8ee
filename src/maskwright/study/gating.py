"""Learn a gate, which accepts or rejects GrabCut's changes, on photos held out by the models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.core import Image, Mask, Segmenter
from maskwright.data.dataset import Dataset
from maskwright.evaluation.timing import seconds_of
from maskwright.fusion.decision import Decision
from maskwright.fusion.gate import Gate, bundled_gate
from maskwright.fusion.learn import GateSample, learn_gate, mean_gain
from maskwright.fusion.method_outputs import MethodOutputs, run_classical
from maskwright.fusion.regions import Floats
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
    samples, parts = samples_of_folds(folds)
    sources = [dataset.sources[example.name] for example in dataset.examples]
    return chosen_gate(samples, parts, sources, bundled_gate())


def chosen_gate(
    samples: Sequence[GateSample], parts: Sequence[int], sources: Sequence[str], bundled: Gate
) -> Gate | None:
    """Learn a gate, or choose one that was learned on other photos.

    A few dozen photos are seldom enough to learn an open gate. Then the other gate is chosen,
    unless it makes the masks of these photos worse.

    Args:
        samples, parts, sources: as for `learn_gate`.
        bundled: the other gate.

    Returns:
        The learned gate, open or closed; None for the other one.
    """
    own = learn_gate(samples, parts, sources)
    return None if own.is_closed and mean_gain(bundled, samples) >= 0 else own


def samples_of_folds(folds: FoldModels) -> tuple[list[GateSample], list[int]]:
    """Make the samples that a gate is learned from, and return them with their folds."""
    return folds.on_each(
        lambda photo, truth, model: _sample(
            photo, truth, model.network, model.metadata.resize, model.enlarge
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
    return seconds_of(
        dataset, lambda one: _sample(*working_pair(dataset, one), network, resize, GUIDED)
    )


def sample_of(
    outputs: MethodOutputs, photo: Image, truth: Mask, resize: Resize, enlarge: str
) -> GateSample:
    """Make a sample from one photo.

    Args:
        outputs: at network size.
        photo: (H, W, 3) uint8.
        truth: (H, W) uint8.
        resize: of photos, for the network.
        enlarge: one of `ENLARGE`, as the model enlarges its masks.
    """
    everything = Decision(outputs.regions, np.ones(len(outputs.regions), bool))
    alone, together = (
        mask_of(foreground, photo, resize, enlarge) > 0
        for foreground in (outputs.network, everything.apply(outputs))
    )
    return GateSample.of(outputs, truth, alone, together)


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
    probs = enlarged(two_class_probs(foreground), photo, resize.fitted(photo), enlarge)
    return np.asarray(probs.argmax(axis=2), np.uint8)


def _sample(
    photo: Image, truth: Mask, network: Segmenter, resize: Resize, enlarge: str
) -> GateSample:
    small = resize.fitted(photo)
    outputs = run_classical(small, network(small)[:, :, 1], grabcut(engine="fast"))
    return sample_of(outputs, photo, truth, resize, enlarge)
