"""The gain of guided enlargement: guided against bilinear masks of the same network.

    scripts/bench refinement DATA [--model subject] [--sizes 160,320]

Scored on the pairs of DATA whose split is "val", which no test set shares. A network that sees
photos at half the usual size has its masks enlarged twice as far, as the masks of larger photos
are. Boundary F is the mean over photos whose true outline touches no void: elsewhere it means
nothing. The table goes into docs/notebook/measurements.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.command import parser_of
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, interval, markdown_table
from benchmarks.result_files import FOLDER, write_results
from benchmarks.scores import score
from benchmarks.tradeoff import Way, changed, held_out
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.metrics.intervals import mean_interval
from maskwright.metrics.photo import PhotoScores
from maskwright.runtime.bundled import model_path
from maskwright.runtime.resize import ENLARGE
from maskwright.runtime.segmenter import load

RESULTS, PAGE = FOLDER / "refinement.json", NOTEBOOK / "measurements.md"
_FIGURES = {"iou": "mean IoU", "boundary_f": "boundary F"}


def main() -> None:
    """Score, then print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, help="a data folder whose pairs.csv has a split val")
    parser.add_argument("--model", default="subject", help="[%(default)s]")
    parser.add_argument("--sizes", default="160,320", help="of the network [%(default)s]")
    options = parser.parse_args()
    model = model_path(options.model)
    dataset = held_out(open_dataset(options.data))
    sizes = [int(size) for size in options.sizes.split(",")]
    results = {
        "model": load(model).fingerprint,
        "data": dataset.fingerprint(),
        "sizes": {str(size): compared(model, size, dataset) for size in sizes},
        "machine": machine(),
    }
    print(fill(PAGE, {"refinement": table(write_results(RESULTS, results))}))


def compared(model: Path, size: int, dataset: Dataset) -> dict[str, Any]:
    """Score both ways to enlarge the masks of a network that sees photos at `size`."""
    with tempfile.TemporaryDirectory() as folder:
        file = changed(model, Way(size, mirrored=True), Path(folder))
        ways = {enlarge: load(file, threads=1, enlarge=enlarge) for enlarge in ENLARGE}
        scores = score(dataset, ways)
    rows = {one.name: one.rows for one in scores.methods}
    return {figure: _paired(rows, figure) for figure in _FIGURES}


def _paired(rows: Mapping[str, tuple[PhotoScores, ...]], figure: str) -> dict[str, Any]:
    """Means of a figure over the photos that have it, and their paired difference."""
    guided, bilinear = ([_figure(row, figure) for row in rows[enlarge]] for enlarge in ENLARGE)
    pairs = [
        (a, b) for a, b in zip(guided, bilinear, strict=True) if a is not None and b is not None
    ]
    differences = [a - b for a, b in pairs]
    return {
        "photos": len(pairs),
        "guided": fmean(a for a, _ in pairs),
        "bilinear": fmean(b for _, b in pairs),
        "difference": fmean(differences),
        "interval": mean_interval(differences),
    }


def _figure(row: PhotoScores, figure: str) -> float | None:
    if figure == "iou":
        return row.iou
    return None if any(one.void_contact for one in row.classes) else row.boundary_f


def table(results: Mapping[str, Any]) -> str:
    """Every size and figure as Markdown."""
    rows = []
    for size, figures in results["sizes"].items():
        for figure, name in _FIGURES.items():
            one = figures[figure]
            means = (f"{one[enlarge]:.4f}" for enlarge in ("bilinear", "guided"))
            difference = interval(one["difference"], one["interval"], "+.4f")
            rows.append([f"{size} pixels", name, str(one["photos"]), *means, difference])
    heads = ["network", "figure", "photos", "bilinear", "guided", "difference, 95 % interval"]
    return markdown_table(heads, rows)


if __name__ == "__main__":
    main()
