"""Which files a photo gives, and what is in them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

from maskwright.core import Image
from maskwright.data.photo import Photo
from maskwright.engine.segmentation import Segmentation
from maskwright.errors import DataError, UsageError
from maskwright.outputs.products import Saving, checked_kinds, products, read_background
from maskwright.refine.foreground import bounding_box

TWO = ("background", "foreground")


def segmented(classes: int = 2, icc: bytes | None = None) -> Segmentation:
    """A 40 x 60 photo segmented at half its size: its right half is foreground."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 60, 3)).astype(np.uint8)
    probs = np.full((20, 30, classes), 0.1 / (classes - 1), np.float32)
    probs[:, :15, 0] = 0.9
    probs[:, 15:, 1] = 0.9
    if classes > 2:
        probs[:, 15:, 0] = 0.1 / (classes - 1)
    return Segmentation(
        classes=TWO if classes == 2 else (*TWO, "other"),
        image=np.ascontiguousarray(pixels[::2, ::2]),
        probs=probs,
        size=(40, 60),
        read_photo=lambda: Photo(pixels, icc),
    )


def pictures(
    found: Segmentation, saving: Saving, classes: tuple[str, ...] = TWO
) -> dict[str, Pictures.Image]:
    makers = products("deep/a", classes, saving)
    return {path: Pictures.open(io.BytesIO(make(found))) for path, make in makers.items()}


def test_every_kind_lies_in_its_folder_at_the_photos_size() -> None:
    made = pictures(segmented(), Saving(("mask", "cutout", "overlay", "prob")))
    assert {name: (picture.mode, picture.size) for name, picture in made.items()} == {
        "masks/deep/a.png": ("L", (60, 40)),
        "cutouts/deep/a.png": ("RGBA", (60, 40)),
        "overlays/deep/a.jpg": ("RGB", (30, 20)),
        "probs/deep/a.png": ("I;16", (60, 40)),
    }


def test_mask_probability_and_alpha_agree() -> None:
    found = segmented()
    made = pictures(found, Saving(("mask", "cutout", "prob")))
    mask = np.asarray(made["masks/deep/a.png"])
    probability = np.asarray(made["probs/deep/a.png"]).astype(float) / 65535
    cutout = np.asarray(made["cutouts/deep/a.png"])
    np.testing.assert_array_equal(mask == 255, probability > 0.5)
    np.testing.assert_array_equal(cutout[:, :, 3] > 127, mask == 255)
    assert set(np.unique(cutout[:, [0, 59], 3])) == {0, 255}, "nothing shines through, but the edge"
    assert probability[0, 0] == pytest.approx(0.1, abs=1e-4), "the low end is not pulled to 0"
    assert probability[0, 59] == pytest.approx(0.9, abs=1e-4), "nor the high end to 1"


def test_several_classes_give_a_probability_file_each() -> None:
    classes = ("background", "red leaf", "../../etc")
    made = pictures(segmented(3), Saving(("mask", "prob")), classes)
    assert sorted(made) == [
        "masks/deep/a.png",
        "probs/deep/a.______etc.png",
        "probs/deep/a.background.png",
        "probs/deep/a.red_leaf.png",
    ]
    assert set(np.unique(np.asarray(made["masks/deep/a.png"]))) == {0, 1}


def test_class_names_that_look_alike_as_files_are_numbered() -> None:
    made = pictures(segmented(3), Saving(("prob",)), ("none", "A b", "a.b"))
    assert sorted(made) == [f"probs/deep/a.{name}.png" for name in ("0_none", "1_A_b", "2_a_b")]


def test_cropping_cuts_to_the_mask() -> None:
    made = pictures(segmented(), Saving(("cutout", "mask"), crop=True))
    assert made["cutouts/deep/a.png"].size == (30, 40)
    assert made["masks/deep/a.png"].size == (60, 40)


def test_a_background_replaces_transparency() -> None:
    colour = np.array([[[10, 200, 30]]], np.uint8)
    found = segmented()
    found.probs[:, :, 1] = np.linspace(0.3, 0.7, 30)
    found.probs[:, :, 0] = 1 - found.probs[:, :, 1]
    (picture,) = pictures(found, Saving(("cutout",), background=colour)).values()
    assert picture.mode == "RGB"
    pixels = np.asarray(picture).astype(float)
    (transparent,) = pictures(found, Saving(("cutout",))).values()
    object_colours = np.asarray(transparent)[:, :, :3]
    share = np.asarray(transparent)[:, :, 3:] / 255
    assert ((share > 0) & (share < 1)).any()
    expected = object_colours * share + colour * (1 - share)
    np.testing.assert_allclose(pixels, expected, atol=1.5)


def test_cutouts_keep_the_photo_where_it_is_opaque_and_lose_the_halo_elsewhere() -> None:
    found = segmented()
    probs = found.probs.copy()
    probs[:, :, 1] = np.clip(np.linspace(-4, 5, 30, dtype=np.float32), 0, 1)
    probs[:, :, 0] = 1 - probs[:, :, 1]
    (picture,) = pictures(replace(found, probs=probs), Saving(("cutout",))).values()
    pixels = np.asarray(picture)
    photo = found.read_photo().pixels
    for kept in (pixels[:, :, 3] == 255, pixels[:, :, 3] == 0):
        assert kept.any()
        np.testing.assert_array_equal(pixels[kept][:, :3], photo[kept])
    faint = (pixels[:, :, 3] > 0) & (pixels[:, :, 3] < 128)
    assert not np.array_equal(pixels[faint][:, :3], photo[faint])


