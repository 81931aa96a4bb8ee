from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage
from scipy.ndimage import affine_transform

from maskwright.augmentation.augment import augment
from maskwright.augmentation.keras_like import KerasLike, KerasMove, drawn, moved, saved
from maskwright.augmentation.techniques import TECHNIQUES, generator
from maskwright.core import VOID, Pair
from maskwright.data.dataset import open_dataset
from maskwright.data.doctor.check import check
from maskwright.data.folder import DataFolder
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import blob, data_folder, picture, write

ROTATION, WIDTH, HEIGHT, ZOOM, VERTICAL, HORIZONTAL = TECHNIQUES


def keras_affine(
    x: np.ndarray, theta: float, tx: float, ty: float, zx: float, zy: float
) -> np.ndarray:
    """`apply_affine_transform` of keras.preprocessing.image, order 1 and fill_mode "nearest"."""
    theta = np.deg2rad(theta)
    matrix = np.array(
        [[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0], [0, 0, 1]]
    )
    matrix = np.dot(matrix, np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]]))
    matrix = np.dot(matrix, np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]]))
    o_x, o_y = float(x.shape[0]) / 2 - 0.5, float(x.shape[1]) / 2 - 0.5
    offset = np.array([[1, 0, o_x], [0, 1, o_y], [0, 0, 1]])
    reset = np.array([[1, 0, -o_x], [0, 1, -o_y], [0, 0, 1]])
    matrix = np.dot(np.dot(offset, matrix), reset)
    channels = [
        affine_transform(x[..., c], matrix[:2, :2], matrix[:2, 2], order=1, mode="nearest")
        for c in range(x.shape[2])
    ]
    return np.stack(channels, axis=2)


@pytest.mark.parametrize(
    ("theta", "tx", "ty", "zx", "zy"),
    [
        (0, 0, 0, 1, 1),
        (77.3, 0, 0, 1, 1),
        (-131, 0, 0, 1, 1),
        (0, 21.7, 0, 1, 1),
        (0, 0, -38.2, 1, 1),
        (0, 0, 0, 0.51, 1.47),
        (30, -9.5, 14.25, 1.3, 0.7),
    ],
)
@pytest.mark.parametrize("size", [(256, 256), (61, 100)])
def test_pixels_go_where_keras_and_scipy_move_them(
    theta: float, tx: float, ty: float, zx: float, zy: float, size: tuple[int, int]
) -> None:
    x = np.random.default_rng(0).uniform(0, 255, (*size, 3)).astype(np.float32)
    move = KerasMove(theta=theta, shift=(tx, ty), zoom=(zx, zy))
    np.testing.assert_allclose(
        moved(x, move), keras_affine(x, theta, tx, ty, zx, zy), atol=0.01, rtol=0
    )


def test_draws_are_those_of_keras() -> None:
    rngs = [generator(0, str(number), ROTATION, 1) for number in range(1500)]
    draws = {t.prefix: [drawn(t, rng) for rng in rngs] for t in TECHNIQUES}

    def reach(values: list[float]) -> tuple[float, float]:
        return round(min(values), 1), round(max(values), 1)

    assert reach([move.theta / 10 for move in draws["rt"]]) == (-13.5, 13.5)
    assert reach([move.shift[0] / 256 * 10 for move in draws["hs"]]) == (-1.5, 1.5)
    assert reach([move.shift[1] / 256 * 10 for move in draws["ws"]]) == (-1.5, 1.5)
    for axis in (0, 1):
        assert reach([move.zoom[axis] for move in draws["zr"]]) == (0.5, 1.5)
    rows, columns = np.array([move.zoom for move in draws["zr"]]).T
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 0.1  # each axis for itself
    for prefix, axis in (("vf", 0), ("hf", 1)):
        flipped = [move.flip == (axis,) for move in draws[prefix]]
        assert all(move.flip in ((), (axis,)) for move in draws[prefix])
        assert 0.45 < np.mean(flipped) < 0.55


def test_every_picture_is_stretched_and_cut_off() -> None:
    x = np.array([[[50.0], [100.0]], [[149.9], [150.0]]], np.float32)
    assert saved(x).ravel().tolist() == [0, 127, 254, 255]
    assert not saved(np.full((4, 4, 3), 255, np.float32)).any()  # a full mask becomes an empty one
    assert not saved(np.zeros((4, 4, 3), np.float32)).any()


