"""What is taken from what was named: photos, never masks, and the data folder they lie in."""

from __future__ import annotations

import io
import logging
import os
import threading
from pathlib import Path, PurePosixPath

import pytest

from maskwright.data.walk import FoundPhoto, Search, find_photos
from maskwright.errors import UsageError
from maskwright.outputs.find_files import without_outputs
from maskwright.outputs.inputs import find_inputs
from tests.support.data_folders import blob, data_folder, write

OUT = Path("out")


def taken(given: Path, out: Path = OUT) -> list[str]:
    return [photo.relative.as_posix() for photo in find_inputs([given], out).photos]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "data", {"a": blob(), "deep/b": blob()})


def test_of_a_data_folder_the_photos_are_taken_and_it_is_said(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert taken(data) == taken(data / "images") == ["a.png", "deep/b.png"]
    assert f"{data} is a data folder: only the photos in {data / 'images'} are taken" in (
        caplog.messages
    )


def test_of_a_split_each_part_gives_its_photos_under_its_name(tmp_path: Path) -> None:
    for part in ("train", "Test"):
        data_folder(tmp_path / part, {"a": blob()})
    found = find_inputs([tmp_path], OUT)
    assert [photo.relative.as_posix() for photo in found.photos] == ["train/a.png", "test/a.png"]
    assert found.data == tmp_path


@pytest.mark.parametrize(
    ("files", "photos"),
    [
        ("a.jpg a_mask.png b.jpg face_mask.jpg", "a.jpg b.jpg face_mask.jpg"),
        ("a.jpg masks/a.png", "a.jpg"),
        ("train/a.jpg train_masks/a.png test/b.jpg", "train/a.jpg test/b.jpg"),
        ("valid/a.jpg valid/a_mask.png", "valid/a.jpg"),
        ("imgs/a.jpg labels/a.png", "a.jpg"),
        ("imgs/a.jpg labels/wine.jpg", "imgs/a.jpg labels/wine.jpg"),
        (
            "car.jpg car_gt.jpg tree.jpg dog.jpg cat.jpg",
            "car.jpg car_gt.jpg cat.jpg dog.jpg tree.jpg",
        ),
        (
            "imagesTr/a_0000.png labelsTr/a.png imagesTs/b_0000.png",
            "imagesTr/a_0000.png imagesTs/b_0000.png",
        ),
        ("images/a.jpg input_image/b.jpg masks/a.png", "a.jpg b.jpg"),
    ],
)
def test_masks_are_no_photos_in_any_known_layout(tmp_path: Path, files: str, photos: str) -> None:
    for file in files.split():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert taken(tmp_path) == photos.split()


def test_folders_that_differ_in_case_only_keep_their_names(tmp_path: Path) -> None:
    for file in ("images/a.jpg", "Images/a.jpg", "masks/a.png"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    if len(os.listdir(tmp_path)) < 3:
        pytest.skip("this file system sees no difference")
    assert taken(tmp_path) == ["Images/a.jpg", "images/a.jpg"]


def test_a_folder_without_masks_is_taken_as_it_is(data: Path) -> None:
    write(data / "more" / "images" / "c.png", blob())
    assert taken(data / "more") == ["images/c.png"]
    assert taken(data / "masks") == ["a.png", "deep/b.png"]


def test_masks_of_an_earlier_run_there_change_no_name(tmp_path: Path) -> None:
    write(tmp_path / "images" / "a.png", blob())
    assert taken(tmp_path, out=tmp_path) == ["images/a.png"]
    write(tmp_path / "masks" / "images" / "a.png", blob())
    assert taken(tmp_path, out=tmp_path) == ["images/a.png"]


@pytest.mark.parametrize("named", [".", "images", "images/a.png", "images/../images/deep", "a*"])
def test_the_data_folder_is_known_from_anywhere(
    named: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = data / "images" if named in (".", "a*") else data
    monkeypatch.chdir(here)
    home = find_inputs([Path(named)], OUT).data
    assert home == (data / "images" / "deep" if named.endswith("deep") else data)


def test_photos_of_several_data_folders_share_none(data: Path, tmp_path: Path) -> None:
    other = data_folder(tmp_path / "other", {"c": blob()})
    found = find_inputs([data, other], OUT)
    assert found.data is None
    assert len(found.photos) == 3
    assert find_inputs([data, data / "images" / "a.png"], OUT).data == data


def test_nothing_to_take_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    with pytest.raises(UsageError, match="no photos"):
        taken(tmp_path)
    write(tmp_path / "masks" / "a.png", blob())
    assert find_photos([tmp_path])
    with pytest.raises(UsageError, match="outputs below"):
        taken(tmp_path / "masks", out=tmp_path)


def test_a_folder_of_camera_raw_files_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.NEF").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"no photos .*a\.NEF looks like one: save it as JPEG"):
        taken(tmp_path)


def test_what_was_written_before_is_no_input(tmp_path: Path) -> None:
    inside = ["a.jpg", "masks/a.png", "masks/deep/a.png", "overlays/a.jpg", "masks2/a.jpg"]
    found = {str(tmp_path / one): FoundPhoto(tmp_path / one, PurePosixPath(one)) for one in inside}
    photos = [str(tmp_path / "a.jpg"), str(tmp_path / "masks2/a.jpg")]

    def left(out: Path) -> list[str]:
        return list(without_outputs(Search(photos=dict(found)), out).photos)

    assert left(tmp_path) == left(Path(os.path.relpath(tmp_path))) == photos
    assert left(tmp_path / "elsewhere") == list(found)


def test_outputs_of_an_earlier_run_below_a_folder_are_no_inputs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name in ("a.png", "first/masks/a.png", "first/overlays/a.jpg", "masks/b.png"):
        write(tmp_path / name, blob())
    (tmp_path / "first" / "predict.jsonl").write_bytes(b"")
    for named in (tmp_path, tmp_path / "**" / "*.png"):
        assert taken(named, tmp_path / "second") == ["a.png", "masks/b.png"]
        assert (
            f"{tmp_path / 'first'}: masks/, overlays/: outputs of predict, not inputs"
            in caplog.messages
        )
    assert taken(tmp_path / "first" / "masks", tmp_path / "second") == ["a.png"]
    with pytest.raises(UsageError, match=r"all that were found are outputs below .*first"):
        taken(tmp_path / "first", tmp_path / "second")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_pipe_that_is_named_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"photo",))
    writer.start()
    (found,) = find_inputs([pipe], OUT).photos
    writer.join()
    assert (found.relative.name, found.content) == ("pipe", b"photo")
    for name in ("-", "/dev/stdin"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"0123456789")))
        (found,) = find_inputs([Path(name)], OUT, 4).photos
        assert (found.path, found.relative.name, found.content) == (Path("-"), "stdin", b"01234")
