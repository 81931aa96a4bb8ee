"""SIOX once more, slowly: one pixel, one colour, one node after another, from the description.

What the program computes level by level and plane by plane must come out the same.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from maskwright.classical.siox_colours import lab_of

LIMITS = (0.64, 1.28, 2.56)
THIRD = np.float32(0.33)

Point = tuple[float, float, float]


def leaves(points: list[Any], depth: int = 0) -> list[list[Any]]:
    """The k-d tree by plain recursion; a point is ((L, a, b), anything else)."""
    axis = depth % 3
    values = [point[0][axis] for point in points]
    low, high = min(values), max(values)
    if high - low <= LIMITS[axis]:
        return [points]
    middle = (low + high) / 2
    lower = [point for point in points if point[0][axis] <= middle]
    upper = [point for point in points if point[0][axis] > middle]
    return leaves(lower, depth + 1) + leaves(upper, depth + 1)


def mean(points: list[Point]) -> Point:
    first, second, third = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return first, second, third


def signature(pixels: list[Point]) -> list[Point]:
    """The two stages, over every single pixel."""
    fine = [
        (mean([colour for colour, _ in leaf]), len(leaf))
        for leaf in leaves([(colour, None) for colour in pixels])
    ]
    coarse = leaves(fine)
    large = [leaf for leaf in coarse if sum(size for _, size in leaf) >= 0.001 * len(pixels)]
    if not large:
        by_size = sorted(coarse, key=lambda leaf: -sum(size for _, size in leaf))
        large = by_size[:1000]
    return [mean([centroid for centroid, _ in leaf]) for leaf in large]


def nearest(colour: Point, centroids: list[Point]) -> float:
    """Squared distance to the nearest centroid."""
    return min(
        sum((one - other) ** 2 for one, other in zip(colour, centroid, strict=True))
        for centroid in centroids
    )


def decided(image: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """(H, W) bool: foreground, pixel by pixel, before anything is smoothed."""
    height, width = image.shape[:2]
    lab = lab_of(image.reshape(-1, 3)).reshape(height, width, 3)
    background, foreground = [], []
    for y in range(height):
        for x in range(width):
            if prior[y, x] <= 0.1:
                background.append(tuple(lab[y, x]))
            elif prior[y, x] >= 0.8:
                foreground.append(tuple(lab[y, x]))
    around = signature(background)
    inside = signature(foreground) if foreground else []
    found = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            if not 0.1 < prior[y, x] < 0.8:
                found[y, x] = prior[y, x] >= 0.8
                continue
            far = nearest(tuple(lab[y, x]), around)
            found[y, x] = nearest(tuple(lab[y, x]), inside) <= far if inside else far > 34.4064
    return found


def smooth(confidence: np.ndarray) -> np.ndarray:
    """Sweeps in place, to the right, to the left, down and up."""
    c = confidence.copy()
    height, width = c.shape
    for y in range(height):
        for x in range(width - 2):
            c[y, x] = THIRD * (c[y, x] + c[y, x + 1] + c[y, x + 2])
        for x in range(width - 1, 1, -1):
            c[y, x] = THIRD * (c[y, x - 2] + c[y, x - 1] + c[y, x])
    for x in range(width):
        for y in range(height - 2):
            c[y, x] = THIRD * (c[y, x] + c[y + 1, x] + c[y + 2, x])
        for y in range(height - 1, 1, -1):
            c[y, x] = THIRD * (c[y - 2, x] + c[y - 1, x] + c[y, x])
    return c / c.max() if c.max() > 0 else c


def around(confidence: np.ndarray, pick: Any) -> np.ndarray:
    """The lowest (min) or highest (max) of the 3 x 3 pixels."""
    height, width = confidence.shape
    result = np.empty_like(confidence)
    for y in range(height):
        for x in range(width):
            result[y, x] = pick(
                confidence[v, u]
                for v in range(max(0, y - 1), min(height, y + 2))
                for u in range(max(0, x - 1), min(width, x + 2))
            )
    return result


def components(confidence: np.ndarray) -> list[list[tuple[int, int]]]:
    """Areas of at least 0.5 that hang together by sides of pixels."""
    height, width = confidence.shape
    left = {(y, x) for y in range(height) for x in range(width) if confidence[y, x] >= 0.5}
    areas = []
    while left:
        queue, area = deque([min(left)]), []
        left.discard(queue[0])
        while queue:
            y, x = queue.popleft()
            area.append((y, x))
            for near in ((y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x)):
                if near in left:
                    left.discard(near)
                    queue.append(near)
        areas.append(area)
    return areas


def keep_components(confidence: np.ndarray, certain: np.ndarray, factor: float) -> np.ndarray:
    areas = components(confidence)
    kept = confidence.copy()
    largest = max(areas, key=len, default=[])
    for area in areas:
        held = any(certain[pixel] for pixel in area)
        if len(area) * factor < len(largest) and not held:
            for pixel in area:
                kept[pixel] = 0
    for pixel in largest:
        kept[pixel] = 1
    return kept


def mask(image: np.ndarray, prior: np.ndarray, *, smoothness: int = 3, factor: float = 4) -> Any:
    """(H, W) bool: what SIOX calls foreground, without colour filling."""
    certain = prior == 1
    c = decided(image, prior).astype(np.float32)
    c = keep_components(around(smooth(c), min), certain, factor)
    for _ in range(smoothness):
        c = smooth(c)
    c = keep_components((c >= 0.5).astype(np.float32), certain, factor)
    found = around(c, max) > 0
    found[prior == 0] = False
    found[prior == 1] = True
    return found
