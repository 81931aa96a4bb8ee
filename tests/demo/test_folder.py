from pathlib import Path

import pytest

from maskwright.demo.folder import claim
from maskwright.errors import UsageError


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_is_not_a_demos_is_left_alone(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    inside = tmp_path / "photos" / "photo.jpg"
    inside.parent.mkdir()
    inside.write_text("mine")
    if kind == "folder":
        out = inside.parent
    elif kind == "file":
        out = inside
    else:
        out.symlink_to(inside.parent, target_is_directory=True)
    with pytest.raises(UsageError, match="choose another with -o"):
        claim(out)
    assert [path.name for path in inside.parent.iterdir()] == ["photo.jpg"]
    assert inside.read_text() == "mine"


def test_a_folder_is_a_demos_from_the_first_time_on(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    claim(out)
    (out / "data" / "images").mkdir(parents=True)
    (out / "demo.png").touch()
    (out / "notes.txt").write_text("mine")
    claim(out)
    assert not (out / "data").exists() and not (out / "demo.png").exists()
    assert (out / "notes.txt").read_text() == "mine"


def test_a_link_among_the_results_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").touch()
    out = tmp_path / "out"
    claim(out)
    (out / "data").symlink_to(tmp_path / "mine", target_is_directory=True)
    claim(out)
    assert not (out / "data").is_symlink()
    assert (tmp_path / "mine" / "photo.jpg").exists()
