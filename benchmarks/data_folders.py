"""How the data folders of benchmarks are read, by the folder's name; most need no options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.doctor.fix import fix
from maskwright.data.folder import DataFolder
from maskwright.data.groups import group_sources

_OPTIONS: Mapping[str, dict[str, Any]] = {
    "davis100": {"groups": r"^(.+?)[\W_]*\d+$"},  # frames of one video
    "grabcut20": {"values": "0=background,255=foreground", "ignore": "128"},
    "wbc1_300": {"values": "0=background,128=cytoplasm,255=nucleus"},
}
_BLOCKS = {"isbi_membrane30": 5}
"""Sets with numbers as names, in which so many neighbours are of one source (slices of tissue)."""


def opened(data: Path) -> Dataset:
    """Open a data folder with its options."""
    return _in_blocks(open_dataset(_folder(data)), data)


def cleaned(data: Path, out: Path) -> Dataset:
    """Write a clean copy of a data folder, whose masks are class indices, and open it."""
    fix(_folder(data), out)
    return reopened(data, out)


def reopened(data: Path, out: Path) -> Dataset:
    """Open the clean copy that `cleaned` wrote."""
    return _in_blocks(open_dataset(out), data)


def _folder(data: Path) -> DataFolder:
    return DataFolder(data, **_OPTIONS.get(data.resolve().name, {}))


def _in_blocks(dataset: Dataset, data: Path) -> Dataset:
    block = _BLOCKS.get(data.resolve().name)
    if block is None:
        return dataset
    examples = tuple(
        replace(one, group=f"block {int(one.name) // block}", grouped=True)
        for one in dataset.examples
    )
    return replace(dataset, examples=examples, sources=group_sources(examples))
