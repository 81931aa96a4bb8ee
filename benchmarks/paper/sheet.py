"""Sample predictions as in the paper's figures 6 and 7, drawn for whoever has the photos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.paper.results import Result, extremes
from maskwright.core import VOID, Image, Mask
from maskwright.data.dataset import open_dataset
from maskwright.files import replacing

_AGREED, _MISSED, _FALSE_ALARM = (0, 158, 115), (0, 114, 178), (213, 94, 0)
_TINT = 0.6
_LONG_SIDE = 400

Inside = NDArray[np.bool_]
"""(H, W) bool: where something is."""


def draw_sheet(path: Path, results: Mapping[str, Result], test: Path, runs: Path) -> bool:
    """Draw the test photos that row c's first seed segments best and worst.

    Args:
        path: the PNG file to write. It shows photos of the test set: whether it may be passed on
            is for their terms to say.
        results: hold c-0; a-0 and d-0 are drawn beside it where they are there.
        test: the test set.
        runs: the folder of trainings, with the masks that they predicted.

    Returns:
        Whether there was anything to draw.
    """
    wins, failures = extremes(results)
    shown = [row for row in "acd" if (runs / f"{row}-0" / "test").is_dir()]
    if not wins or "c" not in shown:
        return False
    dataset = open_dataset(test)
    by_name = {one.name: one for one in dataset.examples}
    names = [*wins, *failures]
    columns = 2 + len(shown)
    figure, grid = plt.subplots(
        len(names), columns, figsize=(2.4 * columns, 2 * len(names)), squeeze=False
    )
    for name, line in zip(names, grid, strict=True):
        pair = dataset.load(by_name[name], shrink_to=_LONG_SIDE)
        truth = pair.mask
        _show(line[0], pair.image, f"{'best' if name in wins else 'worst'}: {name}")
        _show(line[1], compared(pair.image, truth, (truth != 0) & (truth != VOID)), "truth")
        for axes, row in zip(line[2:], shown, strict=True):
            predicted = _read(runs / f"{row}-0" / "test" / f"{name}.png", truth)
            iou = results[f"{row}-0"]["test"]["ious"][name]
            _show(axes, compared(pair.image, truth, predicted), f"{row}: IoU {iou:.2f}")
    figure.suptitle("green: found; blue: missed; orange: false alarm; grey: counts nowhere")
    figure.tight_layout()
    with replacing(path) as part:
        figure.savefig(part, format="png", dpi=110)
    plt.close(figure)
    return True


def compared(image: Image, truth: Mask, found: Inside) -> Image:
    """Tint a photo by whether the foreground was found.

    Args:
        image: (H, W, 3) uint8.
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        found: (H, W) bool, the predicted foreground.
    """
    true = (truth != 0) & (truth != VOID)
    drawn = image.astype(np.float32)
    for inside, colour in (
        (true & found, _AGREED),
        (true & ~found, _MISSED),
        (~true & found & (truth != VOID), _FALSE_ALARM),
        (truth == VOID, (128, 128, 128)),
    ):
        drawn[inside] = drawn[inside] * (1 - _TINT) + np.array(colour, np.float32) * _TINT
    return np.rint(drawn).astype(np.uint8)


def _read(path: Path, truth: Mask) -> Inside:
    raw = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if raw is None:
        raise FileNotFoundError(f"{path} is gone: delete its result, and it is made again")
    height, width = truth.shape
    return np.asarray(cv2.resize(raw, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)) > 0


def _show(axes: Axes, picture: Image, title: str) -> None:
    axes.imshow(picture)
    axes.set_title(title, fontsize=8)
    axes.axis("off")
