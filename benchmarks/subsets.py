"""Some pairs of a data folder, and data folders made of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from maskwright.data.dataset import Dataset, Example
from maskwright.data.tables import PairRow, dataset_yaml, pairs_csv


def chosen(dataset: Dataset, names: Iterable[str]) -> list[Example]:
    """Some examples of a data folder, in the order of the names."""
    by_name = {example.name: example for example in dataset.examples}
    return [by_name[name] for name in names]


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
    rows = [PairRow(name, None if groups is None else groups[name]) for name in names]
    for example in chosen(dataset, (row.name for row in rows)):
        _copy(example, out)
    (out / "pairs.csv").write_text(pairs_csv(rows), encoding="utf-8")
    (out / "dataset.yaml").write_text(dataset_yaml(dataset.classes), encoding="utf-8")
    return out


def _copy(example: Example, out: Path) -> None:
    for kind, path in (("images", example.image), ("masks", example.mask)):
        target = out / kind / f"{example.name}{path.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