@pytest.mark.parametrize(
    ("text", "colour"),
    [("white", (255, 255, 255)), ("#f80", (255, 136, 0)), ("rgb(1, 2, 3)", (1, 2, 3))],
)
def test_backgrounds_may_be_colours(text: str, colour: tuple[int, int, int]) -> None:
    assert read_background(text).tolist() == [[list(colour)]]


def test_backgrounds_may_be_photos(tmp_path: Path) -> None:
    image: Image = np.full((4, 6, 3), (9, 8, 7), np.uint8)
    Pictures.fromarray(image).save(tmp_path / "meadow.png")
    np.testing.assert_array_equal(read_background(tmp_path / "meadow.png"), image)


def test_backgrounds_that_are_neither_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello", encoding="utf-8")
    with pytest.raises(UsageError, match="neither a colour"):
        read_background("chartreusee")
    with pytest.raises(UsageError, match="transparent"):
        read_background("#11223344")
    with pytest.raises(DataError, match=r"text\.png"):
        read_background(tmp_path / "text.png")


def following(classes: int = 2) -> Segmentation:
    """A 60 x 90 photo whose outlines are followed; what is in its middle has another colour."""
    inside = np.zeros((60, 90), bool)
    inside[15:48, 30:70] = True
    pixels = np.where(inside[:, :, None], (200, 120, 60), (60, 130, 120)).astype(np.uint8)
    pixels += np.random.default_rng(0).integers(0, 20, pixels.shape, np.uint8)
    small = cv2.resize(inside.astype(np.float32), (30, 20), interpolation=cv2.INTER_AREA)
    found = np.asarray(cv2.GaussianBlur(small, (0, 0), 1), np.float32)
    share = np.linspace(0.5, 1, 30, dtype=np.float32)  # to the right less of it is a third class
    planes = [found] if classes == 2 else [found * share, found * (1 - share)]
    return Segmentation(
        classes=TWO if classes == 2 else (*TWO, "other"),
        image=np.ascontiguousarray(pixels[::3, ::3]),
        probs=np.dstack([1 - found, *planes]),
        size=(60, 90),
        read_photo=lambda: Photo(pixels),
        guided=True,
    )


@pytest.mark.parametrize("background", [None, np.array([[[10, 200, 30]]], np.uint8)])
@pytest.mark.parametrize("found", [segmented(), following()], ids=["bilinear", "following"])
def test_cropping_is_cutting_a_part_out(found: Segmentation, background: Image | None) -> None:
    whole, crop = (
        np.asarray(next(iter(pictures(found, Saving(("cutout",), background, crop)).values())))
        for crop in (False, True)
    )
    (mask,) = pictures(found, Saving(("mask",))).values()
    assert 0 < crop.size < whole.size
    np.testing.assert_array_equal(crop, whole[bounding_box(np.asarray(mask))])


def test_cutouts_follow_the_photo_as_masks_do() -> None:
    made = pictures(following(), Saving(("mask", "cutout")))
    mask = np.asarray(made["masks/deep/a.png"])
    alpha = np.asarray(made["cutouts/deep/a.png"])[:, :, 3]
    np.testing.assert_array_equal(mask == 255, alpha > 127)
    blind = pictures(replace(following(), guided=False), Saving(("mask",)))
    assert np.mean(mask != np.asarray(blind["masks/deep/a.png"])) > 0.005


def test_probabilities_of_classes_that_follow_the_photo_sum_to_1() -> None:
    found = following(3)
    made = pictures(found, Saving(("mask", "prob", "cutout")), ("none", "cat", "dog"))
    planes = [
        np.asarray(made[f"probs/deep/a.{name}.png"]).astype(float) / 65535
        for name in ("none", "cat", "dog")
    ]
    np.testing.assert_allclose(sum(planes), 1, atol=1e-4)
    best = np.sort(planes, axis=0)
    clear = best[2] - best[1] > 1e-4
    mask = np.asarray(made["masks/deep/a.png"])
    np.testing.assert_array_equal(mask[clear], np.argmax(planes, axis=0)[clear])
    alpha = np.asarray(made["cutouts/deep/a.png"])[:, :, 3] / 255
    sure = np.abs(planes[0] - 0.5) > 0.01
    np.testing.assert_array_equal((alpha > 0.5)[sure], (planes[0] < 0.5)[sure])


def test_a_photo_is_read_again_after_a_cutout_has_let_it_go() -> None:
    reads = []
    found = following()

    def read() -> Photo:
        reads.append(1)
        return found.read_photo()

    pictures(replace(found, read_photo=read), Saving(("mask", "cutout", "prob")))
    assert len(reads) == 2


def test_overlays_are_no_larger_than_there_is_use_for() -> None:
    image = np.zeros((30, 4000, 3), np.uint8)
    probs = np.zeros((30, 4000, 2), np.float32)
    found = Segmentation(TWO, image, probs, (30, 4000), lambda: Photo(image))
    (picture,) = pictures(found, Saving(("overlay",))).values()
    assert picture.size == (2048, 15)


def test_what_is_saved_is_checked() -> None:
    assert checked_kinds(["prob", "mask", "mask"]) == ("mask", "prob")
    for wrong in ([], ["mask", "video"], [""]):
        with pytest.raises(UsageError, match="choose mask, cutout, overlay, prob"):
            checked_kinds(wrong)
