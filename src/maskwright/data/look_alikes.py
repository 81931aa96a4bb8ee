"""Find photos that show the same picture, judged by what tells the photos of this set apart.

Photos of a camera that never moves, of retinas or of steel strips have nearly everything in common.
So two photos are the same where they differ nowhere by more than compression does. Otherwise each
is compared with the photos most like it: what these have in common, their median, is taken away
from both, and what is left must agree. Resizing, compressing again, a change of brightness or the
loss of colours leave it as it was. The measurements behind the constants are in
docs/notebook/measurements.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.data.image_hash import ImageHash

NEIGHBOURS = 9
"""A photo is compared with this many others, those most like it; half of them may be copies."""

LIKENESS = 0.85
"""Look-alikes have at least this correlation, both compared with the neighbours of either."""

_LIKENESS_OF_TWO = 0.99  # two photos have no neighbours: compared as they are
_FLAT = 1.0  # grey levels; less contrast than this is not enlarged
_ASPECTS = 0.05  # of the logarithm: photos of another shape are other photos
_SPOT, _STILL = 16.0, 20.0
_SPOT_OF_TWO = 5.0
_HUE, _GREY = 12.0, 3.0
_SAME = 1.0, 3.0  # grey levels: where photos of the set differ little, and where much
_PART, _UPPER = 1 / 16, 75  # of the difference that three of four pairs do not exceed
_BRIGHTNESS = 64.0
_AT_ONCE = 256
_AROUND = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Said:
    """What a person said of a photo; look-alikes never join photos of which it differs.

    Attributes:
        group: None where nothing was said.
        split: "train" where nothing was said.
    """

    group: str | None = None
    split: str = "train"


@dataclass(frozen=True)
class LookAlikes:
    """Which photos of a set look alike.

    Attributes:
        first: of each photo, the index of the first one from which it differs nowhere.
        near: index pairs (i < j) of such first photos that look alike, the most alike first.
    """

    first: tuple[int, ...]
    near: tuple[tuple[int, int], ...]

    def sets(self, said: Sequence[Said] | None = None) -> list[list[int]]:
        """Sets of two or more photos in which every photo looks like every other.

        Nothing is chained: of a series in which each photo is like the next one, the first and
        the last are not in one set. The same photos give the same sets.

        Args:
            said: of each photo, what a person said [default: nothing].
        """
        nodes: dict[int, dict[Said, int]] = {}
        members: list[list[int]] = []
        for photo, first in enumerate(self.first):
            same = nodes.setdefault(first, {})
            key = Said() if said is None else said[photo]
            if key not in same:
                same[key] = len(members)
                members.append([])
            members[same[key]].append(photo)
        links = [link for same in nodes.values() for link in _agreeing(same, same)]
        for i, j in self.near:
            links += _agreeing(nodes[i], nodes[j])
        clusters = _complete_linkage(len(members), links)
        sets = [sorted(photo for node in nodes for photo in members[node]) for nodes in clusters]
        return sorted(photos for photos in sets if len(photos) > 1)


def look_alikes(hashes: Sequence[ImageHash]) -> LookAlikes:
    """Find the photos that look alike.

    The time is that of two products of matrices of (photos, 1024) and (1024, photos).
    """
    if not hashes:
        return LookAlikes((), ())
    levels = np.stack([one.thumbnail.ravel() for one in hashes])
    pictures, contrast = _normalised(levels)
    first = _first_same(hashes, pictures, contrast)
    distinct = [i for i, leader in enumerate(first) if leader == i]
    found = [
        (-likeness, distinct[i], distinct[j])
        for i, j, likeness in _near([hashes[i] for i in distinct], pictures[distinct])
    ]
    return LookAlikes(tuple(first), tuple((i, j) for _, i, j in sorted(found)))


def _first_same(
    hashes: Sequence[ImageHash], pictures: NDArray[np.float32], contrast: NDArray[np.float32]
) -> list[int]:
    """Of each photo, the first one from which it differs nowhere; that one is its own first."""
    most = _most_of_same(pictures, contrast)
    first = np.arange(len(hashes))
    for begin in range(0, len(hashes), _AT_ONCE):
        close = _differences(pictures, contrast, slice(begin, begin + _AT_ONCE)) <= most + 0.1
        for i, row in enumerate(close, begin):
            candidates = np.flatnonzero(row[:i])
            candidates = candidates[first[candidates] == candidates]
            apart = np.abs(pictures[candidates] - pictures[i]).max(axis=1, initial=0)
            apart *= np.sqrt(contrast[candidates] * contrast[i])
            same = (int(j) for j in candidates[apart <= most])
            first[i] = next((j for j in same if _same_frame(hashes[j], hashes[i])), i)
    return [int(i) for i in first]


def _most_of_same(pictures: NDArray[np.float32], contrast: NDArray[np.float32]) -> float:
    """Grey levels by which the same picture may differ somewhere, in such a set."""
    step = -(-len(pictures) // _AT_ONCE)
    usual = float(np.percentile(_differences(pictures, contrast, slice(None, None, step)), _UPPER))
    return min(max(usual * _PART, _SAME[0]), _SAME[1])


def _differences(
    pictures: NDArray[np.float32], contrast: NDArray[np.float32], some: slice
) -> NDArray[np.float32]:
    """Root mean square differences of some photos from all, in grey levels."""
    lengths = (pictures**2).sum(axis=1)
    squared = lengths[some, None] + lengths - 2 * pictures[some] @ pictures.T
    squared *= contrast[some, None] * contrast / pictures.shape[1]
    return np.asarray(np.sqrt(np.maximum(squared, 0)), np.float32)


def _same_frame(one: ImageHash, other: ImageHash) -> bool:
    """Whether two photos have one shape, about one brightness and the same hues."""
    brightness = abs(float(one.thumbnail.mean()) - float(other.thumbnail.mean()))
    same_shape = abs(np.log(one.aspect / other.aspect)) < _ASPECTS
    return bool(same_shape) and brightness < _BRIGHTNESS and not _other_colours(one, other)


def _near(
    hashes: Sequence[ImageHash], pictures: NDArray[np.float32]
) -> Iterator[tuple[int, int, float]]:
    """Index pairs of distinct photos that look alike, each with its likeness."""
    if len(hashes) < 2:
        return
    found = _likenesses(pictures)
    two = len(hashes) == 2
    least, spot = (_LIKENESS_OF_TWO, _SPOT_OF_TWO) if two else (LIKENESS, _SPOT)
    for (i, j), one in found.items():
        likeness = min(one, found.get((j, i), -1.0))
        if i > j or likeness < least or not _same_frame(hashes[i], hashes[j]):
            continue
        if not _other_object(hashes[i], hashes[j], spot):
            yield i, j, likeness


def _normalised(
    levels: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, P) grey levels, each row without its mean and of unit contrast; (N,) the contrasts."""
    levels = levels - levels.mean(axis=1, keepdims=True)
    contrast = np.maximum(levels.std(axis=1), np.float32(_FLAT))
    return np.asarray(levels / contrast[:, None], np.float32), np.asarray(contrast, np.float32)


