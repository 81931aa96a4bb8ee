"""Wrong masks rank first, correct masks of difficult photos do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from maskwright.core import VOID, Image, Mask, Probs
from maskwright.metrics.study_results import Suspect
from maskwright.study.edge_alignment import UNKNOWN, edge_alignment, without_void
from maskwright.study.suspects import PROBABLE, rank_suspects

HEIGHT, WIDTH, COUNT = 96, 128, 24


def scene(seed: int) -> tuple[Image, Mask]:
    """A bright ellipse somewhere on a dark, uneven ground."""
    rng = np.random.default_rng(seed)
    ground = cv2.resize(rng.integers(20, 100, (6, 8, 3), np.uint8), (WIDTH, HEIGHT))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    centre = (int(rng.integers(35, WIDTH - 35)), int(rng.integers(30, HEIGHT - 30)))
    axes = (int(rng.integers(14, 30)), int(rng.integers(12, 24)))
    cv2.ellipse(mask, centre, axes, int(rng.integers(0, 180)), 0, 360, (1,), -1)
    image = ground.copy()
    image[mask == 1] = rng.integers(150, 255, 3)
    return image.astype(np.uint8), mask


def seen(mask: Mask, seed: int) -> Probs:
    """What a fair model says of it: blurred, a little displaced, never quite sure."""
    rng = np.random.default_rng(seed)
    moved = np.roll(mask, rng.integers(-3, 4, 2), (0, 1)).astype(np.float32)
    foreground = 0.05 + 0.9 * cv2.GaussianBlur(moved, (0, 0), 3)
    return np.stack([1 - foreground, foreground], axis=2).astype(np.float32)


@pytest.fixture(scope="module")
def photos() -> list[tuple[Image, Mask]]:
    return [scene(seed) for seed in range(COUNT)]


def ranked(
    photos: list[tuple[Image, Mask]],
    masks: dict[int, Mask],
    probs: dict[int, Probs] = {},  # noqa: B006
) -> tuple[Suspect, ...]:
    truths = [masks.get(n, mask) for n, (_, mask) in enumerate(photos)]
    says = [probs.get(n, seen(mask, n)) for n, (_, mask) in enumerate(photos)]
    names = [f"{n:02d}" for n in range(len(photos))]
    return ranked_lists(names, [image for image, _ in photos], says, truths)


def ranked_lists(
    names: list[str], images: list[Image], says: list[Probs], truths: list[Mask]
) -> tuple[Suspect, ...]:
    photos = zip(images, says, truths, strict=True)
    return rank_suspects(dict(zip(names, photos, strict=True)))


def test_right_masks_are_not_suspected(photos: list[tuple[Image, Mask]]) -> None:
    found = ranked(photos, {})
    assert len(found) == COUNT
    assert all(one.suspicion < PROBABLE for one in found)


def test_every_kind_of_spoilt_mask_is_found(photos: list[tuple[Image, Mask]]) -> None:
    masks = [mask for _, mask in photos]
    half = masks[7].copy()
    half[:, : int(np.median(np.nonzero(half)[1]))] = 0
    spoilt = {
        1: masks[2],
        2: masks[1],
        5: np.roll(masks[5], (19, 24), (0, 1)),
        6: (1 - masks[6]).astype(np.uint8),
        7: half,
    }
    found = ranked(photos, spoilt)
    assert {one.name for one in found[:5]} == {"01", "02", "05", "06", "07"}
    reasons = {one.name: one.reason for one in found}
    assert reasons["01"].startswith("swapped: this mask and the mask of 02")
    assert reasons["02"].startswith("swapped: this mask and the mask of 01")
    assert reasons["05"].startswith("shifted: it fits better")
    assert "further left" in reasons["05"] and "further up" in reasons["05"]
    assert reasons["06"].startswith("inverted")
    assert reasons["07"].startswith("unfinished")
    assert all(0 <= one.suspicion <= 1 for one in found)


def test_a_photo_that_the_model_finds_hard_is_less_suspect_than_a_wrong_mask(
    photos: list[tuple[Image, Mask]],
) -> None:
    """The same prediction and the same disagreement: the outline on the edges tells."""
    elsewhere = np.roll(photos[3][1], (0, WIDTH // 3), (0, 1))
    hard = ranked(photos, {}, {3: seen(elsewhere, 3)})
    wrong = ranked(photos, {3: elsewhere})
    by_name = {one.name: one.suspicion for one in hard}
    assert by_name["03"] + 0.1 < {one.name: one.suspicion for one in wrong}["03"]


def test_three_classes_can_be_swapped_too() -> None:
    made = []
    for seed in range(12):
        image, mask = scene(seed)
        mask[(mask == 1) & (np.arange(WIDTH) > np.median(np.nonzero(mask)[1]))] = 2
        image[mask == 2] = (200, 40, 40)
        made.append((image, mask))

    def says(mask: Mask) -> Probs:
        planes = [cv2.GaussianBlur((mask == n).astype(np.float32), (0, 0), 2) for n in range(3)]
        return (0.02 + 0.94 * np.stack(planes, axis=2)).astype(np.float32)

    truths = [mask for _, mask in made]
    truths[4], truths[9] = truths[9], truths[4]
    found = ranked_lists(
        [str(n) for n in range(12)], [i for i, _ in made], [says(mask) for _, mask in made], truths
    )
    assert {one.name for one in found[:2]} == {"4", "9"}
    assert found[0].reason.startswith("swapped")


def test_empty_full_and_void_masks_have_a_rank() -> None:
    image, mask = scene(0)
    truths = [np.full_like(mask, value) for value in (0, 1, VOID)]
    found = ranked_lists(list("abc"), [image] * 3, [seen(mask, 0)] * 3, truths)
    assert len(found) == 3
    assert all(np.isfinite(one.suspicion) for one in found)
    assert rank_suspects({}) == ()


@pytest.mark.parametrize("left", [0, 4])
def test_an_emptied_mask_of_a_small_object_is_suspected(
    photos: list[tuple[Image, Mask]], left: int
) -> None:
    """Most of the photo is right, and no outline can be beside its edges."""
    small = np.zeros((HEIGHT, WIDTH), np.uint8)
    small[50:62, 60:74] = 1
    image = photos[3][0]
    emptied = np.zeros_like(small)
    emptied[50, 60 : 60 + left] = 1
    probs = np.stack([1 - 0.9 * small, 0.9 * small], axis=2).astype(np.float32)
    found = ranked([*photos, (image, small)], {COUNT: emptied}, {COUNT: probs})
    assert found[0].name == f"{COUNT}"
    assert found[0].suspicion > PROBABLE
    what = "nearly empty" if left else "empty"
    assert found[0].reason.startswith(f"the mask is {what}, but the model finds an object on 1.4%")


def test_an_empty_mask_is_right_where_the_model_finds_nothing_for_sure(
    photos: list[tuple[Image, Mask]],
) -> None:
    empty = np.zeros((HEIGHT, WIDTH), np.uint8)
    doubt = np.full((HEIGHT, WIDTH, 2), (0.9, 0.1), np.float32)
    doubt[50:62, 60:74] = (0.4, 0.6)
    found = ranked([*photos, (photos[3][0], empty)], {}, {COUNT: doubt})
    assert next(one for one in found if one.name == f"{COUNT}").suspicion < PROBABLE


def test_a_mask_of_nearly_nothing_but_void_explains_no_other_photo(
    photos: list[tuple[Image, Mask]],
) -> None:
    masks = [mask for _, mask in photos]
    void = np.full((HEIGHT, WIDTH), VOID, np.uint8)
    nearly = void.copy()
    nearly[:6] = 0
    found = ranked(photos, {0: void, 4: nearly, 1: masks[2], 2: masks[1]})
    reasons = {one.name: one.reason for one in found}
    assert reasons["01"].startswith("swapped: this mask and the mask of 02")
    assert reasons["02"].startswith("swapped: this mask and the mask of 01")
    assert not any("mask of 00" in one or "mask of 04" in one for one in reasons.values())
    assert {one.name for one in found[:2]} == {"01", "02"}


def test_a_mask_that_is_void_but_for_one_side_is_not_moved_out_of_the_photo(
    photos: list[tuple[Image, Mask]],
) -> None:
    """Where hardly anything of it stays, anything fits."""
    striped = np.full((HEIGHT, WIDTH), VOID, np.uint8)
    striped[:, -16:] = 1
    found = ranked(photos, {6: striped})
    assert not next(one for one in found if one.name == "06").reason.startswith("shifted")


def test_an_outline_on_edges_fits_better_than_one_beside() -> None:
    image, mask = scene(1)
    right = edge_alignment(image, mask, classes=2)
    beside = edge_alignment(image, np.roll(mask, (10, 12), (0, 1)), classes=2)
    assert right > 2
    assert beside < 1
    assert edge_alignment(image, np.zeros_like(mask), classes=2) == UNKNOWN
    assert edge_alignment(np.full_like(image, 90), mask, classes=2) == UNKNOWN


def test_classes_meet_in_the_middle_of_a_void_band() -> None:
    mask = np.zeros((9, 11), np.uint8)
    mask[:, 3:8] = VOID
    mask[:, 8:] = 1
    filled = without_void(mask, 2)
    assert (filled[:, :5] == 0).all()
    assert (filled[:, 6:] == 1).all()
