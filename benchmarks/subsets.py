"""Some pairs of a data folder, and data folders made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from maskwright.data.dataset import Dataset, Example
from maskwright.data.pairs.dataset_yaml import dataset_yaml
from maskwright.data.pairs.tables import PairRow, pairs_csv
from maskwright.data.write import PhotoFile, write_pair, write_tables


def chosen(dataset: Dataset, names: Iterable[str]) -> list[Example]:
    """Some examples of a data folder, in the order of the names."""
    by_name = {example.name: example for example in dataset.examples}
    return [by_name[name] for name in names]


def part_of(
    dataset: Dataset, names: Iterable[str], out: Path, groups: Mapping[str, str] | None = None
) -> Path:
    """Write some pairs as a data folder; photos are copied, masks become class indices.

    Args:
        dataset: has the pairs.
        names: of the pairs.
        out: the new data folder.
        groups: the group of each of them [default: none].
    """
    examples = chosen(dataset, names)
    for one in examples:
        photo = PhotoFile(one.image.suffix, one.image.read_bytes())
        write_pair(out, one.name, photo, dataset.load(one).mask, durable=False)
    rows = [PairRow(one.name, None if groups is None else groups[one.name]) for one in examples]
    tables = {"pairs.csv": pairs_csv(rows), "dataset.yaml": dataset_yaml(dataset.classes)}
    write_tables(out, tables)
    return out
