"""Files appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from maskwright.files import remove_leftovers, replace_folder, replacing, write_bytes, write_json


def test_a_file_is_written_with_its_folders_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c.bin"
    write_bytes(file, b"old")
    write_bytes(file, b"new", durable=False)
    assert file.read_bytes() == b"new"
    assert [entry.name for entry in file.parent.iterdir()] == ["c.bin"]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "c.bin"
    file.write_bytes(b"old")
    with replacing(file) as part:
        part.write_bytes(b"half of the n")
        assert file.read_bytes() == b"old"
        assert part.parent == file.parent, "a rename is atomic inside one file system only"
    assert file.read_bytes() == b"half of the n"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_write_leaves_no_trace(tmp_path: Path, error: type[BaseException]) -> None:
    file = tmp_path / "c.bin"
    file.write_bytes(b"old")
    with pytest.raises(error), replacing(file) as part:
        part.write_bytes(b"half")
        raise error
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_longest_possible_name_works(tmp_path: Path) -> None:
    file = tmp_path / ("n" * 251 + ".png")
    write_bytes(file, b"data")
    assert file.read_bytes() == b"data"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_bytes(tmp_path / "c.bin", b"data")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "c.bin").stat().st_mode) == 0o644


def test_json_is_readable_and_refuses_what_json_cannot_say(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    write_json(file, {"name": "Blüte", "share": 0.5})
    assert file.read_text(encoding="utf-8") == '{\n  "name": "Blüte",\n  "share": 0.5\n}\n'
    with pytest.raises(ValueError, match="JSON"):
        write_json(file, {"share": float("nan")})
    assert "Blüte" in file.read_text(encoding="utf-8")


def test_leftovers_of_a_killed_process_are_removed_and_nothing_else(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    keep = below / ".hidden.tmp"
    keep.write_bytes(b"mine")
    writing = replacing(below / "c.bin")
    part = writing.__enter__()  # a killed process never leaves the block
    assert part.exists()
    folder = below / ".maskwright-0123456789abcdef.tmp"
    folder.mkdir()
    remove_leftovers(tmp_path, below=False)
    assert part.exists()
    remove_leftovers(tmp_path)
    assert sorted(below.iterdir()) == sorted([keep, folder])
    remove_leftovers(tmp_path / "nowhere")


def test_a_folder_takes_the_place_of_whatever_was_there(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "keep.txt").write_text("keep")
    out = tmp_path / "out"
    for before in ("nothing", "a folder", "a file", "a link"):
        if before == "a folder":
            out.mkdir()
            (out / "old.txt").write_text("old")
        elif before == "a file":
            out.write_text("old")
        elif before == "a link":
            out.symlink_to(elsewhere)
        part = tmp_path / "part"
        part.mkdir()
        (part / "new.txt").write_text(before)
        replace_folder(part, out)
        assert [path.name for path in out.iterdir()] == ["new.txt"] and not out.is_symlink()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "out"]
        shutil.rmtree(out)
    assert (elsewhere / "keep.txt").read_text() == "keep"


def test_a_folder_that_cannot_be_moved_leaves_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old.txt").write_text("old")
    with pytest.raises(FileNotFoundError):
        replace_folder(tmp_path / "missing", out)
    assert (out / "old.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
