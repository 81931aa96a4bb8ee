"""Write the demo's pairs as an ordinary data folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from maskwright.core import Pair
from maskwright.data.write import PhotoFile, jpeg, write_pair, write_tables
from maskwright.demo.album import Album, Background
from maskwright.demo.scenes import compose

_TOGETHER = 4  # at most so many objects of one kind in a scene


def write_pairs(pairs: Iterable[Pair], folder: Path) -> list[str]:
    """Write pairs as a data folder.

    Args:
        pairs: photos and masks of class indices.
        folder: where `images/`, `masks/` and `dataset.yaml` go.

    Returns:
        The pairs' names.
    """
    names = []
    for pair in pairs:
        photo = PhotoFile(".jpg", jpeg(pair.image, quality=92))
        write_pair(folder, pair.name, photo, pair.mask, durable=False)
        names.append(pair.name)
    write_tables(folder, {"dataset.yaml": "classes: [background, foreground]\n"})
    return names


def write_data(album: Album, folder: Path, *, scenes: int, seed: int) -> list[str]:
    """Write an album's whole photos and a number of scenes as a data folder.

    Args:
        album: objects and backgrounds.
        folder: as in `write_pairs`; `pairs.csv` groups pictures of the same object.
        scenes: how many to compose.
        seed: the same seed gives the same files.

    Returns:
        The pairs' names, those of the whole photos first.
    """
    made = list(_pairs(album, scenes, np.random.default_rng(seed)))
    names = write_pairs((pair for _, pair in made), folder)
    rows = zip(names, (group for group, _ in made), strict=True)
    lines = [("name", "group"), *rows]
    write_tables(folder, {"pairs.csv": "".join(f"{name},{group}\r\n" for name, group in lines)})
    return names


def _pairs(album: Album, scenes: int, rng: np.random.Generator) -> Iterator[tuple[str, Pair]]:
    """Yield each pair with its group; a split never separates pictures of the same object."""
    for photo in album.whole:
        yield photo.name, photo
    groups = sorted({cutout.group for cutout in album.cutouts})
    backgrounds: list[Background] = []
    for index in range(scenes):
        if not backgrounds:  # all of them, then all again in another order
            backgrounds = [album.backgrounds[k] for k in rng.permutation(len(album.backgrounds))]
        group = groups[index % len(groups)]
        kinds = [cutout for cutout in album.cutouts if cutout.group == group]
        count = int(rng.integers(1, min(len(kinds), _TOGETHER) + 1))
        chosen = [kinds[k] for k in rng.permutation(len(kinds))[:count]]
        background = backgrounds.pop()
        image, mask = compose(chosen, background, rng)
        place = background.name.replace(" ", "-")
        yield group, Pair(f"{group}-on-{place}-{index:02}", image, mask)
