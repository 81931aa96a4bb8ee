"""What accuracy costs: the size at which the network sees photos, and the mirrored photo.

    scripts/bench tradeoff DATA --photos FOLDER [--model subject]

Scored on the pairs of DATA whose part is "val", which no test set shares; timed file to file on
the photos of FOLDER with two threads, all ways in turns. Scores that were made with this model and
this data are not made again; times are, for they belong to one run on a quiet machine. The plot
goes to docs/notebook/images/tradeoff.png, the table into docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from benchmarks.jobs import read_results
from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.tradeoff_plot import FAST, draw
from maskwright import predict
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.threads import cores
from maskwright.evaluation.methods import segmenter_method
from maskwright.evaluation.scoring import score_sources
from maskwright.files import write_json
from maskwright.runtime.allocator import use_one_arena
from maskwright.runtime.bundled import model_path
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.segmenter import load

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "tradeoff.json"
PAGE = HERE.parent / "docs" / "notebook" / "results.md"
PLOT = HERE.parent / "docs" / "notebook" / "images" / "tradeoff.png"
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
    """Score what was not scored, time everything, draw and print."""
    options = _options()
    use_one_arena()  # as the command does
    model = model_path(options.model)
    shipped = load(model, threads=1)
    dataset = held_out(open_dataset(options.data))
    asked = {
        "model": shipped.fingerprint,
        "fast": load(model, threads=1, fast=True).fingerprint,
        "data": dataset.fingerprint(),
    }
    earlier = read_results(RESULTS)
    with tempfile.TemporaryDirectory() as folder:
        files = {way.name: changed(model, way, Path(folder)) for way in WAYS} | {FAST: model}
        if earlier.get("of") != asked:
            once = Way(shipped.metadata.resize.size, mirrored=False).name
            earlier = {"of": asked} | scored(dataset, files, once)
            write_json(RESULTS, earlier)
        times = timed(files, _photos(options.photos, options.many), options.rounds)
    metadata = shipped.metadata
    results = earlier | {
        "times": times,
        "ways": {way.name: [way.size, way.mirrored] for way in WAYS}
        | {FAST: [metadata.resize.size, False]},
        "shipped": Way(metadata.resize.size, metadata.flips).name,
        "machine": machine(),
    }
    write_json(RESULTS, results)
    draw(PLOT, results)
    done = table(results)
    fill(PAGE, {"tradeoff": done})
    print(done)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="a data folder whose pairs.csv names a part val")
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos to time on")
    parser.add_argument("--many", type=int, default=60, help="of these photos [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="that count [%(default)s]")
    parser.add_argument("--model", default="subject", help="[%(default)s]")
    return parser.parse_args()


def held_out(dataset: Dataset) -> Dataset:
    """The pairs whose part is val."""
    examples = tuple(one for one in dataset.examples if one.split == "val")
    if not examples:
        sys.exit(f"{dataset.root}: pairs.csv names no part val")
    return replace(dataset, examples=examples)


def changed(model: Path, way: Way, folder: Path) -> Path:
    """Write the model's network with another size and the mirrored photo or not."""
    whole = (model / "model.onnx" if model.is_dir() else model).read_bytes()
    resize = load(model, threads=1).metadata.resize.to_json() | {"size": way.size}
    path = folder / f"{way.size}-{way.mirrored}.onnx"
    path.write_bytes(with_metadata(whole, {"resize": resize, "flips": way.mirrored}))
    return path


def scored(dataset: Dataset, files: Mapping[str, Path], once: str) -> dict[str, Any]:
    """Score all ways on the same photos.

    Args:
        dataset: the photos that judge.
        files: models by the name of the way.
        once: the way that does in 32 bits what `--fast` does in 8.

    Returns:
        The scores of each way, and what the 8 bits change where both ways are there.
    """
    sources = {
        name: segmenter_method(load(path, threads=1, fast=name == FAST), dataset)
        for name, path in files.items()
    }
    scores = score_sources(dataset, sources, workers=cores())
    by_way = {
        one.name: {
            "photos": len(one.rows),
            "iou": one.summary.iou,
            "interval": one.intervals["iou"],
            "boundary_f": one.summary.boundary_f,
            "by_photo": {row.name: round(row.iou, 5) for row in one.rows},
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
                    spent[name].append(round(1000 * seconds / len(photos), 3))
            print(f"timed, round {number} of {rounds}", flush=True)
    return {"photos": len(photos), "threads": THREADS, "milliseconds": spent}


def _photos(folder: Path, many: int) -> list[Path]:
    """Some photos of a folder, always the same ones."""
    photos = sorted(path for path in folder.iterdir() if path.is_file())
    return photos[:: max(1, len(photos) // many)][:many]


def table(results: Mapping[str, Any]) -> str:
    """The plot and all ways, as Markdown; what is shipped is set in bold."""
    lines = [_PICTURE, ""] if results else []
    lines += [
        "| pixels | mirrored too | mean IoU, 95 % interval | boundary F | milliseconds a photo |",
        "|---|---|---|---|---|",
    ]
    for name, (size, mirrored) in results.get("ways", {}).items():
        score = results["scores"][name]
        low, high = score["interval"]
        spent = median(results["times"]["milliseconds"][name])
        cells = [
            f"{size}, `--fast`" if name == FAST else str(size),
            "yes" if mirrored else "no",
            f"{score['iou']:.4f} ({low:.3f} to {high:.3f})",
            f"{score['boundary_f']:.3f}",
            f"{spent:.1f}",
        ]
        if name == results["shipped"]:
            cells = [f"**{cell}**" for cell in cells]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, *_what_8_bits_change(results)])


def _what_8_bits_change(results: Mapping[str, Any]) -> list[str]:
    fast = results.get("fast")
    if fast is None:
        return []
    said = [
        f"{points[0]:+.2f} points of {what} (95 % interval {points[1]:+.2f} to {points[2]:+.2f})"
        for what, points in (
            ("IoU", fast["points"]["iou"]),
            ("boundary F", fast["points"]["boundary_f"]),
        )
    ]
    return ["", f"`--fast` against {fast['against']}, on the same photos: {', '.join(said)}."]


if __name__ == "__main__":
    main()
