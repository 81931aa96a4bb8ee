"""Colours of masks: classes, soft edges, and what may be either."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PilImage
from PIL import ImageDraw

from maskwright.data.masks.count import count
from maskwright.data.masks.decide import judge_values
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.errors import DataError
from tests.support.masks import (
    BLACK,
    BLUE,
    RED,
    WHITE,
    Colour,
    Paint,
    decoded,
    disc,
    judged,
    painted,
    read,
    stored,
)

GREEN = (0, 255, 0)


def line(colour: Colour, x: int, width: int = 1) -> Paint:
    def paint(draw: ImageDraw.ImageDraw, scale: int) -> None:
        draw.line([x * scale, 0, (x + 9) * scale, 72 * scale], colour, width * scale)

    return paint


@pytest.mark.parametrize("ground", [BLACK, WHITE, (40, 90, 60)])
def test_shades_of_soft_edges_are_no_classes_and_counted_aloud(ground: Colour) -> None:
    soft = [painted(disc(RED, 36 + n), ground=ground) for n in range(4)]
    hard = [painted(disc(RED, 36 + n), ground=ground, scale=1) for n in range(4)]
    encoding, findings = judged([stored(mask) for mask in soft])
    assert encoding is not None and encoding.classes == ("background", "foreground")
    note = findings["soft-edges"]
    assert "pixels in 4 masks" in note.problem and len(note.files) == 4
    for mask, exact in zip(soft, hard, strict=True):
        labels = encoding.decode(read(stored(mask)))
        object_there = (np.asarray(exact) == RED).all(axis=2)
        assert (labels != object_there).mean() < 0.02


def test_an_edge_between_two_colours_is_no_third() -> None:
    masks = [stored(painted(disc(RED, 30), disc(BLUE, 60 + n))) for n in range(4)]
    encoding, _ = judged(masks)
    assert encoding is not None
    assert encoding.classes == ("background", "#0000ff", "#ff0000")


def test_purple_is_a_class_if_it_fills_areas() -> None:
    parts = (disc(RED, 30), disc(BLUE, 50), disc((128, 0, 128), 75, 50, 14))
    encoding, _ = judged([stored(painted(*parts))] * 3)
    assert encoding is not None and "#800080" in encoding.classes


def test_thin_and_small_things_stay_classes_among_soft_edges() -> None:
    thin = [painted(disc(RED, 30), line(GREEN, 70 + n, 2)) for n in range(4)]
    encoding, _ = judged([stored(mask) for mask in thin])
    assert encoding is not None and "#00ff00" in encoding.classes
    small = [np.array(painted(disc(RED, 30 + n))) for n in range(4)]
    for mask in small:
        mask[60:62, 80:83] = GREEN
    encoding, _ = judged([stored(PilImage.fromarray(mask)) for mask in small])
    assert encoding is not None and "#00ff00" in encoding.classes
    # A thin line has the colour of no edge, though it would be a blend of black and red.
    dark = [painted(disc(RED, 30), line((128, 0, 0), 70 + n), scale=1) for n in range(4)]
    encoding, _ = judged([stored(mask) for mask in dark])
    assert encoding is not None and "#800000" in encoding.classes


def test_one_shade_around_everything_is_asked_about_and_both_cures_work() -> None:
    rim = [painted(disc((128, 0, 0), 40, radius=19), disc(RED, 40, radius=18), scale=1)] * 3
    files = [stored(mask) for mask in rim]
    encoding, findings = judged(files)
    assert encoding is None
    cure = findings["doubtful-colours"].cure
    two, three = (part.split("'")[0] for part in cure.split("--values '")[1:])
    assert set(np.unique(decoded(files, values=two))) == {0, 1}
    assert set(np.unique(decoded(files, values=three))) == {0, 1, 2}


def test_palettes_of_shades_are_soft_edges() -> None:
    masks = []
    for n in range(4):
        shade = np.asarray(painted(disc(RED, 36 + n)))[..., 0] // 17
        image = PilImage.fromarray(shade, "P")
        image.putpalette([channel for value in range(16) for channel in (value * 17, 0, 0)])
        masks.append(stored(image))
    encoding, findings = judged(masks)
    assert encoding is not None and len(encoding.classes) == 2 and "soft-edges" in findings


def test_a_kept_encoding_takes_new_shades_and_no_new_colours() -> None:
    encoding, _ = judged([stored(painted(disc(RED), scale=1))] * 3)
    assert encoding is not None
    kept = MaskEncoding.from_json(encoding.to_json())
    soft = read(stored(painted(disc(RED))))
    assert set(np.unique(kept.decode(soft))) == {0, 1}
    assert [f.kind for f in judge_values(kept, {"a": count(soft)})] == ["soft-edges"]
    other = read(stored(painted(disc(RED, 30), disc((200, 200, 0), 70))))
    with pytest.raises(DataError, match="#c8c800"):
        kept.decode(other)
    faults = list(judge_values(kept, {"a": count(other)}))
    assert faults[0].severity == "error" and "'#c8c800'" in faults[0].cure


def test_levels_with_soft_edges_are_refused_with_ranges_that_work() -> None:
    masks = [
        stored(painted(disc((128, 128, 128), 30), disc(WHITE, 66 + n)).convert("L"))
        for n in range(3)
    ]
    encoding, findings = judged(masks)
    assert encoding is None
    values = findings["undecided-values"].cure.split("for soft edges --values ")[1].split(";")[0]
    assert values == "0-64=background,65-191=class1,192-255=class2"
    assert set(np.unique(decoded(masks, values=values))) == {0, 1, 2}


def test_without_a_zero_no_value_is_called_the_background() -> None:
    trimap = np.full((72, 96), 2, np.uint8)
    trimap[20:50, 30:70] = 3
    trimap[22:48, 32:68] = 1
    files = [stored(PilImage.fromarray(trimap))] * 3
    _, findings = judged(files)
    cure = findings["undecided-values"].cure
    assert "no value tells which it is" in cure and "1=background" not in cure
    assert "--values 2=background,1=class1 --ignore 3" in cure
    assert set(np.unique(decoded(files, values="2=background,1=pet", ignore="3"))) == {0, 1, 255}


def test_without_black_the_border_tells_the_background() -> None:
    large = [stored(painted(disc(RED, 40 + n, radius=34), ground=WHITE)) for n in range(3)]
    encoding, findings = judged(large)
    assert "#ffffff = background, #ff0000 = foreground" in findings["encoding"].problem
    assert encoding is not None and decoded(large)[0].mean() > 0.5


def test_nearly_the_same_colour_in_other_masks_is_one_class_or_said() -> None:
    shades = [(255, 0, 0), (250, 2, 4)]
    masks = [stored(painted(disc(shades[n % 2], 40 + n), scale=1)) for n in range(6)]
    encoding, findings = judged(masks)
    assert encoding is None
    cure = findings["mixed-masks"].cure
    same = "#000000=background,#fa0204=class1,#ff0000=class1"
    two = "#000000=background,#fa0204=class1,#ff0000=class2"
    assert f"--values '{same}'" in cure and f"--values '{two}'" in cure
    assert [np.unique(mask).tolist() for mask in decoded(masks, values=same)] == [[0, 1]] * 6
    numbers = [stored(painted(disc((n + 1, 0, 0)), scale=1)) for n in range(3)]
    assert judged(numbers)[0] is not None
    together = stored(painted(disc(shades[0], 30, radius=9), disc(shades[1], 70, radius=9)))
    assert judged([*masks, together])[0] is not None


def test_more_shades_than_soft_edges_make_are_refused_soon() -> None:
    rng = np.random.default_rng(0)
    masks = []
    for _ in range(12):
        mask = np.zeros((256, 256, 3), np.uint8)
        mask[60:200, 60:200] = RED
        at = rng.integers(0, 256, (2, 3000))
        mask[at[0], at[1]] = rng.integers(0, 256, (3000, 3))
        masks.append(stored(PilImage.fromarray(mask)))
    encoding, findings = judged(masks)
    assert encoding is None and "hundreds of colours" in findings["not-a-mask"].problem
