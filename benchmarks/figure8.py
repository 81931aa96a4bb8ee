"""The picture of docs/results.md: photo, truth, U-Net, GrabCut and SIOX beside each other.

    scripts/bench figure8

As in the paper's figure 8, on photos that may be shown: the demo's held-out ones, the demo's own
network, and the box of the true object, a little enlarged, for the two methods that need one.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from PIL import Image as Pillow

from benchmarks.classical.cases import Case, tight_boxes
from maskwright.classical.methods import CLASSICAL
from maskwright.core import Image, Mask, Segmenter
from maskwright.data.dataset import open_dataset
from maskwright.demo.run import run_demo
from maskwright.evaluation.metrics import iou
from maskwright.runtime.segmenter import load

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "methods.png"
_SHOWN = 4
_CREDIT = "Photos: scikit-image (public domain, CC0); dahlia by vultilion (CC BY 2.0), cut out"


def main() -> None:
    """Train the demo's network if that is still to do, then draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("figure8"), help="the demo's folder")
    options = parser.parse_args()
    if not (options.work / "demo.png").exists():
        run_demo(options.work, threads=2)
    methods: dict[str, Segmenter] = {
        "U-Net": load(options.work / "model"),
        "GrabCut": CLASSICAL["grabcut"](),
        "SIOX": CLASSICAL["siox"](),
    }
    draw(_chosen(tight_boxes(open_dataset(options.work / "data" / "test"))), methods)
    print(PICTURE)


def _chosen(cases: Sequence[Case]) -> list[Case]:
    """Two whole photos, then the first scene of each of their objects."""
    whole = [case for case in cases if "-on-" not in case.name]
    scenes = {case.name.split("-on-")[0]: case for case in reversed(cases) if "-on-" in case.name}
    return [*whole[:2], *scenes.values()][:_SHOWN]


def draw(cases: Sequence[Case], methods: dict[str, Segmenter]) -> None:
    """A row for each photo: what is not found is dimmed."""
    names = ["photo and box", "by hand", *methods]
    figure, grid = plt.subplots(
        len(cases), len(names), figsize=(2.6 * len(names), 2.15 * len(cases)), squeeze=False
    )
    for axes, name in zip(grid[0], names, strict=True):
        axes.set_title(name, fontsize=12)
    for row, case in zip(grid, cases, strict=True):
        _show(row[0], case.image)
        rows, columns = np.nonzero(case.prior[:, :, 1])
        corners = (columns.min(), rows.min())
        size = (np.ptp(columns), np.ptp(rows))
        row[0].add_patch(plt.Rectangle(corners, *size, fill=False, color="#e69f00", linewidth=1.5))
        _show(row[1], _dimmed(case.image, case.truth))
        for axes, segmenter in zip(row[2:], methods.values(), strict=True):
            mask = segmenter(case.image, case.prior).argmax(axis=2).astype(np.uint8)
            _show(axes, _dimmed(case.image, mask))
            axes.set_xlabel(f"IoU {iou(case.truth, mask, 1):.2f}", fontsize=10)
    figure.text(0.01, 0.005, _CREDIT, fontsize=8, color="grey")
    figure.tight_layout(rect=(0, 0.02, 1, 1))
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=80)
    # A palette is enough for a page, at a third of the size.
    Pillow.open(buffer).convert("RGB").quantize(256).save(PICTURE, optimize=True)


def _dimmed(image: Image, mask: Mask) -> Image:
    faint = (0.2 * image + 0.8 * 245).astype(np.uint8)
    return np.where((mask == 1)[:, :, None], image, faint)


def _show(axes: Axes, image: Image) -> None:
    axes.imshow(image, aspect="equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)


if __name__ == "__main__":
    main()
