"""Runs that share a folder, and runs that must have a place alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maskwright.errors import UsageError
from maskwright.files import beside, replace_folder
from maskwright.locks import alone, append_line, claimed, lock_in, shared, write_claimed


def nothing() -> None:
    pass


def test_one_run_alone(tmp_path: Path) -> None:
    place = tmp_path / "new" / "place"
    with alone(lock_in(place), place) as killed:
        assert not killed
        with (
            pytest.raises(UsageError, match="place: another run is writing there"),
            alone(lock_in(place), place),
        ):
            pass
        assert lock_in(place).exists()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_a_killed_run_left_is_told_and_removed(tmp_path: Path) -> None:
    holding = alone(lock_in(tmp_path), tmp_path)
    assert holding.__enter__() is False
    left = lock_in(tmp_path).read_bytes()
    holding.__exit__(None, None, None)
    lock_in(tmp_path).write_bytes(left)
    with alone(lock_in(tmp_path), tmp_path) as killed:
        assert killed
    assert list(tmp_path.iterdir()) == []


def test_several_runs_share_a_folder_and_the_first_and_the_last_are_known(tmp_path: Path) -> None:
    out, cleaned = tmp_path / "out", []
    with shared(out, lambda: cleaned.append(1)) as first:
        with shared(out, lambda: cleaned.append(2)) as second:
            assert not first.met_others and second.met_others
            (out / "a").write_bytes(b"")
            assert not second.is_last()
        assert lock_in(out).exists()
        assert first.is_last()
    assert cleaned == [1]
    assert [path.name for path in out.iterdir()] == ["a"]


def test_a_shared_folder_that_was_removed_is_taken_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with shared(out, nothing) as use:
        shutil.rmtree(out)
        assert use.is_last()
        assert lock_in(out).exists()
    assert not lock_in(out).exists()


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"")
    lock_in(tmp_path).symlink_to(mine)
    with pytest.raises(OSError, match=r"\.maskwright\.lock"), alone(lock_in(tmp_path), tmp_path):
        pass
    assert mine.read_bytes() == b""


def test_a_half_line_is_ended_before_the_next_one(tmp_path: Path) -> None:
    file = tmp_path / "new" / "lines"
    append_line(file, b"one\n")
    with file.open("ab") as half:
        half.write(b"tw")
    append_line(file, b"three\n")
    assert file.read_bytes() == b"one\ntw\nthree\n"


@pytest.mark.parametrize("arrived", [False, True])
def test_a_folder_that_a_killed_run_was_replacing(tmp_path: Path, arrived: bool) -> None:
    out, part = tmp_path / "out", tmp_path / "part"
    for folder in (out, part):
        folder.mkdir()
        (folder / folder.name).write_bytes(b"")
    out.rename(beside(out, ".old"))  # what `replace_folder` does first
    if arrived:
        replace_folder(part, out)
    beside(out, ".tmp").mkdir()
    (beside(out, ".tmp") / "half").write_bytes(b"")
    with claimed(out):
        assert [path.name for path in out.iterdir()] == ["part" if arrived else "out"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"] + ["part"] * (not arrived)


def test_a_named_file_is_written_without_traces_of_a_killed_run(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    beside(file, ".tmp").write_bytes(b"half")
    beside(file, ".lock").write_bytes(b"left")
    write_claimed(file, b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert file.read_bytes() == b"whole"
