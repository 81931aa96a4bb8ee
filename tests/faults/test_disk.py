"""A disk that is full, or may not be written: one line says so, and nothing half is left."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.faults.bench import KILLS, MakeBench
from tests.faults.children import Children, Ended
from tests.faults.verbs import VERBS, hidden, inputs_of

_FULL = os.strerror(errno.ENOSPC)


def _is_told(ended: Ended, reason: str) -> None:
    assert ended.code in (1, 2), ended.said
    # A thread of TensorBoard's prints one of its own, perhaps in part; it is not in our hands.
    ours = "Traceback" in ended.said and "Exception in thread" not in ended.said
    assert not ours and reason in ended.said, ended.said


def test_a_full_disk_is_told_and_the_same_command_goes_on(bench: MakeBench) -> None:
    _full_at(bench, "augment", 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", VERBS)
def test_a_disk_that_becomes_full_at_any_moment(bench: MakeBench, name: str) -> None:
    _full_at(bench, name, max(1, KILLS // (8 if VERBS[name].training else 3)))


def _full_at(bench: MakeBench, name: str, times: int) -> None:
    one = bench(name)
    rng = np.random.default_rng(1)
    changes = one.undisturbed[0].changes
    for at in rng.permutation(np.arange(1, changes))[:times]:
        place = one.place(f"full-{at}")
        arguments = one.verb.arguments()
        ended = one.children.run(arguments, place, fail_at=int(at), error=errno.ENOSPC)
        if ended.code != 0:  # what failed was not needed, such as the removal of what is old
            _is_told(ended, _FULL)
        assert [path for path in hidden(place) if not path.endswith(".partial")] == []
        one.goes_on(place)


@pytest.mark.slow
@pytest.mark.parametrize("name", VERBS)
def test_a_folder_that_may_not_be_written(bench: MakeBench, name: str) -> None:
    one = bench(name)
    place = one.place("read-only")
    ended = one.children.run(one.verb.arguments(), place, fail_at=1, error=errno.EROFS)
    _is_told(ended, os.strerror(errno.EROFS))
    assert inputs_of(place) == inputs_of(one.inputs)
    one.goes_on(place)


@pytest.mark.slow
@pytest.mark.parametrize("name", VERBS)
def test_files_that_may_not_grow(bench: MakeBench, name: str) -> None:
    """As with `ulimit -f`: writing fails in the middle of a file."""
    one = bench(name)
    place = one.place("limit")
    ended = one.children.run(one.verb.arguments(), place, largest=300)
    _is_told(ended, os.strerror(errno.EFBIG))
    one.goes_on(place)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["predict", "augment", "check --fix", "evaluate", "train"])
def test_a_file_where_out_should_be(bench: MakeBench, name: str) -> None:
    one = bench(name)
    place = one.place("file")
    (place / "out").write_text("mine")
    ended = one.children.run(one.verb.arguments(), place)
    _is_told(ended, "out")
    assert (place / "out").read_text() == "mine"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB, where mounting is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_really_full(
    light: Children, inputs: Path, small_disk: Path, tmp_path: Path
) -> None:
    for kind, command in {
        "predict": f"predict photos -o {small_disk}/out --model model --save mask,cutout,prob",
        "augment": f"augment data -o {small_disk}/out",
        "fix": f"check data --fix {small_disk}/out",
    }.items():
        filler = small_disk / "filler"
        filler.write_bytes(bytes(170_000))
        place = Path(shutil.copytree(inputs, tmp_path / kind))
        _is_told(light.run(command.split(), place), _FULL)
        filler.unlink()
        assert light.run([*command.split(), "--overwrite"], place).code in (0, 1, 2)
        for path in small_disk.iterdir():
            shutil.rmtree(path)
