"""Milliseconds that fusing adds to a photo, beside one `cv2.grabCut` of the same photo."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from benchmarks.classical.cases import box_of
from benchmarks.classical.measure import REFERENCE, opencv
from benchmarks.data_folders import opened
from benchmarks.fusion.photos import case
from benchmarks.fusion.study import BUNDLED
from benchmarks.fusion.ways import FUSED, UNLEARNED, elsewhere
from benchmarks.markdown import markdown_table
from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import prior_from_boxes
from maskwright.classical.siox import siox
from maskwright.core import Pair
from maskwright.fusion.method_outputs import run_classical
from maskwright.runtime.segmenter import load

SIZE = (375, 500)
PHOTOS, ROUNDS = 20, 3
PLAIN, WHOLE, OPENCV = "U-Net, a photo", "fused, a photo", REFERENCE
ASKING, ASKING_SIOX = "asking GrabCut", "asking GrabCut and SIOX"


def costs(data: Path) -> dict[str, Any]:
    """Median milliseconds of photos of one size, all in one run with one thread.

    Args:
        data: a data folder; its first photos of `SIZE` count.
    """
    cv2.setNumThreads(1)
    pairs = _of_size(data)
    plain, fused = (load(BUNDLED, threads=1, fuse=fuse) for fuse in (False, True))
    ways = {**UNLEARNED, FUSED: elsewhere()[FUSED].fuse}
    taken: dict[str, list[float]] = {}
    for pair in pairs:
        one, box = case(pair, plain).outputs, box_of(pair.mask)
        assert box is not None
        runs: dict[str, Callable[[], object]] = {
            PLAIN: partial(plain, pair.image),
            WHOLE: partial(fused, pair.image),
            OPENCV: partial(opencv, pair.image, prior_from_boxes([box], *SIZE)),
            ASKING: partial(run_classical, one.image, one.network, grabcut()),
            ASKING_SIOX: partial(run_classical, one.image, one.network, grabcut(), siox()),
        }
        for name, run in runs.items():
            taken.setdefault(name, []).append(min(_milliseconds(run) for _ in range(ROUNDS)))
        for name, fuse in ways.items():
            # A copy each time: outputs cache their derived planes.
            copies = [partial(fuse, replace(one)) for _ in range(ROUNDS)]
            taken.setdefault(name, []).append(min(map(_milliseconds, copies)))
    return {
        "photos": len(pairs),
        "ms": {name: round(median(times), 3) for name, times in taken.items()},
        "added": _added(taken),
    }


def cost_table(found: Mapping[str, Any]) -> str:
    """Milliseconds of each part, and of all that fusing adds."""
    rows = [[name, f"{ms:.1f}"] for name, ms in found["ms"].items() if ms >= 0.05]
    added = found["added"]
    rows.append(["**fusing adds**", f"**{added['ms']:.1f}**"])
    rows.append(["of one `cv2.grabCut`", f"{added['share']:.3f}"])
    return markdown_table(["", "ms"], rows)


def _added(taken: Mapping[str, list[float]]) -> dict[str, float]:
    """Milliseconds added to a photo, and their share of OpenCV's GrabCut, paired by photo."""
    added = [whole - plain for whole, plain in zip(taken[WHOLE], taken[PLAIN], strict=True)]
    shares = [more / one for more, one in zip(added, taken[OPENCV], strict=True)]
    return {"ms": round(median(added), 3), "share": round(median(shares), 4)}


def _of_size(data: Path) -> list[Pair]:
    dataset = opened(data)
    pairs = map(dataset.load, dataset.examples)
    found = (pair for pair in pairs if pair.mask.shape == SIZE and (pair.mask == 1).any())
    return list(islice(found, PHOTOS))


def _milliseconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - begin)
