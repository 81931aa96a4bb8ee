"""Tells strokes by their colours: any green is the object, any red the background.

Bright green and bright red count wherever they are. A duller green, such as the CSS colour `green`,
(0, 128, 0), may also be part of what lies under the strokes. So it counts only where somebody has
painted: where the picture differs from its plain canvas, or from the photo. A painted colour that
is neither is refused, because it was meant for something; mixtures along the edge of a stroke are
passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.seeds.priors import BACKGROUND, FOREGROUND, NONE
from maskwright.core import Image
from maskwright.data.masks.count import packed
from maskwright.errors import DataError

CURE = (
    "paint the object in bright green (0, 255, 0) and the background in bright red "
    "(255, 0, 0), or use the palette numbers 1 and 2"
)

Colours = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Pixels = tuple[NDArray[np.intp], ...]

_BRIGHT, _DARK = 192, 64
_SAME = 32  # two files may store one colour with this difference in each channel
_SIMILAR = 64  # the same for strokes, whose edges are soft
_CHANGED = 12  # the same at the working size, where pixels are averages
_DARKEST = 48
_GREENS, _REDS = (35, 83), (168, 12)  # hues in units of two degrees, as OpenCV has them
_GREEN_SATURATION, _RED_SATURATION = 48, 76  # of 255; greyer reds are pink
_SPECK = 8  # pixels
_SHARE, _BLURRED_SHARE = 0.02, 0.04  # of the painted pixels; less is an edge
_MOSTLY = 0.5
_SHIFT, _AREA = 24, 64
_MIXED = 40  # distance of a colour from the line between two others, of which it is a mixture
_SAMPLE = 50_000
_PURE = {
    FOREGROUND: np.array([0, 255, 0], np.uint8),
    BACKGROUND: np.array([255, 0, 0], np.uint8),
}


def bright_strokes(colours: Colours) -> NDArray[np.uint8]:
    """Return the stroke of each colour that is bright green or bright red: (..., 3) -> (...)."""
    bright, dark = colours >= _BRIGHT, colours <= _DARK
    found = np.full(colours.shape[:-1], NONE, np.uint8)
    found[dark[..., 0] & bright[..., 1] & dark[..., 2]] = FOREGROUND
    found[bright[..., 0] & dark[..., 1] & dark[..., 2]] = BACKGROUND
    return found


def strokes_by_hue(colours: Colours) -> NDArray[np.uint8]:
    """Return the stroke of each colour that is any green or any red: (N, 3) -> (N,)."""
    found = np.full(len(colours), NONE, np.uint8)
    if len(colours):
        hue, saturation, value = cv2.cvtColor(colours[None], cv2.COLOR_RGB2HSV)[0].T
        seen = value >= _DARKEST
        green = (hue >= _GREENS[0]) & (hue <= _GREENS[1]) & (saturation >= _GREEN_SATURATION)
        red = ((hue >= _REDS[0]) | (hue <= _REDS[1])) & (saturation >= _RED_SATURATION)
        found[green & seen], found[red & seen] = FOREGROUND, BACKGROUND
    return found


def painted_strokes(seen: Colours, visible: Flags, image: Image, name: str) -> NDArray[np.uint8]:
    """Find the strokes of a coloured picture.

    Args:
        seen: (H, W, 3) the picture.
        visible: (H, W), False where it is transparent.
        image: (h, w, 3) the photo at its working size.
        name: the picture's file, for messages.

    Returns:
        (H, W): 0 no stroke, 1 foreground, 2 background.

    Raises:
        DataError: a painted colour that is neither green nor red, or a dull one on a picture that
            is neither plain nor the photo, so that nothing tells what was painted.
    """
    strokes = bright_strokes(seen)
    strokes[~visible] = NONE
    height, width = image.shape[:2]
    small = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    change = cv2.absdiff(small, image).max(axis=2)
    if (change <= _SAME).mean() > _MOSTLY:
        bright = np.nonzero(strokes)
        unpainted = ~_differ(seen[bright], _under(bright, seen, image))
        strokes[bright[0][unpainted], bright[1][unpainted]] = NONE
        at, under = _painted_on_photo(seen, visible & (strokes == NONE), image, change)
    else:
        canvas = _canvas(seen, visible)
        if canvas is None:
            _refuse_dull(seen[_solid(seen) & visible], np.unique(strokes), name)
            return strokes
        at, under = _painted_on_canvas(seen, visible & (strokes == NONE), canvas), canvas
    if len(at[0]):
        known = np.unique(strokes[strokes != NONE])
        strokes[at] = found = _duller(seen[at], under, _solid(seen)[at], known, name)
        left = found == NONE
        if len(under) > 1:  # a photo may differ where nobody has painted
            left &= _are_shifted(seen[at], under[:, 0])
        _refuse_areas((at[0][left], at[1][left]), seen, name)
    return strokes


def _painted_on_photo(
    seen: Colours, candidates: Flags, image: Image, change: NDArray[np.uint8]
) -> tuple[Pixels, Colours]:
    """Pixels that differ from the photo, here and at its working size, and what is under them.

    At full size alone, the texture of a photo differs from its working copy everywhere.
    """
    rows, columns = (
        np.arange(full) * part // full
        for full, part in zip(seen.shape[:2], image.shape[:2], strict=True)
    )
    at = np.nonzero((change > _CHANGED)[rows[:, None], columns] & candidates)
    under = _under(at, seen, image)
    painted = _differ(seen[at], under)
    return (at[0][painted], at[1][painted]), under[painted]


def _painted_on_canvas(seen: Colours, candidates: Flags, canvas: Colours) -> Pixels:
    """Pixels that differ from the canvas; all of them if it has no colour, see `_canvas`."""
    for colour in canvas[0].astype(int):
        low, high = np.clip([colour - _SAME, colour + _SAME], 0, 255)
        candidates = candidates & (cv2.inRange(seen, low, high) == 0)
    rows, columns = np.nonzero(candidates)
    return rows, columns


def _under(at: Pixels, seen: Colours, image: Image) -> Colours:
    """The photo's colours under pixels of the picture, (N, 1, 3)."""
    (height, width), size = image.shape[:2], seen.shape[:2]
    return np.asarray(image[at[0] * height // size[0], at[1] * width // size[1]][:, None])


def _canvas(seen: Colours, visible: Flags) -> Colours | None:
    """The colour that nobody painted on a picture of its own, (1, M, 3); None if it is not plain.

    M is 0 where all that is visible is painted: on a transparent canvas, or on one that is filled
    with the colour of a stroke.
    """
    nothing = np.zeros((1, 0, 3), np.uint8)
    if visible.mean() < _MOSTLY:
        return nothing
    step = max(1, math.isqrt(visible.size // _SAMPLE))
    some = seen[::step, ::step][visible[::step, ::step]]
    _, where, counts = np.unique(packed(some), return_index=True, return_counts=True)
    main = some[where[counts.argmax()]][None]
    if _differ(some, main[None]).mean() > _MOSTLY:
        return None
    return nothing if strokes_by_hue(main)[0] != NONE else np.asarray(main[None], np.uint8)


def _differ(colours: Colours, under: Colours, most: int = _SAME) -> Flags:
    """Whether each colour, (N, 3), is another than all that may lie under it, (N or 1, M, 3)."""
    apart = np.abs(colours[:, None].astype(np.int16) - under).max(axis=2)
    return np.asarray((apart > most).all(axis=1))


def _solid(seen: Colours) -> Flags:
    """Whether the eight neighbours of each pixel have its colour: no edge has such pixels."""
    window = np.ones((3, 3), np.uint8)
    return np.asarray((cv2.erode(seen, window) == cv2.dilate(seen, window)).all(axis=2))


def _are_shifted(colours: Colours, under: Colours) -> Flags:
    """Whether colours, (N, 3), are those under them, shifted towards green or red."""
    shift = colours.astype(np.int16) - under
    highest, middle = np.sort(shift, axis=1)[:, :0:-1].T
    return np.asarray((highest - middle >= _SHIFT) & (shift.argmax(axis=1) < 2))


def _refuse_areas(left: Pixels, seen: Colours, name: str) -> None:
    """Refuse painted pixels that are no strokes, where they are wider than the edge of one."""
    area = np.zeros(seen.shape[:2], np.uint8)
    area[left] = 1
    inside = cv2.erode(area, np.ones((5, 5), np.uint8)) > 0
    if np.count_nonzero(inside) >= _AREA:
        middle = np.median(seen[inside], axis=0).astype(np.uint8)
        raise DataError(
            f"{name}: {np.count_nonzero(inside)} painted pixels have no one colour, such as "
            f"{_text(middle)}: paint with an opaque brush; {CURE}"
        )


def _refuse_dull(solid: Colours, known: NDArray[np.uint8], name: str) -> None:
    """Refuse a stroke that may be part of what lies under it, if no other is of its kind."""
    for colour, members, _ in _main_colours(solid, solid, np.ones(len(solid), bool), _SHARE):
        kind = strokes_by_hue(colour[None])[0]
        if kind not in (NONE, *known):
            raise DataError(
                f"{name}: {_text(colour)} may be a stroke or not, {len(members)} pixels: the "
                f"picture under the strokes is neither plain nor the photo; {CURE}"
            )


def _duller(
    colours: Colours, under: Colours, solid: Flags, known: NDArray[np.uint8], name: str
) -> NDArray[np.uint8]:
    """Return the strokes of painted pixels, (N,), none of them bright.

    Args:
        colours: (N, 3) what was painted.
        under: (N or 1, M, 3) on what.
        solid: (N,) see `_solid`.
        known: the kinds of strokes that are there in bright colours.
        name: the picture's file, for messages.

    Raises:
        DataError: a colour that is neither green nor red.
    """
    found = np.full(len(colours), NONE, np.uint8)
    kinds = strokes_by_hue(colours)
    strokes = [_PURE[kind] for kind in known.tolist()]
    # Of the same colour exactly; then, in files that blur them, nearly.
    for keys, share in ((colours, _SHARE), (colours // np.uint8(16), _BLURRED_SHARE)):
        left = np.flatnonzero(found == NONE)
        main = _main_colours(keys[left], colours[left], solid[left], share)
        groups = [
            (strokes_by_hue(colour[None])[0], colour, left[members], is_solid)
            for colour, members, is_solid in main
        ]
        # Greens and reds first: the others may be mixtures with them.
        for kind, colour, members, is_solid in sorted(groups, key=lambda one: one[0] == NONE):
            own = under[members] if len(under) > 1 else under
            if not is_solid and _are_mixtures(colours[members], own, strokes):
                continue
            if kind == NONE:
                raise DataError(
                    f"{name}: the painted colour {_text(colour)}, {len(members)} pixels, is "
                    f"neither green for the object nor red for the background: {CURE}"
                )
            most = _SAME if is_solid else _SIMILAR
            near = ~_differ(colours, colour[None, None], most) & (kinds == kind)
            found[near & (found == NONE)] = kind
            strokes.append(colour)
    return found


def _main_colours(
    keys: Colours, colours: Colours, solid: Flags, share: float
) -> Iterator[tuple[Colours, NDArray[np.intp], bool]]:
    """Yield colours that are more than specks and edges, with their pixels, most frequent first."""
    _, group, counts = np.unique(packed(keys), return_inverse=True, return_counts=True)
    least = max(_SPECK, share * len(colours))
    is_solid = np.bincount(group, weights=solid, minlength=len(counts)) >= _SPECK
    for one in sorted(
        np.flatnonzero(is_solid | (counts >= least)).tolist(), key=lambda one: -counts[one]
    ):
        members = np.flatnonzero(group == one)
        yield np.median(colours[members], axis=0).astype(np.uint8), members, bool(is_solid[one])


def _are_mixtures(colours: Colours, under: Colours, strokes: Sequence[Colours]) -> bool:
    """Whether most colours, (N, 3), mix a stroke with what lies under it, or two strokes."""
    one = colours.astype(np.float32)[:, None]
    mixed = np.zeros(len(colours), bool)
    for at, stroke in enumerate(strokes):
        others = np.array(strokes[:at], np.float32).reshape(1, -1, 3)
        ends = np.concatenate([under, np.repeat(others, len(under), axis=0)], axis=1)
        if not ends.shape[1]:
            continue
        way = stroke.astype(np.float32) - ends
        length = np.maximum((way**2).sum(axis=2), 1)
        share = np.clip(((one - ends) * way).sum(axis=2) / length, 0, 1)
        apart = np.sqrt(((one - ends - share[..., None] * way) ** 2).sum(axis=2))
        mixed |= (apart <= _MIXED).any(axis=1)
    return bool(mixed.mean() > _MOSTLY)


def _text(colour: Colours) -> str:
    return f"({', '.join(map(str, colour.tolist()))})"
