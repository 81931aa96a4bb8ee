"""Small data sets of special fields, each split into two fixed halves by source."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.data.dataset import Dataset, Example, open_dataset
from maskwright.data.fix import fix
from maskwright.data.split import holdout
from maskwright.data.tables import PairRow, pairs_csv

SEED = 0
"""Of the sources that are drawn for the test half."""


@dataclass(frozen=True)
class Peculiar:
    """What a data folder does not say itself.

    Attributes:
        values: as `--values`.
        block: names are numbers, and so many neighbours are of one source.
    """

    values: str | None = None
    block: int | None = None


SETS: Mapping[str, Peculiar] = {
    "wbc1_300": Peculiar(values="0=background,128=cytoplasm,255=nucleus"),
    "isbi_membrane30": Peculiar(block=5),  # slices through one piece of tissue
}
"""By the name of the folder; all others need nothing."""


@dataclass(frozen=True)
class Halves:
    """Data folders of both halves, and what tells them from others."""

    train: Path
    test: Path
    fingerprint: str


def halved(data: Path, out: Path) -> Halves:
    """Write clean copies of both halves of a data folder, always the same ones.

    Args:
        data: a data folder; `SETS` says what is peculiar about some.
        out: where `train` and `test` go; what is there is replaced.
    """
    shutil.rmtree(out, ignore_errors=True)
    peculiar = SETS.get(data.resolve().name, Peculiar())
    whole = _in_blocks(open_dataset(fix(data, out / "whole", values=peculiar.values).out), peculiar)
    split = holdout(whole, fraction=0.5, seed=SEED)
    test_groups = {name: whole.sources[name] for name in split.val}
    halves = Halves(
        train=_written(whole, split.train, out / "train", {}),
        test=_written(whole, split.val, out / "test", test_groups),
        fingerprint=whole.fingerprint(),
    )
    shutil.rmtree(out / "whole")
    return halves


def _in_blocks(dataset: Dataset, peculiar: Peculiar) -> Dataset:
    if peculiar.block is None:
        return dataset
    examples = tuple(
        replace(example, group=f"block {int(example.name) // peculiar.block}")
        for example in dataset.examples
    )
    return replace(dataset, examples=examples)


def _written(whole: Dataset, names: Sequence[str], out: Path, groups: Mapping[str, str]) -> Path:
    """One half. Groups are for the intervals of the test half: training would hold out whole
    ones for a figure that nobody reads here, and learn from that much less."""
    by_name = {example.name: example for example in whole.examples}
    for name in names:
        _copy(by_name[name], out)
    rows = [PairRow(name, groups.get(name)) for name in names]
    (out / "pairs.csv").write_text(pairs_csv(rows), encoding="utf-8")
    shutil.copy(whole.root / "dataset.yaml", out)
    return out


def _copy(example: Example, out: Path) -> None:
    for kind, path in (("images", example.image), ("masks", example.mask)):
        target = out / kind / f"{example.name}{path.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
