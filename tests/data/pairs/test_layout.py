"""Layouts of folders that people have: which photos are paired, and what split they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskwright.data.findings import Finding, errors
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.pairing import find_pairs
from maskwright.errors import UsageError


def lay(root: Path, files: str) -> Path:
    for file in files.split():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def splits(folder: DataFolder) -> dict[str, str | None]:
    """The split of each pair, by the stem of its photo."""
    pairs, findings = find_pairs(folder)
    assert errors(findings) == []
    return {pair.image.name.partition(".")[0]: pair.split for pair in pairs}


def found(root: Path, **options: str) -> dict[str, Finding]:
    return {one.kind: one for one in find_pairs(DataFolder(root, **options))[1]}  # type: ignore[arg-type]


LAYOUTS = {
    "beside": "train/a.jpg train/a_mask.png valid/b.jpg valid/b_mask.png test/c.jpg "
    "test/c_mask.png",
    "images first": "images/train/a.jpg masks/train/a.png images/val/b.jpg masks/val/b.png "
    "images/test/c.jpg masks/test/c.png",
    "two words": "images/training/a.jpg masks/train/a.png images/dev/b.jpg masks/validation/b.png "
    "images/held-out/c.jpg masks/test/c.png",
    "years": "images/train2017/a.jpg masks/train2017/a.png images/val2017/b.jpg "
    "masks/val2017/b.png images/test2017/c.jpg masks/test2017/c.png",
    "deep": "images/x/Train/y/a.jpg masks/x/Train/y/a.png images/x/Val/b.jpg masks/x/Val/b.png "
    "images/x/Testing/c.jpg masks/x/Testing/c.png",
    "split first": "TRAIN/imgs/a.jpg TRAIN/labels/a.png eval/imgs/b.jpg eval/labels/b.png "
    "testset/imgs/c.jpg testset/labels/c.png",
    "loose beside masks": "trn/a.jpg trn/masks/a.png dev/b.jpg dev/masks/b.png tst/c.jpg "
    "tst/masks/c.png",
    "train_images": "train_images/a.jpg train_masks/a.png val_images/b.jpg val_masks/b.png "
    "test_images/c.jpg test_masks/c.png",
    "images-train": "images-train/a.jpg masks-train/a.png images-val/b.jpg masks-val/b.png "
    "images-test/c.jpg masks-test/c.png",
    "CamVid": "train/a.png trainannot/a.png val/b.png valannot/b.png test/c.png testannot/c.png",
    "image translation": "trainA/a.jpg trainB/a.png valA/b.jpg valB/b.png testA/c.jpg testB/c.png",
    "ADE20K": "images/training/a.jpg annotations/training/a.png images/validation/b.jpg "
    "annotations/validation/b.png images/testing/c.jpg annotations/testing/c.png",
    "masks by split": "train/a.jpg val/b.jpg test/c.jpg masks/train/a.png masks/val/b.png "
    "masks/test/c.png",
    "mmseg": "img_dir/train/a.jpg ann_dir/train/a.png img_dir/val/b.jpg ann_dir/val/b.png "
    "img_dir/test/c.jpg ann_dir/test/c.png",
    "Supervisely": "train_val/img/a.jpg train_val/masks_machine/a.png val/img/b.jpg "
    "val/masks_machine/b.png test/img/c.jpg test/masks_machine/c.png",
    "ISIC": "ISIC_Training_Input/a.jpg ISIC_Training_GroundTruth/a_segmentation.png "
    "ISIC_Validation_Input/b.jpg ISIC_Validation_GroundTruth/b_segmentation.png "
    "ISIC_Test_Input/c.jpg ISIC_Test_GroundTruth/c_segmentation.png",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_split_of_a_known_layout_is_taken(tmp_path: Path, layout: str) -> None:
    root = lay(tmp_path, LAYOUTS[layout])
    assert splits(DataFolder(root)) == {"a": "train", "b": "val", "c": "test"}


def test_cityscapes(tmp_path: Path) -> None:
    root = lay(
        tmp_path,
        "leftImg8bit/train/ulm/a_leftImg8bit.png gtFine/train/ulm/a_gtFine_labelIds.png "
        "gtFine/train/ulm/a_gtFine_color.png gtFine/train/ulm/a_gtFine_instanceIds.png",
    )
    ((pair,), _) = find_pairs(DataFolder(root))
    assert pair.mask.name == "a_gtFine_labelIds.png" and pair.split == "train"
    assert pair.name == "train/ulm/a_leftImg8bit"  # as `predict` calls its mask
    lay(root, "gtFine/train/ulm/a_gtFine_labelTrainIds.png")
    cure = found(root)["suffixes"].cure
    assert "--suffixes _leftImg8bit,_gtFine_labelTrainIds or --suffixes" in cure
    folder = DataFolder(root, suffixes="_leftImg8bit,_gtFine_labelTrainIds")
    assert splits(folder) == {"a_leftImg8bit": "train"}


def test_other_channels_of_nnu_net_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    root = lay(tmp_path, "imagesTr/a_0000.png labelsTr/a.png imagesTs/b_0000.png")
    assert splits(DataFolder(root)) == {"a_0000": "train"}
    assert found(root)["suffixes"].severity == "note"
    lay(root, "imagesTr/a_0001.png")
    assert found(root)["suffixes"].severity == "warning"


@pytest.mark.parametrize(
    "files",
    [
        "train/images/a.jpg train/masks/a.png test/images/c.jpg",
        "train/a.jpg train_masks/a_mask.png test/c.jpg",
        "train/a.jpg masks/a.png test/c.jpg",
        "train_images/a.jpg train_masks/a.png test_images/c.jpg",
        "images/train/a.jpg masks/train/a.png images/test/c.jpg",
        "images/a.jpg masks/a.png test/c.jpg",
        "images/a.jpg masks/a.png test_images/c.jpg",
        "train/a.jpg train/a_mask.png test/c.jpg",
    ],
)
def test_a_test_part_without_masks_is_there_to_be_predicted(tmp_path: Path, files: str) -> None:
    root = lay(tmp_path, files)
    assert list(splits(DataFolder(root))) == ["a"]
    seen = found(root)
    assert seen["photos-to-predict"].severity == "note"
    assert [Path(file).name for file in seen["photos-to-predict"].files] == ["c.jpg"]
    assert "photo-without-mask" not in seen


def test_other_parts_without_masks(tmp_path: Path) -> None:
    val = lay(tmp_path / "v", "train/images/a.jpg train/masks/a.png val/images/b.jpg")
    assert "cannot validate" in found(val)["photo-without-mask"].problem
    train = lay(tmp_path / "t", "val/images/a.jpg val/masks/a.png train/images/b.jpg")
    assert found(train)["no-masks"].severity == "error"
    some = lay(tmp_path / "s", "test/images/a.jpg test/masks/a.png test/images/b.jpg")
    assert "photos-to-predict" not in found(some)
    assert found(some)["photo-without-mask"].severity == "warning"


def test_names_of_files_and_folders_above_say_no_split(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "test" / "val",
        "images/test_1.jpg masks/test_1.png images/train.jpg "
        "masks/train.png images/testimonials/x.jpg masks/testimonials/x.png",
    )
    assert set(splits(DataFolder(root)).values()) == {None}


def test_folders_that_say_two_splits_are_refused(tmp_path: Path) -> None:
    root = lay(tmp_path, "train/images/test/a.jpg train/masks/test/a.png")
    assert found(root)["two-splits"].files == ("train/images/test/a.jpg",)


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ("images/a.jpg Images/b.jpg masks/a.png masks/b.png", "two-folders"),
        ("images/a.jpg masks/a.png Masks/a.png", "two-folders"),
        (
            "train/images/a.jpg train/masks/a.png Train/images/b.jpg Train/masks/b.png",
            "two-folders",
        ),
        ("images/a.jpg labels/a.png annotations/a.png", "two-folders"),
        ("images/a.jpg masks/a.png train/images/b.jpg train/masks/b.png", "two-layouts"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(tmp_path: Path, files: str, kind: str) -> None:
    if files.startswith("images/a.jpg Images") and (lay(tmp_path / "x", "a") / "A").exists():
        pytest.skip("a disk that does not tell small letters from capitals")
    assert found(lay(tmp_path / "data", files))[kind].severity == "error"


def test_folders_of_other_usual_names_are_taken_and_said(tmp_path: Path) -> None:
    root = lay(tmp_path, "JPEGImages/a.jpg SegmentationClass/a.png SegmentationObject/a.png")
    assert splits(DataFolder(root)) == {"a": None}
    said = "photos from JPEGImages/ and masks from SegmentationClass/ are taken"
    assert found(root)["folders"].problem == said
    lay(root, "images/b.jpg masks/b.png")  # the names of the documentation go before
    assert splits(DataFolder(root)) == {"b": None} and "folders" not in found(root)


def test_mask_folders_without_pictures_do_not_count(tmp_path: Path) -> None:
    root = lay(tmp_path, "images/a.jpg labels/a.txt annotations/a.png")
    assert splits(DataFolder(root)) == {"a": None}


def test_unknown_folders_are_named_with_the_options_that_say_them(tmp_path: Path) -> None:
    root = lay(tmp_path, "foo/a_x.jpg foo/b.jpg bar/a_y.png bar/a_z.png")
    finding = found(root)["no-photos"]
    assert "foo/ (2)" in finding.problem and "--photos NAME --masks NAME" in finding.cure
    assert splits(DataFolder(root, photos="foo", masks="bar", suffixes="_x,_y")) == {"a_x": None}
    assert "no folder fou/" in found(root, photos="fou")["no-photos"].problem
    nested = lay(tmp_path / "n", "data/train/images/a.jpg data/train/masks/a.png")
    assert found(nested)["no-photos"].cure.endswith(str(nested / "data"))
    deep = lay(tmp_path / "d", "VOCdevkit/VOC2012/JPEGImages/a.jpg VOCdevkit/VOC2012/masks/a.png")
    assert found(deep)["no-photos"].cure.endswith(str(deep / "VOCdevkit" / "VOC2012"))


def test_photos_may_lie_beside_their_mask_folder(tmp_path: Path) -> None:
    root = lay(tmp_path, "a.jpg b.jpg masks/a.png masks/b.png")
    assert splits(DataFolder(root)) == {"a": None, "b": None}


def test_pictures_that_share_a_beginning_are_no_photos_with_masks(tmp_path: Path) -> None:
    root = lay(tmp_path, "car.jpg car_gt.jpg tree.jpg house.jpg dog.jpg")
    assert "no-photos" in found(root)


@pytest.mark.parametrize("text", ["_mask", "_a,_b,_c", ",", "_a,_a"])
def test_suffixes_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="--suffixes"):
        find_pairs(DataFolder(tmp_path, suffixes=text))


def test_masks_that_other_names_would_pair_are_told_the_option(tmp_path: Path) -> None:
    root = lay(tmp_path / "m", "images/a.jpg images/b.jpg annotations/trimaps/a.png")
    lay(root, "annotations/trimaps/b.png")
    assert found(root)["mask-without-photo"].cure.endswith(": --masks annotations/trimaps")
    assert list(splits(DataFolder(root, masks="annotations/trimaps"))) == ["a", "b"]
    root = lay(tmp_path / "s", "images/a.jpg images/b.jpg masks/a-labels.png masks/b-labels.png")
    assert found(root)["mask-without-photo"].cure.endswith(": --suffixes ,-labels")
    assert list(splits(DataFolder(root, suffixes=",-labels"))) == ["a", "b"]


def test_masks_of_each_class_in_a_folder_are_told_to_be_joined(tmp_path: Path) -> None:
    root = lay(tmp_path, "images/a.jpg masks/leaf/a.png masks/stem/a.png")
    cure = found(root)["mask-without-photo"].cure
    assert "--masks masks/leaf takes one folder" in cure and "joined first" in cure


def test_photos_of_formats_that_are_not_read_are_named(tmp_path: Path) -> None:
    root = lay(tmp_path, "images/a.NEF images/b.jpg masks/a.png masks/b.png")
    assert found(root)["mask-without-photo"].cure.startswith("images/a.NEF is not read")


def test_mask_folders_of_other_files_are_described(tmp_path: Path) -> None:
    root = lay(tmp_path, "images/a.jpg images/b.jpg masks/a.json masks/b.json")
    finding = found(root)["no-pairs"]
    assert "masks/ holds 2 .json files" in finding.problem and "PNG" in finding.cure
