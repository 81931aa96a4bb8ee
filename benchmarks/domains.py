"""Small data sets of special fields, each split into two fixed halves by source."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data_folders import cleaned
from benchmarks.subsets import part_of
from maskwright.data.split import holdout

SEED = 0
"""Seed of the draw of sources for the test half."""


@dataclass(frozen=True)
class Halves:
    """Data folders of both halves, and the fingerprint of the whole."""

    train: Path
    test: Path
    fingerprint: str


def halved(data: Path, out: Path) -> Halves:
    """Write clean copies of both halves of a data folder, always the same ones.

    Args:
        data: a data folder, read as `data_folders` says.
        out: the folder of `train` and `test`; it is replaced.
    """
    shutil.rmtree(out, ignore_errors=True)
    whole = cleaned(data, out / "whole")
    split = holdout(whole, fraction=0.5, seed=SEED)
    groups = {name: whole.sources[name] for name in split.val}
    halves = Halves(
        # No groups here: training would hold out whole ones for a figure that is not used.
        train=part_of(whole, split.train, out / "train"),
        test=part_of(whole, split.val, out / "test", groups),
        fingerprint=whole.fingerprint(),
    )
    shutil.rmtree(whole.root)
    return halves
