"""The predict command as it is called: output, exit codes, interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from tests.support.models import write_model
from tests.support.photos import write_photos

COMMAND = [sys.executable, "-m", "maskwright", "predict"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos", 3)
    return tmp_path / "photos"


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "MASKWRIGHT_MODEL"}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "predict.jsonl"
    }


def said(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one JSON object on stdout."""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    assert found["command"] == "predict"
    assert found["ok"] == (done.returncode == 0)
    return found


def test_the_default_model_and_one_line_for_a_person(photos: Path, model: Path) -> None:
    done = run("photos", "-o", "out", cwd=photos.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 of 3 photos in out")
    again = run("photos", "-o", "out", cwd=photos.parent)
    assert "3 of them from an earlier run" in again.stdout


def test_the_papers_own_call(photos: Path, model: Path) -> None:
    cwd = photos.parent
    one = run("-i", "photos/001.jpg", "-of", "one", cwd=cwd)
    many = run("-i", "photos", "-of", "many", "-n", "True", cwd=cwd)
    found_out = run("-i", "photos", "-of", "found", cwd=cwd)
    assert [done.returncode for done in (one, many, found_out)] == [0, 0, 0], many.stderr
    assert sorted(files(cwd / "many")) == ["masks/000.png", "masks/001.png", "masks/002.png"]
    assert files(cwd / "one")["masks/001.png"] == files(cwd / "many")["masks/001.png"]
    assert files(cwd / "found") == files(cwd / "many")


def test_everything_that_can_be_saved(photos: Path, model: Path) -> None:
    cwd = photos.parent
    arguments = ("--save", "mask,cutout, overlay,prob", "--background", "#102030", "--crop")
    done = run("photos/*.jpg", "-o", "out", *arguments, "--threshold", "0.4", "-q", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert {Path(name).parts[0] for name in files(cwd / "out")} == {
        "masks",
        "cutouts",
        "overlays",
        "probs",
    }


@pytest.mark.int8
def test_fast_and_tiles_are_part_of_what_was_asked_for(photos: Path, model: Path) -> None:
    usual = ["photos", "-o", "out", "--model", "model", "--json"]
    assert run(*usual, cwd=photos.parent).returncode == 0
    for more in (["--fast"], ["--tile", "64", "--overlap", "0.5"]):
        found = said(run(*usual, *more, cwd=photos.parent))["results"]
        assert found["skipped"] == 0, more
        assert said(run(*usual, *more, cwd=photos.parent))["results"]["skipped"] == 3, more
        options = found["photos"][0]["options"]
        assert options["fast"] == ("--fast" in more)
        assert options["tile"] == (64 if "--tile" in more else None)


@pytest.mark.parametrize("more", [["--fast"], ["--tile", "640"]])
def test_fast_and_tiles_are_for_models(photos: Path, more: list[str]) -> None:
    done = run("photos", "-o", "out", "--method", "siox", *more, cwd=photos.parent)
    assert done.returncode == 2
    assert f"{more[0]} is for models" in done.stderr
    assert not (photos.parent / "out").exists()


def test_one_failure_ends_in_1_and_is_named(photos: Path, model: Path) -> None:
    (photos / "bad.png").write_text("no photo", encoding="utf-8")
    done = run("photos", "-o", "out", cwd=photos.parent)
    assert done.returncode == 1
    assert f"failed: {Path('photos', 'bad.png')}: this is not an image" in done.stderr
    as_json = run("photos", "-o", "out", "--json", cwd=photos.parent)
    assert as_json.returncode == 1
    assert [error["file"] for error in said(as_json)["errors"]] == [str(Path("photos", "bad.png"))]
    assert len(said(as_json)["results"]["photos"]) == 4


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["photos"], "add -o OUT"),
        (["-o", "out"], "no photos"),
        (["nowhere", "-o", "out"], "nowhere"),
        (["photos", "-o", "out", "--save", "mask;prob"], "mask;prob"),
        (["photos", "-o", "out", "--threshold", "2"], "threshold"),
        (["photos", "-o", "out", "--threshold", "half"], "--threshold"),
        (["photos", "-o", "out", "--threads", "0"], "threads"),
        (["photos", "-o", "out", "--method", "magic"], "only unet"),
        (["photos", "-o", "out", "--box", "1,1,9,9"], "--box: a network takes no seeds"),
        (["photos", "-o", "out", "--method", "siox", "--seeds", "me"], "--seeds me"),
        (["photos", "-o", "out", "--method", "siox", "--box", "b.json"], "no such file"),
        (["photos", "-o", "out", "--method", "siox", "--box", ""], "it is empty"),
        (["photos", "-o", "out", "--method", "siox", "--threshold", "0.3"], "is for models"),
        (["photos", "-o", "out", "--method", "siox", "--model", "model"], "uses no model"),
        (["photos", "-o", "out", "--model", "nothing"], "maskwright train"),
        (["-i", "photos", "-of", "out", "-n", "perhaps"], "-n perhaps"),
        (["-i", "photos/000.jpg", "-of", "out", "-n", "True"], "is one photo"),
        (["photos", "-o", "out", "--unknown"], "--unknown"),
    ],
)
def test_bad_calls_end_in_2_with_valid_json(
    photos: Path, model: Path, arguments: list[str], reason: str
) -> None:
    done = run(*arguments, "--json", cwd=photos.parent)
    assert done.returncode == 2
    assert reason in said(done)["errors"][0]["error"]
    assert not (photos.parent / "out").exists()


