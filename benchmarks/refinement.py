"""What it brings that outlines follow the photo: guided against bilinear masks of the same network.

    scripts/bench refinement DATA [--model subject] [--sizes 160,320]

Scored on the pairs of DATA whose part is "val", which no test set shares. A network that sees
photos at half the usual size has its masks enlarged twice as far, as those of larger photos are.
Boundary F is the mean over photos whose true outline touches no void: elsewhere it says nothing.
The table goes into docs/notebook/measurements.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.jobs import read_results
from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.tradeoff import Way, changed, held_out
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.threads import cores
from maskwright.evaluation.methods import segmenter_method
from maskwright.evaluation.scoring import score_sources
from maskwright.files import write_json
from maskwright.metrics.intervals import mean_interval
from maskwright.metrics.photo import PhotoScores
from maskwright.runtime.bundled import model_path
from maskwright.runtime.resize import ENLARGE
from maskwright.runtime.segmenter import load

RESULTS = Path(__file__).parent / "results" / "refinement.json"
PAGE = Path(__file__).parents[1] / "docs" / "notebook" / "measurements.md"
_FIGURES = {"iou": "mean IoU", "boundary_f": "boundary F"}


def main() -> None:
    """Score, keep and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="a data folder whose pairs.csv names a part val")
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
    write_json(RESULTS, results)
    made = table(read_results(RESULTS))
    fill(PAGE, {"refinement": made})
    print(made)


def compared(model: Path, size: int, dataset: Dataset) -> dict[str, Any]:
    """Score both ways to enlarge the masks of a network that sees photos at `size`."""
    with tempfile.TemporaryDirectory() as folder:
        file = changed(model, Way(size, mirrored=True), Path(folder))
        sources = {
            enlarge: segmenter_method(load(file, threads=1, enlarge=enlarge), dataset)
            for enlarge in ENLARGE
        }
        scores = score_sources(dataset, sources, workers=cores())
    rows = {one.name: one.rows for one in scores.methods}
    return {figure: _paired(rows, figure) for figure in _FIGURES}


def _paired(rows: Mapping[str, tuple[PhotoScores, ...]], figure: str) -> dict[str, Any]:
    """Means of a figure over the photos where it says something, and their paired difference."""
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
        "interval": list(mean_interval(differences, [str(at) for at in range(len(pairs))])),
    }


def _figure(row: PhotoScores, figure: str) -> float | None:
    if figure == "iou":
        return row.iou
    return None if any(one.void_contact for one in row.classes) else row.boundary_f


def table(results: Mapping[str, Any]) -> str:
    """Every size and figure as Markdown."""
    lines = [
        "| network | figure | photos | bilinear | guided | difference, 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for size, figures in results.get("sizes", {}).items():
        for figure, name in _FIGURES.items():
            one = figures[figure]
            low, high = one["interval"]
            cells = [
                f"{size} pixels",
                name,
                str(one["photos"]),
                f"{one['bilinear']:.4f}",
                f"{one['guided']:.4f}",
                f"{one['difference']:+.4f} ({low:+.4f} to {high:+.4f})",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
