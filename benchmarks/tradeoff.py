"""The cost of accuracy: the size at which the network sees photos, and the mirrored photo.

    scripts/bench tradeoff DATA --photos FOLDER [--model subject]

Scored on the pairs of DATA whose split is "val", which no test set shares; timed file to file on
the photos of FOLDER with two threads, all ways in turns. Scores of this model on this data are not
made again; times always are, in one run on a quiet machine. The plot goes to
docs/notebook/images/tradeoff.png, the table into docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from benchmarks.command import parser_of
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, markdown_table
from benchmarks.result_files import FOLDER, read_results, write_results
from benchmarks.scores import score
from benchmarks.tradeoff_plot import FAST, draw
from maskwright import predict
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.runtime.allocator import use_one_arena
from maskwright.runtime.bundled import model_path
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.segmenter import load

RESULTS, PAGE = FOLDER / "tradeoff.json", NOTEBOOK / "results.md"
PLOT = NOTEBOOK / "images" / "tradeoff.png"
_PICTURE = (
    "![Mean IoU of held-out photos over milliseconds a photo, for growing sizes, with the photo "
    "once and with the mirrored photo](images/tradeoff.png)"
)
SIZES = (224, 256, 288, 320, 352, 384, 416, 448)
THREADS = 2


@dataclass(frozen=True)
class Way:
    """One way to use a network."""

    size: int
    mirrored: bool

    @property
    def name(self) -> str:
        return f"{self.size} pixels, {'mirrored too' if self.mirrored else 'once'}"


WAYS = tuple(Way(size, mirrored) for mirrored in (True, False) for size in SIZES)


def main() -> None:
    """Score what was not scored, time everything, draw the plot and print the table."""
    options = _options()
    use_one_arena()  # as the command does
    model = model_path(options.model)
    shipped = load(model, threads=1)
    dataset = held_out(open_dataset(options.data))
    of = {
        "model": shipped.fingerprint,
        "fast": load(model, threads=1, fast=True).fingerprint,
        "data": dataset.fingerprint(),
    }
    earlier = read_results(RESULTS)
    with tempfile.TemporaryDirectory() as folder:
        files = {way.name: changed(model, way, Path(folder)) for way in WAYS} | {FAST: model}
        if earlier.get("of") != of:
            once = Way(shipped.metadata.resize.size, mirrored=False).name
            earlier = {"of": of} | scored(dataset, files, once)
            write_results(RESULTS, earlier)
        times = timed(files, _photos(options.photos, options.many), options.rounds)
    metadata = shipped.metadata
    ways = {way.name: [way.size, way.mirrored] for way in WAYS}
    results = earlier | {
        "times": times,
        "ways": ways | {FAST: [metadata.resize.size, False]},
        "shipped": Way(metadata.resize.size, metadata.flips).name,
        "machine": machine(),
    }
    results = write_results(RESULTS, results)
    draw(PLOT, results)
    print(fill(PAGE, {"tradeoff": table(results)}))


def _options() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, help="a data folder whose pairs.csv has a split val")
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos to time on")
    parser.add_argument("--many", type=int, default=60, help="of these photos [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="that count [%(default)s]")
    parser.add_argument("--model", default="subject", help="[%(default)s]")
    return parser.parse_args()


def held_out(dataset: Dataset) -> Dataset:
    """The pairs whose split is val."""
    examples = tuple(one for one in dataset.examples if one.split == "val")
    if not examples:
        sys.exit(f"{dataset.root}: pairs.csv has no split val")
    return replace(dataset, examples=examples)


def changed(model: Path, way: Way, folder: Path) -> Path:
    """Write the model's network with the size of a way, and with the mirrored photo or without."""
    whole = (model / "model.onnx" if model.is_dir() else model).read_bytes()
    resize = asdict(load(model, threads=1).metadata.resize) | {"size": way.size}
    path = folder / f"{way.size}-{way.mirrored}.onnx"
    path.write_bytes(with_metadata(whole, {"resize": resize, "flips": way.mirrored}))
    return path


def scored(dataset: Dataset, files: Mapping[str, Path], once: str) -> dict[str, Any]:
    """Score all ways on the same photos.

    Args:
        dataset: the photos that judge.
        files: models by the name of the way.
        once: the name of the 32-bit way that `--fast` is compared with.

    Returns:
        The scores of each way, and the difference of `--fast` if both ways are there.
    """
    ways = {name: load(path, threads=1, fast=name == FAST) for name, path in files.items()}
    scores = score(dataset, ways)
    by_way = {
        one.name: {
            "photos": len(one.rows),
            "iou": one.summary.iou,
            "interval": one.intervals["iou"],
            "boundary_f": one.summary.boundary_f,
        }
        for one in scores.methods
    }
    pairs = [one for one in scores.comparisons if (one.first, one.second) == (FAST, once)]
    changes = {
        one.figure: [100 * value for value in (one.difference, one.low, one.high)]
        for one in pairs
        if one.figure in ("iou", "boundary_f")
    }
    return {"scores": by_way, "fast": {"against": once, "points": changes} if changes else None}


def timed(files: Mapping[str, Path], photos: Sequence[Path], rounds: int) -> dict[str, Any]:
    """Milliseconds a photo of each way, file to file, in turns; the first round does not count."""
    cv2.setNumThreads(1)
    spent: dict[str, list[float]] = {name: [] for name in files}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        for number in range(rounds + 1):
            for name, path in files.items():
                begin = time.perf_counter()
                result = predict(photos, out, model=path, threads=THREADS, fast=name == FAST)
                seconds = time.perf_counter() - begin
                assert not result.failed
                shutil.rmtree(out)
                if number:
                    spent[name].append(1000 * seconds / len(photos))
            print(f"timed, round {number} of {rounds}", flush=True)
    return {"photos": len(photos), "threads": THREADS, "milliseconds": spent}


def _photos(folder: Path, many: int) -> list[Path]:
    """Some photos of a folder, always the same ones."""
    photos = sorted(path for path in folder.iterdir() if path.is_file())
    return photos[:: max(1, len(photos) // many)][:many]


def table(results: Mapping[str, Any]) -> str:
    """The plot and all ways as Markdown; what is shipped is bold."""
    rows = []
    for name, (size, mirrored) in results["ways"].items():
        score = results["scores"][name]
        low, high = score["interval"]
        cells = [
            f"{size}, `--fast`" if name == FAST else str(size),
            "yes" if mirrored else "no",
            f"{score['iou']:.4f} ({low:.3f} to {high:.3f})",
            f"{score['boundary_f']:.3f}",
            f"{median(results['times']['milliseconds'][name]):.1f}",
        ]
        rows.append([f"**{cell}**" for cell in cells] if name == results["shipped"] else cells)
    heads = ["pixels", "mirrored too", "mean IoU, 95 % interval", "boundary F"]
    lines = [_PICTURE, "", markdown_table([*heads, "milliseconds a photo"], rows)]
    fast = results.get("fast")
    if fast is not None:
        said = []
        for what, (points, low, high) in zip(
            ("IoU", "boundary F"), fast["points"].values(), strict=True
        ):
            reach = f"95 % interval {low:+.2f} to {high:+.2f}"
            said.append(f"{points:+.2f} points of {what} ({reach})")
        lines += ["", f"`--fast` against {fast['against']}, on the same photos: {', '.join(said)}."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
