"""Which files a search finds, and what it does with all that is no photo."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from maskwright.data.decoding.image_kinds import starts_as_image
from maskwright.data.walk import find_photos, image_files, search
from maskwright.errors import DataError

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def names(root: Path) -> list[str]:
    return [photo.relative.as_posix() for photo in search([root]).photos.values()]


@posix
def test_only_files_are_photos_and_broken_links_fail_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    touch(tmp_path, "a.png", "folder.jpg/b.png")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "nowhere.png").symlink_to("not there.png")
    expected = ["a.png", "loop.png", "nowhere.png", "folder.jpg/b.png"]
    assert names(tmp_path) == expected
    assert [str(path.relative_to(tmp_path)) for path in image_files(tmp_path)] == expected
    assert not caplog.messages
    find_photos([tmp_path])
    assert f"{tmp_path / 'pipe.jpg'}: a named pipe, not a file: passed over" in caplog.messages
    assert f"{tmp_path / 'device.jpg'}: a device, not a file: passed over" in caplog.messages
    assert [p.path.name for p in find_photos([tmp_path / "*.png"])] == [
        "a.png",
        "loop.png",
        "nowhere.png",
    ]


def test_a_folder_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.png", "locked/b.png", "open/c.png")
    listed = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = search([tmp_path])
    assert names(tmp_path) == ["a.png", "open/c.png"]
    assert found.unreadable == [(tmp_path / "locked", "Permission denied")]
    for read in (find_photos, lambda given: list(image_files(given[0]))):
        with pytest.raises(DataError, match="locked: the folder cannot be read: Permission"):
            read([tmp_path])


def test_folders_of_file_servers_and_archives_are_passed_over(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "a.png",
        "@eaDir/a.png/thumb.jpg",
        "deep/@eaDir/b.jpg",
        "__MACOSX/._a.png",
        "__MACOSX/b.png",
        "#recycle/c.png",
        ".thumbnails/d.png",
        "._a.png",
        "$RECYCLE.BIN/e.png",
    )
    assert names(tmp_path) == ["a.png"]
    assert search([tmp_path]).server_folders["@eaDir"] == 2
    assert names(tmp_path / "#recycle") == ["c.png"], "what is named is read"


def test_what_looks_like_a_photo_is_counted(tmp_path: Path) -> None:
    photos = ("b.NEF", "c.dng", "d.jxl", "e.jpg_large", "f.psd", "deep/g.CR3")
    touch(tmp_path, "a.jpg", "a.txt", "a.json", "a.xmp", "notes", "h.md5", *photos)
    (tmp_path / "IMG_1").write_bytes(b"\xff\xd8\xff\xe0" + bytes(20))
    (tmp_path / "page.html").write_bytes(b"\xff\xd8\xff\xe0" + bytes(20))
    passed = {path.relative_to(tmp_path).as_posix() for path in search([tmp_path]).passed_over}
    assert passed == {*photos, "IMG_1"}


def test_few_files_of_an_unknown_kind_are_opened(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", *(f"{at:03d}.lbl" for at in range(60)))
    (tmp_path / "zzz.lbl").write_bytes(b"\xff\xd8\xff\xe0" + bytes(20))
    assert search([tmp_path]).passed_over == []


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", True),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", False),
        (b"BM\x00\x01\x00\x00" + bytes(4) + b"\x36\x00\x00\x00\x28\x00", True),
        (b"BMfriends of mine", False),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", True),
        (b"\x00\x00\x00\x1cftypmp42\x00\x00\x00\x00", False),
        (b"", False),
    ],
)
def test_first_bytes(start: bytes, expected: bool) -> None:
    assert starts_as_image(start[:16]) is expected


def test_brackets_in_a_name_that_exists_are_no_pattern(tmp_path: Path) -> None:
    touch(tmp_path, "trip [2023]/a.png", "trip [2023]/x [1]/b.png", "trip 2/c.png", "trip 0/d.png")

    def found(pattern: str) -> list[str]:
        return [p.relative.as_posix() for p in search([tmp_path / pattern]).photos.values()]

    assert found("trip [2023]/*.png") == ["a.png"]
    assert found("trip [2023]/**/*.png") == ["a.png", "x [1]/b.png"]
    assert found("trip [2023]/x [1]/?.png") == ["b.png"]
    assert found("trip [20]/*.png") == ["trip 0/d.png", "trip 2/c.png"]
    assert found("*/a.png") == ["trip [2023]/a.png"]


def test_links_to_one_file_are_one_photo_and_hard_links_are_two(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    os.link(tmp_path / "a.png", tmp_path / "b.png")
    if sys.platform != "win32":
        (tmp_path / "c.png").symlink_to("a.png")
    assert names(tmp_path) == ["a.png", "b.png"]


def test_a_search_counts_as_it_goes(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.png")
    counted: list[int] = []
    search([tmp_path], on_found=counted.append)
    assert counted == [1, 2]
