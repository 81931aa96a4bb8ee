"""Trains one stage of the bundled model on several data folders at once.

Each folder holds images/ and masks/ with the same mask values, and may hold sources.csv (name,
set, annotation): where each photo is from. Of every source a part is held out, and photos whose
outlines were drawn with more care are drawn more often. The folders become one beside the model,
MODEL-data, so that the trainer needs to know nothing of this.
"""

from __future__ import annotations

import argparse
import csv
import logging
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from maskwright.data.dataset import Dataset, Example, open_dataset
from maskwright.data.pairs.tables import PairRow, pairs_csv
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.training.train import train

WEIGHTS = {
    "VOC": 3.0,  # the finest outlines, and few
    "SBD": 1.0,
    "CCP": 0.8,  # one person in the middle of the street: never more than a quarter of all
}
"""How often a photo is drawn, by how its outline was drawn; 1 for every other."""

_HELD_OUT = 80
"""Photos of each source that are held out, or a sixth of a small source."""

_SOURCES = "sources.csv"
_log = logging.getLogger("train-bundled")


@dataclass(frozen=True)
class Origin:
    """Where a photo is from: which collection, and how its outline was drawn."""

    collection: str
    annotation: str

    @property
    def kind(self) -> str:
        """What it is held out with."""
        return f"{self.collection}/{self.annotation}"


def main() -> None:
    """Merge the folders, and train."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    keep_freed_memory()
    cv2.setNumThreads(1)
    merged = arguments.output.with_name(arguments.output.name + "-data")
    if not (merged / "pairs.csv").exists():
        merge(arguments.data, merged, arguments.seed)
    result = train(
        merged,
        arguments.output,
        recipe="long",
        start=arguments.start,
        size=arguments.size,
        augment=arguments.augment,
        steps=arguments.steps,
        seed=arguments.seed,
        threads=arguments.threads,
        resume=arguments.resume,
    )
    print(result.sentence)


def merge(folders: Sequence[Path], out: Path, seed: int) -> None:
    """Make one data folder of several, with the part and the weight of each pair."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "images").mkdir(parents=True)
    (out / "masks").mkdir()
    origins: dict[str, Origin] = {}
    for folder in folders:
        said = read_origins(folder)
        for example in open_dataset(folder).examples:
            if example.name in origins:
                raise SystemExit(f"{folder}: {example.name} is in another folder too")
            origins[example.name] = said.get(example.name, Origin(folder.name, "other"))
            shutil.copyfile(example.image, out / "images" / example.image.name)
            shutil.copyfile(example.mask, out / "masks" / example.mask.name)
    dataset = open_dataset(out)
    held = held_out(dataset, origins, seed)
    rows = [_row(example, origins[example.name], held) for example in dataset.examples]
    write_origins(out, origins)
    (out / "pairs.csv").write_text(pairs_csv(rows), encoding="utf-8")
    drawn: dict[str, float] = defaultdict(float)
    for row in rows:
        if row.split == "train":
            drawn[origins[row.name].kind] += row.weight or 1
    whole = sum(drawn.values())
    for kind, weight in sorted(drawn.items(), key=lambda item: -item[1]):
        _log.info("%-28s %5.1f %% of what is drawn", kind, 100 * weight / whole)


def held_out(dataset: Dataset, origins: Mapping[str, Origin], seed: int) -> set[str]:
    """Names of the photos to hold out: of each kind some, near-duplicates together."""
    together: dict[str, list[str]] = defaultdict(list)
    for name, source in dataset.sources.items():
        together[source].append(name)
    kinds = Counter(origins[name].kind for name in dataset.sources)
    left = {kind: min(_HELD_OUT, count // 6) for kind, count in kinds.items()}
    held: set[str] = set()
    for source in np.random.default_rng(seed).permutation(sorted(together)):
        names = together[str(source)]
        if all(left[origins[name].kind] > 0 for name in names):
            held.update(names)
            for name in names:
                left[origins[name].kind] -= 1
    return held


def read_origins(folder: Path) -> dict[str, Origin]:
    """Where each photo of a folder is from, by its name; nothing where sources.csv is missing."""
    table = folder / _SOURCES
    if not table.exists():
        return {}
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["name"]: Origin(row["set"], row.get("annotation") or "other") for row in rows}


def write_origins(folder: Path, origins: Mapping[str, Origin]) -> None:
    """Write the sources.csv that `read_origins` reads."""
    with (folder / _SOURCES).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("name", "set", "annotation"))
        table.writerows((name, one.collection, one.annotation) for name, one in origins.items())


def _row(example: Example, origin: Origin, held: set[str]) -> PairRow:
    part = "val" if example.name in held else "train"
    return PairRow(example.name, split=part, weight=WEIGHTS.get(origin.annotation, 1.0))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path, metavar="DATA")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MODEL")
    parser.add_argument("--from", dest="start", default="imagenet", metavar="START")
    parser.add_argument("--size", type=int)
    parser.add_argument("--augment", help="as of `maskwright train`")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--resume", action="store_true")
    return parser


if __name__ == "__main__":
    main()