def test_photos_and_masks_are_resized_by_the_nearest_pixel_first() -> None:
    pair = Pair("x", picture(0, 100, 300), blob(100, 300, on=1))
    unmoved = next(n for n in range(50) if not drawn(VERTICAL, generator(0, "x", VERTICAL, n)).flip)
    image, mask = KerasLike().copied(pair, VERTICAL, generator(0, "x", VERTICAL, unmoved))
    assert image.shape == mask.shape == (256, 256, 3)
    small = PilImage.fromarray(pair.image).resize((256, 256), PilImage.Resampling.NEAREST)
    np.testing.assert_array_equal(image, saved(np.asarray(small, np.float32)))
    assert set(np.unique(mask)) == {0, 255}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    masks = {}
    for number in range(10):
        mask = blob(60, 90, on=1)
        mask[:8] = VOID
        masks[f"p{number}"] = mask
    return data_folder(tmp_path / "data", masks)


def test_masks_are_blended_and_still_data(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = augment(data, out, like_keras=True)
    assert done.pairs == 70 and any("no void" in note for note in done.notes)
    stored = {path.stem: np.asarray(PilImage.open(path)) for path in (out / "masks").iterdir()}
    assert stored["rt_p0"].shape == (256, 256, 3)
    assert (stored["rt_p0"] == stored["rt_p0"][..., :1]).all()
    between = (stored["rt_p0"] > 0) & (stored["rt_p0"] < 255)
    assert 0.001 < between.mean() < 0.05
    assert set(np.unique(stored["p0"])) == {0, 255}
    assert check(out).usable
    dataset = open_dataset(out)
    assert dataset.classes == ("background", "foreground")
    by_name = {example.name: example for example in dataset.examples}
    np.testing.assert_array_equal(dataset.load(by_name["p0"]).mask, blob(60, 90, on=1) == 1)
    np.testing.assert_array_equal(
        dataset.load(by_name["rt_p0"]).mask, stored["rt_p0"][..., 0] >= 128
    )
    augment(data, tmp_path / "again", like_keras=True)
    one, other = (folder / "images" / "zr_p3.png" for folder in (out, tmp_path / "again"))
    assert one.read_bytes() == other.read_bytes()


def test_photo_and_mask_are_still_moved_as_one() -> None:
    mask = blob(120, 200, on=1)
    photo = np.repeat((mask * np.uint8(255))[..., None], 3, axis=2)
    for technique in TECHNIQUES:
        for number in range(3):
            rng = generator(0, "x", technique, number)
            image, moved_mask = KerasLike().copied(Pair("x", photo, mask), technique, rng)
            np.testing.assert_array_equal(image, moved_mask)


def test_every_copy_is_drawn_anew_flips_too(data: Path, tmp_path: Path) -> None:
    done = augment(data, tmp_path / "out", like_keras=True, copies=4, techniques=["hf"])
    assert done.pairs == 50
    kinds = []
    for number in range(10):
        paths = [tmp_path / "out" / "images" / f"hf{k}_p{number}.png" for k in range(1, 5)]
        kinds.append(len({path.read_bytes() for path in paths}))
    # Flipped or not: both occur among four copies of most photos, and nothing else ever.
    assert set(kinds) <= {1, 2} and kinds.count(2) > 5


def test_more_than_two_classes_are_refused(tmp_path: Path) -> None:
    mask = blob(on=1)
    mask[:5] = 2
    root = data_folder(tmp_path / "data", {f"p{number}": mask for number in range(3)})
    with pytest.raises(DataError, match="3 classes mean nothing"):
        augment(root, tmp_path / "out", like_keras=True)
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.partial").exists()


def test_borders_are_always_nearest(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="always nearest"):
        augment(data, tmp_path / "out", like_keras=True, fill="void")
    augment(data, tmp_path / "out", like_keras=True, fill="nearest", techniques=["rt"])


def test_names_of_classes_survive(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {f"p{number}": blob() for number in range(3)})
    write(root / "masks" / "p0.png", blob())
    folder = DataFolder(root, values="0=Boden: kahl,255=Blüte")
    augment(folder, tmp_path / "out", like_keras=True)
    assert open_dataset(tmp_path / "out").classes == ("Boden: kahl", "Blüte")
