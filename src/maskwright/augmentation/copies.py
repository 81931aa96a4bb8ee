"""The paper's augmentation, written to disk: a data folder becomes a larger one."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright._version import __version__
from maskwright.augmentation.exact import Way
from maskwright.augmentation.geometry import Fill
from maskwright.augmentation.growing import begin, is_made, partial_folder, refuse_other
from maskwright.augmentation.plan import Copy, Source, plan
from maskwright.augmentation.techniques import Technique, chosen, generator
from maskwright.augmentation.ways import way_of
from maskwright.core import Pair
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.decode import Header, read_header
from maskwright.data.folder import DataFolder
from maskwright.data.tables import pairs_csv
from maskwright.data.threads import as_done
from maskwright.data.write import (
    PhotoFile,
    check_place,
    clean_photo,
    jpeg,
    png,
    write_pair,
    write_tables,
)
from maskwright.errors import UsageError
from maskwright.files import replace_folder

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_QUALITY = 95
_QUICK = 1  # PNG level of photos: higher ones take many times as long and save little


@dataclass(frozen=True)
class Augmented:
    """What was written.

    Attributes:
        out: the new data folder.
        pairs: number of pairs in it.
        originals: how many of these have copies.
        copies: how many of these are their copies.
        made: how many pairs this call wrote; the others were there from an earlier one.
        notes: what was decided about the data, one sentence each; to be said aloud.
    """

    out: Path
    pairs: int
    originals: int
    copies: int
    made: int
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What a person wants to know."""
        earlier = self.pairs - self.made
        tail = f" ({earlier} were there already)" if earlier else ""
        return (
            f"{self.out}: {self.pairs} pairs, {self.copies} of them copies of {self.originals} "
            f"photos{tail}"
        )

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "out": str(self.out),
            "pairs": self.pairs,
            "originals": self.originals,
            "copies": self.copies,
            "made": self.made,
            "notes": list(self.notes),
        }


def write_copies(
    data: str | Path | DataFolder,
    out: str | Path,
    *,
    copies: int = 1,
    techniques: Sequence[str] | None = None,
    seed: int = 0,
    fill: Fill | None = None,
    like_keras: bool = False,
    workers: int | None = None,
    overwrite: bool = False,
    on_pair: Callable[[str, int], None] | None = None,
) -> Augmented:
    """Write a data folder's pairs together with changed copies of them.

    OUT appears when it is whole. A call that was stopped leaves OUT.partial, and the same call
    goes on with it; in the end the files are the same bytes, whatever the number of workers.

    Args:
        data: the folder; a `DataFolder` also says how to read it.
        out: the new one; neither inside the data folder nor around it.
        copies: how many to make of each photo by each technique; of flips there is only one.
        techniques: prefixes or names of some of the six [default: all].
        seed: of everything random.
        fill: what is drawn beyond a photo's border, one of `FILLS` [default: reflect].
        like_keras: make them as Keras's ImageDataGenerator does; see `KerasLike`.
        workers: photos in work at once [default: all cores, at most 8].
        overwrite: replace `out` when it holds copies that were made otherwise.
        on_pair: called in this thread with the name of each pair that is there, and the number of
            all pairs.

    Raises:
        DataError: the data cannot be used.
        UsageError: `out` is something else, an option cannot be read, or the disk is full.
    """
    folder, out = DataFolder.of(data), Path(out)
    way, picked = way_of(fill, like_keras), chosen(techniques)
    if copies < 1:
        raise UsageError(f"--copies {copies}: make one copy or more")
    part = partial_folder(out)
    for place in (out, part):
        check_place(folder.root, place)
    dataset = open_dataset(folder)
    way.check(dataset.classes)
    sources = plan(dataset, picked, copies, way)
    record = _record(dataset, picked, copies, seed, way)
    names = [name for source in sources for name in source.names]
    there = set(names)
    rows = [row for source in sources for row in source.rows()]
    tables = {
        "pairs.csv": pairs_csv(rows),
        "dataset.yaml": way.dataset_yaml(dataset.classes),
    }
    if overwrite or not is_made(out, record, names, tables):
        refuse_other(out, record, overwrite=overwrite)
        try:
            there = begin(part, record, overwrite=overwrite)
            _Job(dataset, way, seed, part, there).run(sources, workers, on_pair)
            write_tables(part, tables)
            replace_folder(part, out)
        except OSError as error:
            room = "make room, and the same command goes on, or " if error.errno in _FULL else ""
            raise UsageError(
                f"{out}: cannot be written ({error.strerror or error}): {room}choose another folder"
            ) from error
    return Augmented(
        out=out,
        pairs=len(names),
        originals=sum(bool(source.copies) for source in sources),
        copies=sum(len(source.copies) for source in sources),
        made=len(set(names) - there),
        notes=(*dataset.notes, *way.notes, *_notes(sources)),
    )


@dataclass(frozen=True)
class _Job:
    """Writing pairs into the folder in which they grow; names in `there` are there already."""

    dataset: Dataset
    way: Way
    seed: int
    part: Path
    there: set[str]

    def run(
        self,
        sources: Sequence[Source],
        workers: int | None,
        on_pair: Callable[[str, int], None] | None,
    ) -> None:
        total = sum(len(source.names) for source in sources)
        for source in as_done(self._finished, sources, workers=workers):
            if on_pair is not None:
                for name in source.names:
                    on_pair(name, total)

    def _finished(self, source: Source) -> Source:
        missing = [name for name in source.names if name not in self.there]
        if missing:
            example = source.example
            header = read_header(example.image, self.dataset.limits)
            pair = self.dataset.load(example)
            if example.name in missing:
                photo = clean_photo(example.image, self.dataset.limits)
                write_pair(self.part, example.name, photo, self.way.stored(pair.mask))
            for copy in source.copies:
                if copy.name in missing:
                    write_pair(self.part, copy.name, *self._made(pair, copy, header))
        return source

    def _made(self, pair: Pair, copy: Copy, header: Header) -> tuple[PhotoFile, NDArray[np.uint8]]:
        rng = generator(self.seed, pair.name, copy.technique, copy.number)
        image, mask = self.way.copied(pair, copy.technique, rng)
        if self.way.may_be_jpeg and header.format in ("JPEG", "MPO"):
            photo = PhotoFile(".jpg", jpeg(image, quality=_QUALITY, subsampling="4:4:4"))
        else:
            photo = PhotoFile(".png", png(image, level=_QUICK))
        return photo, mask


def _record(
    dataset: Dataset, techniques: Sequence[Technique], copies: int, seed: int, way: Way
) -> dict[str, Any]:
    """All that decides what OUT holds, as plain values."""
    return {
        "maskwright": __version__,
        "seed": seed,
        "copies": copies,
        "techniques": [technique.prefix for technique in techniques],
        **way.options,
        "data": dataset.fingerprint(),
    }


def _notes(sources: Sequence[Source]) -> list[str]:
    spared = [source.example for source in sources if not source.copies]
    copies = sum(example.parent is not None for example in spared)
    guarded = len(spared) - copies
    notes = []
    if copies:
        notes.append(f"{copies} photos are copies already: they are kept, and not copied again")
    if guarded:
        notes.append(
            f"{guarded} photos of val and test are kept as they are: copies of them may not be "
            "trained on"
        )
    return notes
