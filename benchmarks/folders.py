"""Data folders made of some pairs of another one."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from maskwright.data.dataset import Dataset, Example
from maskwright.data.tables import PairRow, dataset_yaml, pairs_csv


def part_of(
    dataset: Dataset, names: Iterable[str], out: Path, groups: Mapping[str, str] | None = None
) -> Path:
    """Copy some pairs, whose masks are class indices.

    Args:
        dataset: where they are from.
        names: which pairs.
        out: the new data folder.
        groups: the group of each of them [default: none are named].
    """
    by_name = {example.name: example for example in dataset.examples}
    rows = [PairRow(name, None if groups is None else groups[name]) for name in names]
    for row in rows:
        _copy(by_name[row.name], out)
    (out / "pairs.csv").write_text(pairs_csv(rows), encoding="utf-8")
    (out / "dataset.yaml").write_text(dataset_yaml(dataset.classes), encoding="utf-8")
    return out


def _copy(example: Example, out: Path) -> None:
    for kind, path in (("images", example.image), ("masks", example.mask)):
        target = out / kind / f"{example.name}{path.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
