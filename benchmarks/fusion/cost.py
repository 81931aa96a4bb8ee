"""What fusing adds to a photo, beside one `cv2.grabCut` of the same photo: milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from benchmarks.fusion.photos import box_of, case
from benchmarks.fusion.study import BUNDLED
from benchmarks.fusion.ways import FUSED, UNLEARNED, elsewhere
from benchmarks.peculiar import opened
from maskwright.classical.grabcut import grabcut
from maskwright.classical.siox import siox
from maskwright.core import Pair
from maskwright.fusion.method_outputs import run_classical
from maskwright.runtime.segmenter import load

SIZE = (375, 500)
PHOTOS, ROUNDS = 20, 3
PLAIN, WHOLE, OPENCV = "U-Net, a photo", "fused, a photo", "cv2.grabCut, 5 iterations"
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
        one = case(pair, plain).opinions
        runs: dict[str, Callable[[], object]] = {
            PLAIN: partial(plain, pair.image),
            WHOLE: partial(fused, pair.image),
            OPENCV: partial(_opencv, pair),
            ASKING: partial(run_classical, one.image, one.network, grabcut()),
            ASKING_SIOX: partial(run_classical, one.image, one.network, grabcut(), siox()),
        }
        for name, run in runs.items():
            taken.setdefault(name, []).append(min(_milliseconds(run) for _ in range(ROUNDS)))
        for name, fuse in ways.items():
            # A copy each time: opinions keep what was derived from them.
            copies = [partial(fuse, replace(one)) for _ in range(ROUNDS)]
            taken.setdefault(name, []).append(min(map(_milliseconds, copies)))
    return {
        "photos": len(pairs),
        "ms": {name: round(median(times), 3) for name, times in taken.items()},
        "added": _added(taken),
    }


def cost_table(found: Mapping[str, Any]) -> str:
    """Milliseconds of each part, and what is asked."""
    lines = ["| | ms |", "|---|---|"]
    lines += [f"| {name} | {ms:.1f} |" for name, ms in found["ms"].items() if ms >= 0.05]
    added = found["added"]
    lines.append(f"| **fusing adds** | **{added['ms']:.1f}** |")
    lines.append(f"| of one `cv2.grabCut` | {added['share']:.3f} |")
    return "\n".join(lines)


def _added(taken: Mapping[str, list[float]]) -> dict[str, float]:
    """What fusing adds to a photo, and which share of OpenCV's GrabCut that is; photo by photo."""
    added = [whole - plain for whole, plain in zip(taken[WHOLE], taken[PLAIN], strict=True)]
    shares = [more / one for more, one in zip(added, taken[OPENCV], strict=True)]
    return {"ms": round(median(added), 3), "share": round(median(shares), 4)}


def _opencv(pair: Pair) -> None:
    box = box_of(pair.mask)
    assert box is not None
    left, top, right, bottom = box
    labels = np.zeros(pair.mask.shape, np.uint8)
    rectangle = (left, top, right - left, bottom - top)
    background, foreground = np.zeros((2, 1, 65))
    cv2.grabCut(pair.image, labels, rectangle, background, foreground, 5, cv2.GC_INIT_WITH_RECT)


def _of_size(data: Path) -> list[Pair]:
    dataset = opened(data)
    found = []
    for example in dataset.examples:
        pair = dataset.load(example)
        if pair.mask.shape == SIZE and (pair.mask == 1).any():
            found.append(pair)
        if len(found) == PHOTOS:
            break
    return found


def _milliseconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - begin)
