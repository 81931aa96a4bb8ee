"""`augment`: write a data folder together with augmented copies of its pairs."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright._version import __version__
from maskwright.augmentation.augmenter import Augmenter, augmenter_of
from maskwright.augmentation.geometry import Fill
from maskwright.augmentation.output_folder import begin, is_made, partial_folder, refuse_other
from maskwright.augmentation.plan import Copy, Source, plan
from maskwright.augmentation.techniques import Technique, chosen, generator
from maskwright.core import Pair
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.decoding.decode import Header, read_header
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.tables import pairs_csv
from maskwright.data.threads import as_done, thread_count
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
from maskwright.locks import claimed

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_QUALITY = 95
_QUICK = 1  # PNG level of photos: higher ones take many times as long and save little


@dataclass(frozen=True)
class AugmentResult:
    """What was written.

    Attributes:
        out: the new data folder.
        pairs: number of pairs in it.
        originals: how many of these have copies.
        copies: how many of these are their copies.
        made: how many pairs this call wrote; the others were there from an earlier one.
        notes: what was decided about the data, one sentence each, for the user.
        warnings: what should be looked at in the data, one sentence each.
    """

    out: Path
    pairs: int
    originals: int
    copies: int
    made: int
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The result in one sentence, for the user."""
        earlier = self.pairs - self.made
        tail = f" ({earlier} were there already)" if earlier else ""
        return (
            f"{self.out}: {self.pairs} pairs, {self.copies} of them copies of {self.originals} "
            f"photos{tail}"
        )


def augment(
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
) -> AugmentResult:
    """Write a data folder's pairs together with augmented copies of them.

    OUT appears when it is complete. An interrupted call leaves OUT.partial, and the same call
    continues it. The files are byte for byte the same, whatever the number of workers.

    Args:
        data: the folder; a `DataFolder` also says how to read it.
        out: the new one; neither inside the data folder nor around it.
        copies: how many to make of each photo by each technique; of flips there is only one.
        techniques: prefixes or names of some of the six [default: all].
        seed: of everything random.
        fill: what is drawn beyond a photo's border, one of `FILLS` [default: reflect].
        like_keras: make them as Keras's ImageDataGenerator does; see `KerasLike`.
        workers: how many photos are augmented at once [default: all cores, at most 8].
        overwrite: replace `out` if it holds copies made with other options or other data.
        on_pair: called in this thread with the name of each pair once it is written, and the
            number of all pairs.

    Raises:
        DataError: the data cannot be used.
        UsageError: `out` holds anything else, another run is writing it, an option cannot be
            read, or the disk is full.
    """
    folder, out = DataFolder.of(data), Path(out)
    augmenter, picked = augmenter_of(fill, like_keras), chosen(techniques)
    workers = thread_count(workers)
    if copies < 1:
        raise UsageError(f"--copies {copies}: make one copy or more")
    part = partial_folder(out)
    for place in (out, part):
        check_place(folder.root, place)
    dataset = open_dataset(folder)
    augmenter.check(dataset.classes)
    sources = plan(dataset, picked, copies, augmenter)
    record = _record(dataset, picked, copies, seed, augmenter)
    names = [name for source in sources for name in source.names]
    rows = [row for source in sources for row in source.rows()]
    tables = {
        "pairs.csv": pairs_csv(rows),
        "dataset.yaml": augmenter.dataset_yaml(dataset.classes),
    }
    there = set(names)
    if overwrite or not is_made(out, record, names, tables):
        try:
            with claimed(out):
                if overwrite or not is_made(out, record, names, tables):
                    refuse_other(out, record, overwrite=overwrite)
                    there = begin(out, record, overwrite=overwrite)
                    job = _Job(dataset, augmenter, seed, part, there)
                    for source in as_done(job.written, sources, workers=workers):
                        if on_pair is not None:
                            for name in source.names:
                                on_pair(name, len(names))
                    write_tables(part, tables)
                    replace_folder(part, out)
        except OSError as error:
            room = "free some space and repeat the command, or " if error.errno in _FULL else ""
            raise UsageError(
                f"{out}: cannot be written ({error.strerror or error}): {room}choose another folder"
            ) from error
    return AugmentResult(
        out=out,
        pairs=len(names),
        originals=sum(bool(source.copies) for source in sources),
        copies=sum(len(source.copies) for source in sources),
        made=len(set(names) - there),
        notes=(*dataset.notes, *augmenter.notes, *_notes(sources)),
        warnings=dataset.warnings,
    )


@dataclass(frozen=True)
class _Job:
    """Writes pairs into the partial folder; the names in `there` are written already."""

    dataset: Dataset
    augmenter: Augmenter
    seed: int
    folder: Path
    there: set[str]

    def written(self, source: Source) -> Source:
        """Write the pairs of a source that are missing; returns the source."""
        missing = [name for name in source.names if name not in self.there]
        if missing:
            example = source.example
            header = read_header(example.image, self.dataset.limits)
            pair = self.dataset.load(example)
            if example.name in missing:
                photo = clean_photo(example.image, self.dataset.limits, self.dataset.bits)
                write_pair(self.folder, example.name, photo, self.augmenter.stored(pair.mask))
            for copy in source.copies:
                if copy.name in missing:
                    write_pair(self.folder, copy.name, *self._made(pair, copy, header))
        return source

    def _made(self, pair: Pair, copy: Copy, header: Header) -> tuple[PhotoFile, NDArray[np.uint8]]:
        rng = generator(self.seed, pair.name, copy.technique, copy.number)
        image, mask = self.augmenter.copied(pair, copy.technique, rng)
        if self.augmenter.may_be_jpeg and header.format in ("JPEG", "MPO"):
            photo = PhotoFile(".jpg", jpeg(image, quality=_QUALITY, subsampling="4:4:4"))
        else:
            photo = PhotoFile(".png", png(image, level=_QUICK))
        return photo, mask


def _record(
    dataset: Dataset, techniques: Sequence[Technique], copies: int, seed: int, augmenter: Augmenter
) -> dict[str, Any]:
    """Everything that decides what OUT holds, as plain values."""
    return {
        "maskwright": __version__,
        "seed": seed,
        "copies": copies,
        "techniques": [technique.prefix for technique in techniques],
        **augmenter.options,
        "data": dataset.fingerprint(),
    }


def _notes(sources: Sequence[Source]) -> list[str]:
    uncopied = [source.example for source in sources if not source.copies]
    copies = sum(example.parent is not None for example in uncopied)
    held_out = len(uncopied) - copies
    notes = []
    if copies:
        notes.append(f"{copies} photos are copies already: they are kept, but not copied again")
    if held_out:
        notes.append(
            f"{held_out} photos of val and test are kept without copies: a model must not be "
            "trained on copies of them"
        )
    return notes
