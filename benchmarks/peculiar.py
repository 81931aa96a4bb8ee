"""What data folders do not say themselves, by the folder's name; all others need nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder


@dataclass(frozen=True)
class Peculiar:
    """What must be said of a data folder.

    Attributes:
        values, ignore, groups: as `--values`, `--ignore` and `--groups`.
        block: names are numbers, and so many neighbours are of one source.
    """

    values: str | None = None
    ignore: str | None = None
    groups: str | None = None
    block: int | None = None

    def folder(self, data: Path) -> DataFolder:
        """The data folder, with what must be said of it."""
        return DataFolder(data, values=self.values, ignore=self.ignore, groups=self.groups)


SETS: Mapping[str, Peculiar] = {
    "davis100": Peculiar(groups=r"^(.+?)[\W_]*\d+$"),  # frames of one video
    "grabcut20": Peculiar(values="0=background,255=foreground", ignore="128"),
    "isbi_membrane30": Peculiar(block=5),  # slices through one piece of tissue
    "wbc1_300": Peculiar(values="0=background,128=cytoplasm,255=nucleus"),
}


def peculiar(data: Path) -> Peculiar:
    """What must be said of a data folder."""
    return SETS.get(data.resolve().name, Peculiar())


def opened(data: Path) -> Dataset:
    """Open a data folder with all that must be said of it."""
    said = peculiar(data)
    return in_blocks(open_dataset(said.folder(data)), said.block)


def in_blocks(dataset: Dataset, block: int | None) -> Dataset:
    """Make so many neighbours one group, by the numbers that are their names."""
    if block is None:
        return dataset
    examples = tuple(
        replace(example, group=f"block {int(example.name) // block}")
        for example in dataset.examples
    )
    return replace(dataset, examples=examples)
