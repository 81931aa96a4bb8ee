import numpy as np
import pytest

from maskwright.demo.album import Background, Cutout
from maskwright.demo.scenes import HEIGHT, WIDTH, compose


def _square(*cut_off: str, grey: bool = False) -> Cutout:
    pixels = np.full((80, 80, 4), 255, np.uint8)
    pixels[:, :, :3] = (250, 10, 10)
    return Cutout("square", "square", pixels, grey, frozenset(cut_off))


def _dark(grey: bool = False) -> Background:
    return Background("dark", np.full((300, 400, 3), 20, np.uint8), grey)


@pytest.mark.parametrize("seed", range(5))
def test_mask_lies_on_the_object(seed: int) -> None:
    scene, mask = compose([_square()], _dark(), np.random.default_rng(seed))
    assert scene.shape == (HEIGHT, WIDTH, 3) and scene.dtype == np.uint8
    assert mask.shape == (HEIGHT, WIDTH) and set(np.unique(mask)) == {0, 1}
    red = scene[:, :, 0].astype(int) - scene[:, :, 2] > 90
    assert (red == (mask == 1)).mean() > 0.99


def test_the_same_seed_gives_the_same_scene() -> None:
    scenes = [compose([_square()], _dark(), np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(scenes[0][0], scenes[1][0])
    assert np.array_equal(scenes[0][1], scenes[1][1])
    assert not np.array_equal(scenes[0][1], scenes[2][1])


def test_objects_that_were_cut_off_lie_at_that_border() -> None:
    for seed in range(10):
        _, mask = compose([_square("bottom")], _dark(), np.random.default_rng(seed))
        assert mask[-1].any()
        _, mask = compose([_square("left", "bottom")], _dark(), np.random.default_rng(seed))
        assert mask[-1].any()
        assert mask[:, 0].any() or mask[:, -1].any(), "mirrored, left is right"
        _, mask = compose([_square("top", "bottom")], _dark(), np.random.default_rng(seed))
        assert mask[0].any() and mask[-1].any()


def test_several_objects_are_smaller() -> None:
    seeds = range(20)
    one = [compose([_square()], _dark(), np.random.default_rng(s))[1].mean() for s in seeds]
    each = [compose([_square()] * 3, _dark(), np.random.default_rng(s))[1].mean() for s in seeds]
    assert np.mean(each) < 2 * np.mean(one)


def test_grey_photos_are_painted_more() -> None:
    def spread(grey: bool) -> float:
        seeds = range(30)
        scenes = [
            compose([], Background("b", np.full((240, 320, 3), 128, np.uint8), grey), rng)[0]
            for rng in map(np.random.default_rng, seeds)
        ]
        return float(np.mean([np.ptp(scene.mean(axis=(0, 1))) for scene in scenes]))

    assert spread(grey=True) > 2 * spread(grey=False)
