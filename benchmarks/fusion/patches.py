"""Templates from the photo itself (T3): disputed pixels look like patches of one side or the other.

Classic template matching: where network and GrabCut agree, small patches of the photo are gathered
and reduced to a few templates of each side. Around a disputed pixel the photo is compared with all
of them. It is SIOX with patches in place of colours.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.fusion.edges import lab_of
from maskwright.fusion.logit import logit, sigmoid
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Flags, Floats

_SIDE = 7
_TEMPLATES = 32
_GATHERED = 1500  # patches of a side that its templates are made of
_WEIGHT = 3.0  # logits that a difference of one in similarity counts
_LEVEL = 0.02  # what a difference of one in the mean CIELAB colour takes from the similarity


def matched_patches(outputs: MethodOutputs) -> Floats:
    """Move the network's logit of disputed pixels towards the side whose templates they match.

    Correlation is blind to brightness and colour level, so the distance of the mean colours counts
    as well. A pixel that matches neither side keeps the network's logit.
    """
    network = outputs.network
    ours, theirs = network > 0.5, outputs.grabcut > 0.5
    disputed = ours != theirs
    lab = lab_of(outputs.image)
    sides = [_templates(lab, ours & theirs), _templates(lab, ~ours & ~theirs)]
    if not disputed.any() or any(side is None for side in sides):
        return network
    patches = _patches(lab, *np.nonzero(disputed))
    foreground, background = (_similarity(patches, side) for side in sides if side is not None)
    fused = network.copy()
    fused[disputed] = sigmoid(logit(network[disputed]) + _WEIGHT * (foreground - background))
    return fused


def _templates(lab: Floats, side: Flags) -> Floats | None:
    """Cluster patches of one side: (T, _SIDE * _SIDE * 3); None where there are too few."""
    rows, columns = np.nonzero(side)
    if len(rows) < _TEMPLATES:
        return None
    some = np.random.default_rng(0).permutation(len(rows))[:_GATHERED]
    patches = _patches(lab, rows[some], columns[some])
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 10, 0.0)
    centres = cv2.kmeans(patches, _TEMPLATES, np.array([]), stop, 1, cv2.KMEANS_PP_CENTERS)[2]
    return np.asarray(centres, np.float32)


def _patches(lab: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Floats:
    half = _SIDE // 2
    padded = np.asarray(
        cv2.copyMakeBorder(lab, half, half, half, half, cv2.BORDER_REFLECT_101), np.float32
    )
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_SIDE, _SIDE, 3))
    return np.ascontiguousarray(windows[rows, columns, 0].reshape(len(rows), -1), np.float32)


def _similarity(patches: Floats, templates: Floats) -> Floats:
    """The best match of each patch: correlation, less what the mean colours differ; (N,)."""
    level, form = _parted(patches)
    template_level, template_form = _parted(templates)
    distance = np.linalg.norm(level[:, None] - template_level[None], axis=2)
    return np.asarray((form @ template_form.T - _LEVEL * distance).max(axis=1), np.float32)


def _parted(patches: Floats) -> tuple[Floats, Floats]:
    """The mean colour of each patch (N, 3), and the rest of it with length 1."""
    colours = patches.reshape(len(patches), -1, 3)
    level = colours.mean(axis=1)
    form = (colours - level[:, None]).reshape(len(patches), -1)
    return level, form / np.maximum(np.linalg.norm(form, axis=1, keepdims=True), 1e-3)
