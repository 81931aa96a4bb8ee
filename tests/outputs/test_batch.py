"""Batches of photos: what is written, what is skipped, what is refused."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

import maskwright
from maskwright.core import Image, Probs, from_function
from maskwright.data.photo import Limits
from maskwright.errors import ModelError, UsageError
from maskwright.files import write_bytes
from maskwright.outputs import one_photo
from maskwright.outputs.batch import BatchResult, predict
from maskwright.outputs.manifest import UNFINISHED, PhotoResult, read_results
from maskwright.outputs.output_folder import GONE, REPLACED
from tests.support.models import metadata, red_green_model, red_model, write_model
from tests.support.photos import red_disc, write_photos

SAVE_ALL = ("mask", "cutout", "overlay", "prob")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos", 3)
    return tmp_path / "photos"


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder but predict.jsonl, which holds times."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "predict.jsonl"
    }


def mask(path: Path) -> Any:
    return np.asarray(Pictures.open(path))


def test_a_folder_becomes_masks(photos: Path, model: Path, tmp_path: Path) -> None:
    result = maskwright.predict(photos, tmp_path / "out", model=model)
    assert [photo.name for photo in result.photos] == ["000", "001", "002"]
    assert not result.failed
    assert result.skipped == 0
    for at in range(3):
        found = mask(tmp_path / "out" / "masks" / f"00{at}.png")
        red = red_disc(seed=at)[:, :, 0] > 200
        assert found.shape == red.shape
        assert set(np.unique(found)) == {0, 255}
        assert np.mean((found == 255) == red) > 0.97
        assert result.photos[at].foreground == pytest.approx(np.mean(found == 255), abs=1e-6)


def test_a_photo_gives_the_same_alone_in_a_folder_and_in_a_glob(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    predict(photos, tmp_path / "folder", model=model, save=SAVE_ALL)
    for at in range(3):
        predict(photos / f"00{at}.jpg", tmp_path / "alone", model=model, save=SAVE_ALL)
    predict(photos / "0*.jpg", tmp_path / "glob", model=model, save=SAVE_ALL, threads=1)
    assert files(tmp_path / "folder") == files(tmp_path / "alone") == files(tmp_path / "glob")
    assert len(files(tmp_path / "folder")) == 12


def test_the_tree_is_mirrored_and_names_that_meet_keep_their_ending(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    deep = photos / "deep er" / "Blüte"
    deep.mkdir(parents=True)
    for name in ("a.b.jpg", "x.jpg", "x.png", "000.JPEG"):
        Pictures.fromarray(red_disc()).save(deep / name)
    predict(f"{photos}{os.sep}", tmp_path / "out", model=model)
    names = ["a.b.png", "x.jpg.png", "x.png.png", "000.png"]
    assert sorted(files(tmp_path / "out")) == sorted(
        ["masks/000.png", "masks/001.png", "masks/002.png"]
        + [f"masks/deep er/Blüte/{name}" for name in names]
    )


def test_the_manifest_says_what_was_done(photos: Path, model: Path, tmp_path: Path) -> None:
    (photos / "bad.jpg").write_text("no photo", encoding="utf-8")
    predict(photos, tmp_path / "out", model=model, threshold=0.4)
    lines = (tmp_path / "out" / "predict.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["name"] for row in rows] == ["000", "001", "002", "bad"], "in order of the inputs"
    good, bad = rows[0], rows[3]
    assert good["input"] == str(photos / "000.jpg")
    assert good["model"] == maskwright.load(model).fingerprint
    assert good["options"]["threshold"] == 0.4
    assert list(good["outputs"]) == ["masks/000.png"]
    assert (good["width"], good["height"]) == (100, 75)
    assert good["error"] is None
    assert 0 < good["foreground"] < 0.5 < good["confidence"] <= 1
    assert bad["outputs"] == {}
    assert "not an image" in bad["error"]


def test_a_second_run_does_nothing(photos: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = predict(photos, out, model=model)
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    second = predict(photos, out, model=model)
    assert (first.skipped, second.skipped) == (0, 3)
    assert second.photos == first.photos
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.png")} == stamps
    assert predict(photos, out, model=model, overwrite=True).skipped == 0


def change_input(photos: Path, model: Path, out: Path) -> dict[str, Any]:
    Pictures.fromarray(red_disc(seed=9)).save(photos / "001.jpg")
    return {}


def spoil_output(photos: Path, model: Path, out: Path) -> dict[str, Any]:
    path = out / "masks" / "001.png"
    path.write_bytes(path.read_bytes()[:-1])
    return {}


def remove_output(photos: Path, model: Path, out: Path) -> dict[str, Any]:
    (out / "masks" / "001.png").unlink()
    return {}


def change_model(photos: Path, model: Path, out: Path) -> dict[str, Any]:
    shutil.rmtree(model)
    write_model(model, red_model(metadata(logit_shift=[0.0, 0.5])))
    return {}


@pytest.mark.parametrize(
    ("change", "skipped"),
    [
        (change_input, 2),
        (spoil_output, 2),
        (remove_output, 2),
        (change_model, 0),
        (lambda *_: {"threshold": 0.3}, 0),
        (lambda *_: {"save": ("mask", "prob")}, 0),
        (lambda *_: {"save": ("mask", "cutout"), "background": "white"}, 0),
        (lambda *_: {"save": ("mask", "cutout"), "crop": True}, 0),
        (lambda *_: {"fast": True}, 0),
        (lambda *_: {"tile": 64}, 0),
        (lambda *_: {"enlarge": "guided"}, 0),
    ],
)
def test_any_change_redoes_what_it_touches(
    photos: Path,
    model: Path,
    tmp_path: Path,
    change: Callable[[Path, Path, Path], dict[str, Any]],
    skipped: int,
) -> None:
    out = tmp_path / "out"
    predict(photos, out, model=model)
    options = change(photos, model, out)
    again = predict(photos, out, model=model, **options)
    assert again.skipped == skipped
    predict(photos, tmp_path / "fresh", model=model, **options)
    assert files(out) == files(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"background": "white"}, {"background": "#fffffe"}),
        ({"background": "white"}, {"background": "white", "crop": True}),
        ({"tile": 64}, {"tile": 65}),
        ({"tile": 64}, {"tile": 64, "overlap": 0.3}),
    ],
)
def test_another_background_crop_tile_or_overlap_redoes_all(
    photos: Path, model: Path, tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    save = ("mask", "cutout")
    for options, skipped in ((first, 0), (first, 3), (second, 0)):
        assert (
            predict(photos, tmp_path / "out", model=model, save=save, **options).skipped == skipped
        )


def test_the_usual_overlap_is_the_one_that_goes_without_saying(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    predict(photos, tmp_path / "out", model=model, tile=64)
    assert predict(photos, tmp_path / "out", model=model, tile=64, overlap=0.25).skipped == 3


def test_results_of_other_photos_stay_in_the_manifest(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    predict(photos, out, model=model)
    write_photos(tmp_path / "more", 5)
    for path in (tmp_path / "more").iterdir():
        path.rename(path.with_name(f"more-{path.name}"))
    predict(tmp_path / "more", out, model=model)
    assert predict(photos, out, model=model).skipped == 3


def test_one_bad_photo_does_not_stop_the_rest_and_is_tried_again(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    whole = (photos / "001.jpg").read_bytes()
    (photos / "001.jpg").write_bytes(whole[: len(whole) // 2])
    (photos / "text.png").write_text("hello", encoding="utf-8")
    (photos / "empty.tif").touch()
    result = predict(photos, tmp_path / "out", model=model)
    assert [Path(photo.input).name for photo in result.failed] == [
        "001.jpg",
        "empty.tif",
        "text.png",
    ]
    assert sorted(files(tmp_path / "out")) == ["masks/000.png", "masks/002.png"]
    (photos / "001.jpg").write_bytes(whole)
    again = predict(photos, tmp_path / "out", model=model)
    assert len(again.failed) == 2
    assert again.skipped == 2
    assert (tmp_path / "out" / "masks" / "001.png").exists()


def test_limits_are_kept(photos: Path, model: Path, tmp_path: Path) -> None:
    Pictures.fromarray(red_disc(300, 400)).save(photos / "large.png")
    result = predict(photos, tmp_path / "out", model=model, limits=Limits(pixels=10_000))
    assert [photo.name for photo in result.failed] == ["large"]
    assert "400 x 300" in str(result.failed[0].error)


def test_a_defect_in_a_segmenter_is_reported_per_photo(photos: Path, tmp_path: Path) -> None:
    def fail(image: Image, _prior: Probs | None) -> Probs:
        raise ZeroDivisionError("oh")

    segmenter = from_function(("background", "foreground"), fail)
    result = predict(photos, tmp_path / "out", segmenter=segmenter)
    assert [photo.error for photo in result.failed] == ["ZeroDivisionError: oh"] * 3


def all_foreground(image: Image, _prior: Probs | None) -> Probs:
    return np.stack([np.zeros(image.shape[:2]), np.ones(image.shape[:2])], 2).astype(np.float32)


def test_any_segmenter_will_do_but_is_never_skipped(photos: Path, tmp_path: Path) -> None:
    segmenter = from_function(("background", "foreground"), all_foreground)
    for _ in range(2):
        result = predict(photos, tmp_path / "out", segmenter=segmenter)
        assert result.skipped == 0
        assert result.photos[0].model is None
        assert (mask(tmp_path / "out" / "masks" / "000.png") == 255).all()


def test_large_photos_are_segmented_small_and_saved_large(tmp_path: Path) -> None:
    seen: list[tuple[int, ...]] = []

    def note(image: Image, prior: Probs | None) -> Probs:
        seen.append(image.shape)
        return all_foreground(image, prior)

    (tmp_path / "photos").mkdir()
    large = np.zeros((3000, 4100, 3), np.uint8)
    Pictures.fromarray(large).save(tmp_path / "photos" / "draft.jpg")
    exif = Pictures.Exif()
    exif[274] = 6  # stored lying on its side
    Pictures.fromarray(large).save(tmp_path / "photos" / "turned.jpg", exif=exif)
    segmenter = from_function(("background", "foreground"), note)
    result = predict(tmp_path / "photos", tmp_path / "out", segmenter=segmenter, save=SAVE_ALL)
    assert sorted(seen) == [(1499, 2048, 3), (2048, 1499, 3)]
    assert [(photo.width, photo.height) for photo in result.photos] == [(4100, 3000), (3000, 4100)]
    for name, size in (("draft", (4100, 3000)), ("turned", (3000, 4100))):
        for kind in ("masks", "cutouts", "probs"):
            with Pictures.open(tmp_path / "out" / kind / f"{name}.png") as picture:
                assert picture.size == size


def test_what_else_is_saved_does_not_change_the_mask(model: Path, tmp_path: Path) -> None:
    write_photos(tmp_path / "photos", 1, height=1700, width=2500)
    predict(tmp_path / "photos", tmp_path / "one", model=model)
    predict(tmp_path / "photos", tmp_path / "all", model=model, save=SAVE_ALL)
    assert files(tmp_path / "one").items() <= files(tmp_path / "all").items()


def test_only_a_few_photos_are_in_work_at_once(tmp_path: Path) -> None:
    write_photos(tmp_path / "photos", 40, height=8, width=8)
    lock, started, done, ahead = threading.Lock(), [0], [0], []

    def count(image: Image, prior: Probs | None) -> Probs:
        with lock:
            started[0] += 1
            ahead.append(started[0] - done[0])
        return all_foreground(image, prior)

    def on_photo(_result: PhotoResult, photos: int) -> None:
        assert photos == 40
        done[0] += 1

    segmenter = from_function(("background", "foreground"), count)
    predict(
        tmp_path / "photos", tmp_path / "out", segmenter=segmenter, threads=3, on_photo=on_photo
    )
    assert done == [40]
    assert max(ahead) <= 2 * 3 + 1


def test_the_threshold_moves_the_outline(photos: Path, model: Path, tmp_path: Path) -> None:
    share = {
        at: predict(photos, tmp_path / str(at), model=model, threshold=at).photos[0].foreground
        for at in (0.1, 0.5, 0.99)
    }
    plain = predict(photos, tmp_path / "plain", model=model).photos[0].foreground
    assert plain is not None
    assert (share[0.1] or 0) > plain > (share[0.99] or 0)
    assert share[0.5] == plain


def test_several_classes(photos: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "three", red_green_model())
    predict(photos, tmp_path / "out", model=tmp_path / "three", save=("mask", "prob"))
    assert set(np.unique(mask(tmp_path / "out" / "masks" / "000.png"))) == {0, 1}
    assert sorted(name for name in files(tmp_path / "out") if "000" in name) == [
        "masks/000.png",
        "probs/000.background.png",
        "probs/000.green.png",
        "probs/000.red.png",
    ]
    with pytest.raises(UsageError, match="two classes"):
        predict(photos, tmp_path / "out2", model=tmp_path / "three", threshold=0.4)


@pytest.mark.parametrize("place", [".", "results", "results/deep"])
def test_outputs_inside_the_input_folder_are_never_inputs(
    photos: Path, model: Path, place: str
) -> None:
    for _ in range(2):
        result = predict(photos, photos / place, model=model, save=SAVE_ALL)
        assert [photo.name for photo in result.photos] == ["000", "001", "002"]
    assert result.skipped == 3


def test_nothing_but_outputs_is_no_input(photos: Path, model: Path, tmp_path: Path) -> None:
    predict(photos, tmp_path / "out", model=model)
    with pytest.raises(UsageError, match="are outputs below"):
        predict(tmp_path / "out", tmp_path / "out", model=model)


def test_masks_that_predict_did_not_write_are_not_replaced(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    """DATA/images with -o DATA must not write over the masks drawn by hand in DATA/masks."""
    truth = tmp_path / "masks" / "000.png"
    truth.parent.mkdir()
    truth.write_bytes(b"drawn by hand")
    with pytest.raises(UsageError, match="did not write"):
        predict(photos, tmp_path, model=model)
    assert truth.read_bytes() == b"drawn by hand"
    assert not (tmp_path / "predict.jsonl").exists()
    predict(photos, tmp_path, model=model, overwrite=True)
    assert truth.read_bytes() != b"drawn by hand"


def test_masks_drawn_by_hand_are_kept_after_something_else_was_saved_there(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    drawn = [tmp_path / "masks" / f"{name}.png" for name in ("000", "002", "other")]
    for path in drawn:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"drawn by hand")
    predict(photos, tmp_path, model=model, save=["overlay"])
    with pytest.raises(UsageError, match=r"000\.png: predict did not write this file, nor 1 other"):
        predict(photos, tmp_path, model=model)
    assert [path.read_bytes() for path in drawn] == [b"drawn by hand"] * 3
    predict(photos / "001.jpg", tmp_path, model=model)  # in nobody's way
    predict(photos, tmp_path, model=model, overwrite=True)
    assert [path.read_bytes() == b"drawn by hand" for path in drawn] == [False, False, True]
    assert predict(photos, tmp_path, model=model).skipped == 3


def test_files_of_earlier_options_and_of_photos_that_failed_may_be_replaced(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    predict(photos, out, model=model, save=["overlay", "mask"])
    predict(photos, out, model=model, save=["mask"])
    whole = (photos / "001.jpg").read_bytes()
    (photos / "001.jpg").write_bytes(whole[:100])
    failed = predict(photos, out, model=model, save=["mask"]).photos[1]
    assert failed.error
    assert failed.outputs == {}
    assert failed.kept == ["masks/001.png", "overlays/001.jpg"]
    (photos / "001.jpg").write_bytes(whole)
    assert not predict(photos, out, model=model, save=["overlay", "mask"]).failed
    predict(photos, tmp_path / "fresh", model=model, save=["overlay", "mask"])
    assert files(out) == files(tmp_path / "fresh")


def test_files_of_a_run_that_was_killed_may_be_replaced(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    predict(photos, out, model=model)
    journal = out / "predict.jsonl"
    *lines, last = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    claim = json.loads(last) | {"outputs": {}, "kept": ["masks/002.png"], "error": UNFINISHED}
    for text in (json.dumps(claim) + "\n", last[:30]):  # killed before, and in the last line
        journal.write_text("".join([*lines, json.dumps(claim) + "\n", text]), encoding="utf-8")
        again = predict(photos, out, model=model)
        assert (again.skipped, len(again.failed)) == (2, 0)
    assert journal.read_text(encoding="utf-8").count("\n") == 3


def test_every_file_is_claimed_before_it_is_written(
    photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    claimed = []

    def look_first(path: Path, data: bytes, **options: Any) -> None:
        claims = read_results(out / "predict.jsonl").values()
        name = path.relative_to(out).as_posix()
        claimed.append(any(name in claim.kept and claim.error == UNFINISHED for claim in claims))
        write_bytes(path, data, **options)

    monkeypatch.setattr(one_photo, "write_bytes", look_first)
    predict(photos, out, model=model, save=SAVE_ALL)
    assert claimed == [True] * 12


def test_half_written_files_of_a_killed_run_go_and_nothing_else_does(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    other = tmp_path / "photos" / ".maskwright-0123456789abcdef.tmp"
    for part in (tmp_path / other.name, tmp_path / "masks" / other.name, other):
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(b"half")
    predict(photos, tmp_path, model=model)
    assert list(tmp_path.rglob(other.name)) == [other]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_files_that_are_no_photos_cost_one_line_each(
    photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(photos / "pipe.jpg")
    (photos / "loop.jpg").symlink_to("loop.jpg")
    with (photos / "large.jpg").open("wb") as file:
        file.truncate(10**10)  # a sparse file: hashing it would take minutes
    content = (photos / "000.jpg").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    result = predict([photos, "-"], tmp_path / "out", model=model)
    assert {one.name: one.error for one in result.failed} == {
        "large": "10,000,000,000 bytes are more than the limit of 536,870,912: save a smaller "
        "copy, or raise the limit",
        "loop": os.strerror(errno.ELOOP),
    }
    masks = tmp_path / "out" / "masks"
    assert (masks / "stdin.png").read_bytes() == (masks / "000.png").read_bytes()
    fifo = tmp_path / "other" / "predict.jsonl"
    fifo.parent.mkdir()
    os.mkfifo(fifo)
    with pytest.raises(UsageError, match="a named pipe, not a file"):
        predict(photos, fifo.parent, model=model)


def test_two_runs_into_one_folder_lose_nothing(photos: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    half = out / ".maskwright-0123456789abcdef.tmp"

    def another_run(_result: PhotoResult, _photos: int) -> None:
        half.write_bytes(b"of the first run")
        predict(photos / "001.jpg", out, model=model)
        predict(photos / "002.jpg", out, model=model)
        assert half.exists()
        half.unlink()

    predict([photos / "000.jpg", photos / "001.jpg"], out, model=model, on_photo=another_run)
    predict(photos, tmp_path / "alone", model=model)
    assert files(out) == files(tmp_path / "alone")
    lines = (out / "predict.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["000", "001", "002"]
    assert predict(photos, out, model=model).skipped == 3


def test_files_that_another_run_replaced_are_told(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    out, photo = tmp_path / "out", photos / "000.jpg"

    def another_run(_result: PhotoResult, _photos: int) -> None:
        predict(photo, out, model=model, **options)

    options: dict[str, Any] = {"threshold": 0.9}
    result = predict(photo, out, model=model, on_photo=another_run)
    assert [one.error for one in result.failed] == [REPLACED]
    options = {"save": ["overlay"]}
    assert not predict(photo, out, model=model, on_photo=another_run).failed


def test_files_that_were_removed_meanwhile_are_told(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    seen: list[PhotoResult] = []

    def remove_once(result: PhotoResult, _photos: int) -> None:
        if not seen:
            out.rename(tmp_path / "moved")
        seen.append(result)

    first = predict(photos, out, model=model, threads=1, on_photo=remove_once)
    assert GONE in [one.error for one in first.failed]
    assert not predict(photos, out, model=model).failed
    predict(photos, tmp_path / "fresh", model=model)
    assert files(out) == files(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"save": ("video",)}, "video"),
        ({"save": ()}, "nothing"),
        ({"threshold": 1.0}, "threshold"),
        ({"method": "magic"}, "only unet"),
        ({"crop": True}, "--save mask,cutout"),
        ({"background": "white"}, "--save mask,cutout"),
        ({"background": "nowhere.png", "save": ("cutout",)}, "neither a colour"),
        ({"device": "tpu"}, "choose auto"),
        ({"tile": 10}, "--tile 10: a tile needs at least 64"),
        ({"overlap": 0.4}, "--overlap 0.4 is for tiles: leave it out, or add --tile"),
        ({"tile": 640, "overlap": 0.9}, "--overlap 0.9: a share of the tile"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_written(
    photos: Path, model: Path, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        predict(photos, tmp_path / "out", model=model, **options)
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_not_there_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="maskwright train"):
        predict(photos, tmp_path / "out", model=tmp_path / "nowhere")
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_written_is_refused(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="file"):
            predict(photos, out, model=model)


def test_an_output_that_cannot_be_written_fails_that_photo(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    predict(photos / "000.jpg", out, model=model)
    (out / "overlays" / "001.jpg").mkdir(parents=True)
    result: BatchResult = predict(photos, out, model=model, save=["mask", "overlay"])
    assert [photo.name for photo in result.failed] == ["001"]
    assert list(result.failed[0].outputs) == ["masks/001.png"]
    assert [path.name for path in (out / "masks").iterdir() if path.name.startswith(".")] == []


def test_a_batch_reads_its_16_bit_photos_with_one_number_of_bits(
    model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    grey = np.arange(96 * 64, dtype=np.uint16).reshape(96, 64)
    folder = tmp_path / "photos"
    write_photos(folder, 1)
    for name, top in (("ten", 1023), ("twelve", 4095)):
        Pictures.fromarray(np.minimum(grey, top)).save(folder / f"{name}.png")

    def bits(**options: Any) -> dict[str, Any]:
        done = predict(folder, tmp_path / "out", model=model, **options)
        assert not done.failed
        return {photo.name: photo.options.get("bits") for photo in done.photos}

    with caplog.at_level("INFO"):
        assert bits() == {"000": None, "ten": 12, "twelve": 12}
    assert caplog.text.count("no value exceeds 4095: read with 12 bits") == 1
    assert predict(folder, tmp_path / "out", model=model).skipped == 3
    # Another decision redoes what depends on it, and nothing else.
    Pictures.fromarray(grey * 8).save(folder / "sixteen.png")
    again = predict(folder, tmp_path / "out", model=model)
    assert (again.skipped, len(again.photos)) == (1, 4)
    every = {"000": None, "ten": 14, "twelve": 14}
    (folder / "sixteen.png").unlink()
    assert bits(bits=14) == every