def test_a_classical_method_needs_no_model_and_says_its_seeds(photos: Path) -> None:
    cwd = photos.parent
    done = run("photos", "-o", "out", "--method", "siox", "--box", "5,5,95,70", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert "seeds: the box 5,5,95,70" in done.stderr
    boxes = cwd / "boxes.json"
    boxes.write_text(json.dumps({"000": [[5, 5, 95, 70]], "001": [[5, 5, 95, 70]]}))
    some = run("photos", "-o", "o2", "--method", "siox", "--box", boxes, "--json", cwd=cwd)
    assert some.returncode == 1
    assert [error["file"] for error in said(some)["errors"]] == [str(Path("photos", "002.jpg"))]
    assert "no seeds for '002'" in said(some)["errors"][0]["error"]
    seeds = said(some)["results"]["photos"][0]["options"]["seeds"]
    assert seeds.startswith("boxes ")
    assert files(cwd / "o2")["masks/000.png"] == files(cwd / "out")["masks/000.png"]


def test_a_model_that_is_not_there_says_how_to_train(photos: Path) -> None:
    done = run("photos", "-o", "out", "--model", "nowhere", cwd=photos.parent)
    assert done.returncode == 2
    assert "maskwright train DATA -o nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def started(cwd: Path, out: Path, lines: int) -> subprocess.Popen[bytes]:
    """Start a batch and return while it is at work, with as many photos done."""
    process = subprocess.Popen(
        [*COMMAND, "photos", "-o", str(out), "--save", "mask,cutout,prob", "--threads", "2"],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    manifest = cwd / out / "predict.jsonl"
    for _ in range(3000):
        if manifest.exists() and manifest.read_bytes().count(b'"error": null}\n') >= lines:
            break
        time.sleep(0.01)
    assert process.poll() is None, "the batch was over before it could be stopped"
    return process


def check_whole(out: Path) -> None:
    """Every output that is there can be read to its end."""
    names = [name for name in files(out) if not Path(name).name.startswith(".")]
    assert names
    for name in names:
        with Pictures.open(out / name) as picture:
            assert np.asarray(picture).size > 0


@pytest.fixture
def many_photos(tmp_path: Path, model: Path) -> Path:
    """So many that a batch can be stopped in the middle; and what an undisturbed batch gives."""
    write_photos(tmp_path / "photos", 60, height=600, width=800)
    done = run("photos", "-o", "whole", "--save", "mask,cutout,prob", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_after_kill_9_the_same_command_gives_the_same_files(many_photos: Path) -> None:
    out = Path("out")
    for lines in (2, 20):  # killed twice
        process = started(many_photos, out, lines)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        check_whole(many_photos / out)
    done = run("photos", "-o", out, "--save", "mask,cutout,prob", "--json", cwd=many_photos)
    assert done.returncode == 0
    assert 20 <= said(done)["results"]["skipped"] < 60
    assert files(many_photos / out) == files(many_photos / "whole"), "no temporary file either"
    lines_left = (many_photos / out / "predict.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["name"] for line in lines_left] == [f"{at:03}" for at in range(60)]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_ends_in_130_and_keeps_what_is_done(many_photos: Path) -> None:
    process = started(many_photos, Path("out"), 3)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    check_whole(many_photos / "out")
    made = files(many_photos / "out")
    assert made.items() < files(many_photos / "whole").items(), "all whole, no temporary file"
    done = run("photos", "-o", "out", "--save", "mask,cutout,prob", cwd=many_photos)
    assert done.returncode == 0
    assert "from an earlier run" in done.stdout
    assert files(many_photos / "out") == files(many_photos / "whole")