def _likenesses(pictures: NDArray[np.float32]) -> dict[tuple[int, int], float]:
    """The correlation of each photo with each of its neighbours, less what these have in common."""
    count = min(NEIGHBOURS, len(pictures) - 1)
    lengths = (pictures**2).sum(axis=1)
    found: dict[tuple[int, int], float] = {}
    for begin in range(0, len(pictures), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        distances = lengths - 2 * pictures[some] @ pictures.T
        rows = np.arange(len(distances))
        distances[rows, begin + rows] = np.inf
        nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
        others = pictures[nearest]  # (photos, neighbours, P)
        common = np.median(others, axis=1) if count > 1 else np.zeros_like(pictures[some])
        own = pictures[some] - common
        others = others - common[:, None]
        norms = np.linalg.norm(own, axis=1)[:, None] * np.linalg.norm(others, axis=2)
        likeness = np.einsum("np,nkp->nk", own, others) / np.maximum(norms, 1e-6)
        for row, ones, values in zip(begin + rows, nearest, likeness, strict=True):
            found |= {(int(row), int(j)): float(v) for j, v in zip(ones, values, strict=True)}
    return found


def _other_colours(one: ImageHash, other: ImageHash) -> bool:
    """Whether two photos differ in hue; a grey version of a photo does not."""
    if min(np.abs(one.colours).mean(), np.abs(other.colours).mean()) < _GREY:
        return False
    return bool(np.abs(one.colours - other.colours).mean() > _HUE)


def _other_object(one: ImageHash, other: ImageHash, spot: float) -> bool:
    """Whether a thing is in one photo only, before a background that is the same in both.

    A pixel beyond all its neighbours in the other photo is no matter of resizing or of a small
    shift. Where a whole photo was changed, all of it differs, and not a spot alone.
    """
    levels = np.stack([one.thumbnail.ravel(), other.thumbnail.ravel()])
    pictures, contrast = _normalised(levels)
    a, b = (pictures * np.sqrt(contrast.prod())).reshape(2, *one.thumbnail.shape)
    beyond = max(
        float(max((x - cv2.dilate(y, _AROUND)).max(), (cv2.erode(y, _AROUND) - x).max()))
        for x, y in ((a, b), (b, a))
    )
    still = float(np.median(np.abs(a - b))) + 0.3  # levels that compression may change
    return beyond > spot and beyond > _STILL * still


def _agreeing(ones: dict[Said, int], others: dict[Said, int]) -> Iterator[tuple[int, int]]:
    """Pairs of nodes of which a person said nothing different."""
    for said, node in ones.items():
        if said.group is None:
            fitting = [other for key, other in others.items() if key.split == said.split]
        else:
            keys = (said, Said(None, said.split))
            fitting = [others[key] for key in keys if key in others]
        yield from ((node, other) for other in fitting if other != node)


def _complete_linkage(count: int, links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Merge nodes link by link, wherever all nodes of both sides are linked with each other."""
    linked: list[set[int]] = [set() for _ in range(count)]
    for i, j in links:
        linked[i].add(j)
        linked[j].add(i)
    clusters = [[node] for node in range(count)]
    of = list(range(count))
    for i, j in links:
        one, other = clusters[of[i]], clusters[of[j]]
        if one is other or not all(linked[node].issuperset(other) for node in one):
            continue
        for node in other:
            of[node] = of[i]
        one += other
        other.clear()
    return [cluster for cluster in clusters if cluster]
