"""What large photos add to a training: its data part, on photos enlarged to 12 megapixels.

    scripts/bench decoding TRAIN

Enlarges all pairs of a data folder to 4,000 pixels on the long side, saves them as a camera would
(JPEG photos, PNG masks), and times what `maskwright train` does before its first step: opening,
splitting by source, the fingerprint, decoding and shrinking. The same on the photos as they are.
docs/notebook/results.md quotes the figures.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import cv2

from benchmarks.command import parser_of
from benchmarks.machine import machine
from benchmarks.result_files import FOLDER, write_results
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import open_dataset
from maskwright.data.split import holdout

LONG_SIDE, NETWORK_SIZE = 4000, 320


def main() -> None:
    """Measure, then print the figures."""
    options = parser_of(__doc__, "train").parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = enlarged(options.train, Path(folder) / "large")
        figures = {
            "pairs": len(open_dataset(options.train).examples),
            "seconds_as_they_are": round(seconds(options.train, Path(folder) / "a"), 2),
            "seconds_at_12_megapixels": round(seconds(large, Path(folder) / "b"), 2),
        }
    write_results(FOLDER / "decoding.json", {**figures, "machine": machine()})
    print(json.dumps(figures, indent=1))


def enlarged(data: Path, out: Path) -> Path:
    """Write the data folder with every photo and mask enlarged."""
    for kind, ending, how in (
        ("images", ".jpg", cv2.INTER_CUBIC),
        ("masks", ".png", cv2.INTER_NEAREST),
    ):
        (out / kind).mkdir(parents=True)
        for path in sorted((data / kind).iterdir()):
            picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            scale = LONG_SIDE / max(picture.shape[:2])
            grown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
            cv2.imwrite(str(out / kind / (path.stem + ending)), grown)
    return out


def seconds(data: Path, disk: Path) -> float:
    """Time everything that training does with a data folder before its first step."""
    begin = time.perf_counter()
    dataset = open_dataset(data)
    split = holdout(dataset, fraction=0.1, seed=0)
    wanted = {*split.train, *split.val}
    examples = [example for example in dataset.examples if example.name in wanted]
    load_pairs(dataset, examples, long_side=2 * NETWORK_SIZE, disk=disk)
    dataset.fingerprint()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
