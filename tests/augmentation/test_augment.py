from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL.JpegImagePlugin import JpegImageFile

from maskwright.augmentation.augment import AugmentResult, augment
from maskwright.augmentation.contact_sheet import draw_contact_sheet
from maskwright.core import VOID
from maskwright.data.dataset import open_dataset
from maskwright.data.doctor.check import check
from maskwright.data.doctor.fix import fix
from maskwright.data.folder import DataFolder
from maskwright.errors import DataError, UsageError
from maskwright.files import beside
from tests.support.data_folders import (
    blob,
    data_folder,
    display_p3,
    orientation_exif,
    picture,
    write,
)

PREFIXES = ("rt", "ws", "hs", "zr", "vf", "hf")


def files(root: Path) -> dict[str, bytes]:
    """All files of a folder with their contents."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def rows(root: Path) -> dict[str, dict[str, str]]:
    with (root / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "data", {f"p{number:02d}": blob() for number in range(12)})


@pytest.fixture(scope="module")
def animals(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, AugmentResult]:
    out = tmp_path_factory.mktemp("animals") / "aug"
    return out, augment(shared_data / "animals74" / "train", out)


def test_74_pairs_become_518(animals: tuple[Path, AugmentResult]) -> None:
    out, done = animals
    assert (done.pairs, done.copies, done.originals, done.made) == (518, 444, 74, 518)
    dataset = open_dataset(out)
    assert len(dataset.examples) == 518
    originals = {e.name for e in dataset.examples if e.parent is None}
    assert len(originals) == 74
    for name in originals:
        copies = {e.name for e in dataset.examples if e.parent == name}
        assert copies == {f"{prefix}_{name}" for prefix in PREFIXES}
    kinds = Counter(e.technique for e in dataset.examples)
    assert set(kinds.values()) == {74} and len(kinds) == 7
    assert sorted(p.name for p in out.parent.iterdir()) == ["aug"]


def test_the_doctor_finds_no_errors_in_them(animals: tuple[Path, AugmentResult]) -> None:
    report = check(animals[0])
    assert report.usable
    assert [finding.severity for finding in report.findings] == ["note"]


def test_originals_are_kept_byte_for_byte(
    animals: tuple[Path, AugmentResult], shared_data: Path
) -> None:
    was = open_dataset(shared_data / "animals74" / "train")
    now = {example.name: example for example in open_dataset(animals[0]).examples}
    for example in was.examples:
        assert now[example.name].image.read_bytes() == example.image.read_bytes()
        assert now[f"rt_{example.name}"].image.suffix == ".jpg"


def test_real_flips_can_be_turned_back(animals: tuple[Path, AugmentResult]) -> None:
    dataset = open_dataset(animals[0])
    by_name = {example.name: example for example in dataset.examples}
    for name in [n for n in by_name if not n.startswith(PREFIXES)][:5]:
        original, flipped = (dataset.load(by_name[n]) for n in (name, f"hf_{name}"))
        np.testing.assert_array_equal(flipped.mask[:, ::-1], original.mask)
        apart = np.abs(flipped.image[:, ::-1].astype(int) - original.image)
        assert apart.mean() < 2  # JPEG again


def test_the_same_bytes_twice_and_with_any_number_of_workers(data: Path, tmp_path: Path) -> None:
    augment(data, tmp_path / "one", workers=1)
    augment(data, tmp_path / "two", workers=5)
    augment(data, tmp_path / "other", seed=1)
    one, two, other = (files(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    same = {name for name in one if one[name] == other[name]}
    assert "images/rt_p00.png" not in same and "images/hf_p00.png" in same


def test_other_copies_leave_a_copy_as_it_is(data: Path, tmp_path: Path) -> None:
    augment(data, tmp_path / "all")
    augment(data, tmp_path / "few", techniques=["zoom", "rt"], copies=3)
    every, few = files(tmp_path / "all"), files(tmp_path / "few")
    assert every["images/rt_p03.png"] == few["images/rt1_p03.png"] != few["images/rt2_p03.png"]
    shutil.rmtree(data / "images")
    shutil.rmtree(data / "masks")
    data_folder(data, {"p00": blob(), "p01": blob()})
    augment(data, tmp_path / "fewer")
    assert files(tmp_path / "fewer")["images/zr_p01.png"] == every["images/zr_p01.png"]


def test_several_copies_are_numbered_and_flips_are_made_once(data: Path, tmp_path: Path) -> None:
    done = augment(data, tmp_path / "out", copies=2, techniques=["ws", "vf"])
    assert (done.pairs, done.copies) == (48, 36)
    names = set(rows(tmp_path / "out"))
    assert {"p00", "ws1_p00", "ws2_p00", "vf_p00"} == {n for n in names if n.endswith("p00")}


def test_copies_weigh_what_their_photo_weighs(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {name: blob() for name in ("a", "b")})
    (root / "pairs.csv").write_text("name,weight\na,0.5\n")
    augment(root, tmp_path / "out")
    weights = {e.name: e.weight for e in open_dataset(tmp_path / "out").examples}
    assert weights["a"] == weights["zr_a"] == weights["hf_a"] == 0.5
    assert weights["b"] == weights["zr_b"] == 1.0


def test_the_table_names_parent_technique_group_and_part(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {name: blob() for name in ("a", "b", "garden/c", "d")})
    (root / "pairs.csv").write_text("name,group,split\na,plant,train\nb,plant,\nd,,val\n")
    done = augment(root, tmp_path / "out")
    found = rows(tmp_path / "out")
    assert found["zr_a"] == {
        "name": "zr_a",
        "group": "plant",
        "parent": "a",
        "technique": "zoom",
        "split": "train",
    }
    assert found["b"]["group"] == found["rt_b"]["group"] == "plant"
    assert found["garden/hf_c"]["parent"] == "garden/c" and found["garden/hf_c"]["group"] == ""
    assert (tmp_path / "out" / "images" / "garden" / "hf_c.png").is_file()
    assert "rt_d" not in found and found["d"]["split"] == "val"
    assert any("1 photos of val and test are kept" in note for note in done.notes)
    sources = open_dataset(tmp_path / "out").sources
    assert sources["a"] == sources["hf_b"] != sources["garden/vf_c"] == sources["garden/c"]


def test_groups_from_a_pattern_are_written_down(data: Path, tmp_path: Path) -> None:
    augment(DataFolder(data, groups=r"p\d"), tmp_path / "out")
    sources = open_dataset(tmp_path / "out").sources
    assert len(set(sources.values())) == 2 and sources["rt_p11"] == sources["p10"]


def test_split_folders_become_a_split(tmp_path: Path) -> None:
    for number, part in enumerate(("train", "train", "val", "test")):
        write(tmp_path / "data" / part / "images" / f"x{number}.jpg", picture(number))
        write(tmp_path / "data" / part / "masks" / f"x{number}.png", blob())
    done = augment(tmp_path / "data", tmp_path / "out")
    assert (done.pairs, done.copies) == (16, 12)
    parts = {e.name: e.split for e in open_dataset(tmp_path / "out").examples}
    assert parts["train/rt_x0"] == parts["train/x0"] == "train"
    assert (parts["val/x2"], parts["test/x3"]) == ("val", "test")
    assert check(tmp_path / "out").usable


def test_classes_and_void_survive(tmp_path: Path) -> None:
    mask = blob(on=255)
    mask[:10] = 128
    mask[20:30, 20:30] = 77
    root = data_folder(tmp_path / "data", {f"p{number}": mask for number in range(4)})
    augment(DataFolder(root, values="0=soil,255=leaf,128=stem", ignore="77"), tmp_path / "out")
    dataset = open_dataset(tmp_path / "out")
    assert dataset.classes == ("soil", "leaf", "stem")
    for example in dataset.examples:
        found = set(np.unique(dataset.load(example).mask))
        assert {1, VOID} <= found <= {0, 1, 2, VOID}
    flipped = dataset.load(next(e for e in dataset.examples if e.name == "vf_p0"))
    np.testing.assert_array_equal(flipped.mask == VOID, (mask == 77)[::-1])


def test_photos_are_upright_srgb_and_of_the_originals_kind(tmp_path: Path) -> None:
    root = tmp_path / "data"
    write(root / "images" / "turned.jpg", picture(0), exif=orientation_exif(6))
    write(root / "masks" / "turned.png", blob(64, 48))
    write(root / "images" / "wide.png", picture(1), icc_profile=display_p3())
    write(root / "masks" / "wide.png", blob())
    augment(root, tmp_path / "out", techniques=["hf"])
    was, dataset = open_dataset(root), open_dataset(tmp_path / "out")
    for name, ending in (("turned", ".jpg"), ("wide", ".png")):
        original = was.load(next(e for e in was.examples if e.name == name))
        example = next(e for e in dataset.examples if e.name == f"hf_{name}")
        assert example.image.suffix == ending
        apart = dataset.load(example).image[:, ::-1].astype(int) - original.image
        assert np.abs(apart).mean() < 2 * (ending == ".jpg") + 0.01
        kept = dataset.load(next(e for e in dataset.examples if e.name == name))
        np.testing.assert_array_equal(kept.image, original.image)


def test_copies_of_large_jpegs_keep_their_colours_apart(tmp_path: Path) -> None:
    write(tmp_path / "data" / "images" / "a.jpg", picture(0), quality=95)
    write(tmp_path / "data" / "masks" / "a.png", blob())
    augment(tmp_path / "data", tmp_path / "out", techniques=["rt"])
    with JpegImageFile(tmp_path / "out" / "images" / "rt_a.jpg") as image:
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3  # 4:4:4


def test_copies_that_are_there_are_kept_and_not_copied_again(data: Path, tmp_path: Path) -> None:
    augment(data, tmp_path / "flips", techniques=["hf"])
    done = augment(tmp_path / "flips", tmp_path / "more", techniques=["rt"])
    assert (done.pairs, done.copies, done.originals) == (36, 12, 12)
    assert any("12 photos are copies already" in note for note in done.notes)
    found = rows(tmp_path / "more")
    assert found["hf_p00"]["parent"] == "p00" and found["hf_p00"]["technique"] == "horizontal-flip"
    assert "rt_hf_p00" not in found
    with pytest.raises(UsageError, match="already a copy of 'p00'"):
        augment(tmp_path / "flips", tmp_path / "again")


def test_a_photo_that_has_a_copys_name_is_never_overwritten(data: Path, tmp_path: Path) -> None:
    write(data / "images" / "RT_p01.png", picture(99))
    write(data / "masks" / "RT_p01.png", blob())
    with pytest.raises(UsageError, match=r"RT_p01\.png: is already a copy of 'p01'.*rename it"):
        augment(data, tmp_path / "out")
    (data / "pairs.csv").write_text("name,parent\nRT_p01,\n")
    with pytest.raises(UsageError, match=r"RT_p01\.png: is another photo.*rename it"):
        augment(data, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert augment(data, tmp_path / "out", techniques=["zr"]).pairs == 26


def test_photos_that_share_a_name_but_for_the_ending(tmp_path: Path) -> None:
    root = tmp_path / "data"
    for seed, ending in enumerate(("jpg", "png")):
        write(root / "images" / f"x.{ending}", picture(seed))
        write(root / "masks" / f"x.{ending}.png", blob())
    done = augment(root, tmp_path / "out")
    names = [e.name for e in open_dataset(tmp_path / "out").examples]
    assert done.pairs == len(names) == 14 and {"rt_x.jpg", "rt_x.png", "x.jpg"} <= set(names)


@pytest.mark.parametrize("place", ["data/aug", "data", ".", "data/images"])
def test_out_never_lies_among_the_data(data: Path, tmp_path: Path, place: str) -> None:
    before = files(data)
    with pytest.raises(UsageError, match="inside it or around it"):
        augment(data, tmp_path / place, overwrite=True)
    assert files(data) == before


def test_data_that_cannot_be_used_leave_nothing_behind(data: Path, tmp_path: Path) -> None:
    write(data / "masks" / "p03.png", blob(10, 10))
    with pytest.raises(DataError, match="64 x 48"):
        augment(data, tmp_path / "out")
    copies = data_folder(tmp_path / "copies", {"a": blob(), "b": blob()})
    (copies / "pairs.csv").write_text("name,split\na,val\nb,test\n")
    with pytest.raises(DataError, match="nothing to augment"):
        augment(copies, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copies", "data"]


def test_an_existing_folder_is_refused_unless_it_is_the_very_same(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    augment(data, out)
    first = files(out)
    assert augment(data, out).made == 0
    with pytest.raises(UsageError, match=r"other copies: seed 0, not 1.*--overwrite"):
        augment(data, out, seed=1)
    (out / "masks" / "rt_p00.png").unlink()
    with pytest.raises(UsageError, match="files are missing"):
        augment(data, out)
    assert augment(data, out, overwrite=True).made == 84
    assert files(out) == first
    write(data / "masks" / "p00.png", 255 - blob())
    with pytest.raises(UsageError, match="the data, or how they are read, have changed"):
        augment(data, out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "out"]


@pytest.mark.parametrize("table", ["pairs.csv", "dataset.yaml"])
def test_a_missing_or_changed_table_is_noticed(data: Path, tmp_path: Path, table: str) -> None:
    out = tmp_path / "out"
    augment(data, out, techniques=["hf"])
    before = files(out)
    (out / table).unlink()
    with pytest.raises(UsageError, match="files are missing"):
        augment(data, out, techniques=["hf"])
    (out / table).write_text("name\np00\n")
    with pytest.raises(UsageError, match=r"pairs\.csv or dataset\.yaml was changed.*--overwrite"):
        augment(data, out, techniques=["hf"])
    augment(data, out, techniques=["hf"], overwrite=True)
    assert files(out) == before and augment(data, out, techniques=["hf"]).made == 0


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("record", [None, "{}", "[1]", "nonsense"])
def test_what_augment_did_not_make_is_never_replaced(
    data: Path, tmp_path: Path, overwrite: bool, record: str | None
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "keep.txt").write_text("keep")
    if record is not None:
        (mine / "augment.json").write_text(record)
    before = files(tmp_path)
    for place in (mine, mine / "keep.txt"):
        with pytest.raises(UsageError, match="did not make it: name another folder"):
            augment(data, place, overwrite=overwrite)
    assert files(tmp_path) == before


def test_an_empty_folder_is_as_good_as_none(data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert augment(data, tmp_path / "out", techniques=["hf"]).made == 24
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "out"]


@pytest.fixture
def stopped(tmp_path: Path) -> tuple[Path, Path]:
    """Data and an OUT whose run was killed midway."""
    masks = {f"p{number:02d}": blob(120, 160) for number in range(20)}
    root, out = data_folder(tmp_path / "data", masks), tmp_path / "out"
    command = [sys.executable, "-m", "maskwright", "augment", root, "-o", out, "--threads", "2"]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(list(tmp_path.glob("out.partial/masks/*.png"))) < 10:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    return root, out


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
    stopped: tuple[Path, Path], tmp_path: Path
) -> None:
    root, out = stopped
    part = tmp_path / "out.partial"
    assert not (part / "pairs.csv").exists() and not (part / "dataset.yaml").exists()
    (part / "images" / ".maskwright-0123456789abcdef.tmp").write_bytes(b"half")
    done = augment(root, out)
    assert 0 < done.made < done.pairs == 140
    augment(root, tmp_path / "straight")
    assert files(out) == files(tmp_path / "straight")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "out", "straight"]


def test_a_killed_run_does_not_go_on_as_another(stopped: tuple[Path, Path], tmp_path: Path) -> None:
    root, out = stopped
    with pytest.raises(UsageError, match=r"out\.partial.*seed 0, not 4.*--overwrite"):
        augment(root, out, seed=4)
    assert augment(root, out, seed=4, overwrite=True).made == 140
    augment(root, tmp_path / "straight", seed=4)
    assert files(out) == files(tmp_path / "straight")


def test_what_others_call_partial_is_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "thesis.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(UsageError, match="move it away"):
            augment(data, tmp_path / "out", overwrite=overwrite)
    assert (tmp_path / "out.partial" / "thesis.txt").read_text() == "mine"


def test_a_full_disk_is_said_and_the_run_goes_on_later(data: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    largest = 600  # bytes of a file: enough for the record and for masks, not for photos

    def tighten() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    out = tmp_path / "out"
    command = [sys.executable, "-m", "maskwright", "augment", str(data), "-o", str(out), "--json"]
    failed = subprocess.run(command, preexec_fn=tighten, capture_output=True, text=True)
    assert failed.returncode == 2, failed.stderr
    (error,) = json.loads(failed.stdout)["errors"]
    assert "cannot be written" in error["error"] and "repeat the command" in error["error"]
    assert not out.exists()
    augment(data, out)
    assert check(out).usable
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "out"]


def test_every_pair_is_reported(data: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    augment(data, tmp_path / "out", on_pair=lambda name, total: told.append((name, total)))
    assert sorted(name for name, _ in told) == sorted(rows(tmp_path / "out"))
    assert {total for _, total in told} == {84}


def test_a_photo_of_one_pixel(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {"dot": blob(1, 1), "large": blob(40, 40)})
    write(root / "masks" / "dot.png", np.zeros((1, 1), np.uint8))
    augment(root, tmp_path / "out")
    assert check(tmp_path / "out").usable


def test_wrong_options_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--copies 0"):
        augment(data, tmp_path / "out", copies=0)
    with pytest.raises(UsageError, match="--fill mirror: choose from reflect, void, nearest"):
        augment(data, tmp_path / "out", fill="mirror")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_photo_too_long_for_opencv_is_an_error_with_a_cure(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {"strip": blob(2, 33_000), "b": blob()})
    write(root / "masks" / "strip.png", np.ones((2, 33_000), np.uint8))
    folder = DataFolder(root, values="0=no,1=yes,255=yes")
    with pytest.raises(DataError, match="strip: a side of more than 32,766 pixels: shrink"):
        augment(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(DataError, match="strip: a side of more than 32,766 pixels: shrink"):
        draw_contact_sheet(folder, tmp_path / "sheet.png")


def test_ctrl_c_leaves_what_the_same_command_goes_on_with(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {f"p{n:02d}": blob(120, 160) for n in range(40)})
    out, part = tmp_path / "out", tmp_path / "out.partial"
    command = [sys.executable, "-m", "maskwright", "augment", str(root), "-o", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while len(list(part.glob("masks/*.png"))) < 5:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and b"Traceback" not in error
    assert part.is_dir() and not out.exists()
    assert augment(root, out).pairs == 280 and not part.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other disks refuse such names")
def test_names_that_are_no_utf8_are_written_and_read_back(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {"a": blob(8, 12), "b": blob(8, 12)})
    for kind in ("images", "masks"):
        (root / kind / "a.png").rename(root / kind / "caf\udce9.png")
    for out in (tmp_path / "out", tmp_path / "fixed"):
        for _ in range(2):  # the second time nothing is left to do
            if out.name == "out":
                augment(root, out, techniques=["hf"])
            elif not out.exists():
                fix(DataFolder(root), out)
        assert check(out).usable
    parents = {example.parent for example in open_dataset(tmp_path / "out").examples}
    assert parents == {None, "caf\udce9", "b"}


def test_two_runs_into_one_folder_are_not_mixed(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def another_run(_name: str, _pairs: int) -> None:
        with pytest.raises(UsageError, match="another run is writing there"):
            augment(data, out, techniques=["vf"], overwrite=True)

    augment(data, out, techniques=["hf"], on_pair=another_run)
    augment(data, tmp_path / "alone", techniques=["hf"])
    assert files(out) == files(tmp_path / "alone")


def test_what_a_killed_overwrite_left(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    augment(data, out, techniques=["hf"])
    out.rename(beside(out, ".old"))
    assert augment(data, out, techniques=["hf"]).made == 0
    part = tmp_path / "out.partial"
    part.mkdir()
    (part / ".maskwright-0123456789abcdef.tmp").write_bytes(b"killed before there was a record")
    augment(data, out, techniques=["vf"], overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]
