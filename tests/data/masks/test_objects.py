"""Label images, in which values number objects."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image as PilImage

from tests.support.masks import decoded, judged, stored


def labels(seed: int, objects: int, first: int = 1, step: int = 1) -> np.ndarray:
    """(72, 96) uint16: discs in a grid, numbered from `first`."""
    rng = np.random.default_rng(seed)
    image = np.zeros((72, 96), np.uint16)
    cells = sorted(rng.permutation(12)[:objects])
    for number, cell in enumerate(cells):
        centre = 12 + 24 * int(cell % 4), 12 + 24 * int(cell // 4)
        cv2.circle(image, centre, int(rng.integers(5, 11)), (first + step * number,), -1)
    return image


def files(masks: list[np.ndarray]) -> list[bytes]:
    return [stored(PilImage.fromarray(mask)) for mask in masks]


COUNTS = [1, 3, 5, 2, 6, 4, 5, 3, 7, 2]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("step", [1, 10])
def test_numbers_of_objects_are_refused_and_the_cure_works(deep: bool, step: int) -> None:
    masks = [labels(seed, n, step, step) for seed, n in enumerate(COUNTS)]
    stored_masks = files(masks if deep else [mask.astype(np.uint8) for mask in masks])
    encoding, findings = judged(stored_masks)
    assert encoding is None
    assert "--values 0=background,1-254=foreground" in findings["object-numbers"].cure
    one_class = decoded(stored_masks, values="0=background,1-254=foreground")
    for mask, found in zip(masks, one_class, strict=True):
        np.testing.assert_array_equal(found, mask > 0)


def test_numbers_that_go_on_through_all_photos() -> None:
    masks = [labels(seed, n, 1 + 10 * seed).astype(np.uint8) for seed, n in enumerate(COUNTS)]
    assert judged(files(masks))[0] is None


def test_more_than_255_objects() -> None:
    masks = files([labels(seed, n, 250) for seed, n in enumerate(COUNTS)])
    encoding, findings = judged(masks)
    cure = findings["object-numbers"].cure
    assert encoding is None and "--values 0=background,1-65535=foreground" in cure
    assert set(np.unique(decoded(masks, values="0=background,1-65535=foreground"))) == {0, 1}
    _, findings = judged(masks, values="0=background,1-254=foreground,255=other")
    assert "up to 256" in findings["unknown-values"].problem


def test_one_photo_of_many_objects_is_enough() -> None:
    assert judged(files([labels(0, 12)]))[0] is None
    assert judged(files([labels(0, 5)]))[0] is not None


def test_a_colour_for_each_object() -> None:
    colours = np.random.default_rng(0).integers(40, 255, (200, 3), np.uint8)
    colours[0] = 0
    masks = [colours[labels(seed, n, 1 + 8 * seed)] for seed, n in enumerate(COUNTS)]
    encoding, findings = judged(files(masks))
    assert encoding is None
    cure = findings["object-numbers"].cure
    values = "#000000=background,#000001-#ffffff=foreground"
    assert f"--values '{values}'" in cure
    assert set(np.unique(decoded(files(masks), values=values))) == {0, 1}


def test_classes_with_one_object_each_are_classes() -> None:
    rng = np.random.default_rng(1)
    masks = []
    for seed in range(24):
        numbers = np.concatenate([[0], rng.permutation(6) + 1])
        masks.append(numbers[labels(seed, int(rng.integers(1, 4)))].astype(np.uint8))
    encoding, findings = judged(files(masks))
    assert encoding is not None and len(encoding.classes) == 7
    assert "object-numbers" not in findings


def test_a_part_in_a_whole_is_a_class() -> None:
    masks = []
    for number in range(12):
        mask = np.zeros((72, 96), np.uint8)
        cv2.circle(mask, (48, 36), 20 + number, (1,), -1)
        if number % 2:
            cv2.circle(mask, (46, 34), 6, (2,), -1)
        masks.append(mask)
    encoding, findings = judged(files(masks))
    assert encoding is not None and "object-numbers" not in findings


def test_as_many_objects_in_every_photo_are_asked_about() -> None:
    encoding, findings = judged(files([labels(seed, 4).astype(np.uint8) for seed in range(14)]))
    assert encoding is not None
    assert findings["object-numbers"].severity == "warning"
    assert "--values 0=background,1-254=foreground" in findings["object-numbers"].cure


def test_parts_whose_sizes_have_an_order_may_be_classes() -> None:
    def parts(number: int) -> np.ndarray:
        mask = np.zeros((72, 96), np.uint8)
        for part in range(3 + number % 3):
            mask[4 + 12 * part : 12 + 12 * part, 10 : 30 + 9 * part] = part + 1
        return mask

    encoding, findings = judged(files([parts(number) for number in range(9)]))
    assert encoding is not None and len(encoding.classes) == 6
    assert findings["object-numbers"].severity == "warning"
