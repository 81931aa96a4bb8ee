"""Boxes as people write them, and as they get them wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskwright.classical.seeds import boxes
from maskwright.classical.seeds.boxes import boxes_in, parse_box, read_boxes
from maskwright.errors import DataError, UsageError


def written(folder: Path, text: str) -> Path:
    path = folder / "boxes.json"
    path.write_text(text)
    return path


def test_reads_a_box() -> None:
    assert parse_box("10,20,300,400") == (10, 20, 300, 400)
    assert parse_box(" 0, 0 ,1, 2 ") == (0, 0, 1, 2)
    assert parse_box("1.5,.5,30.25,40") == (1.5, 0.5, 30.25, 40)


@pytest.mark.parametrize(
    "text", ["0.1,0.1,0.9,0.9", ".1,.1,.9,.9", "0,0,1,1", "0.5,0.5,0.2,0.3", "0,0,1.0,1.001"]
)
def test_a_box_in_fractions_is_refused(text: str) -> None:
    """As YOLO and albumentations write them, the former as centre, width and height."""
    with pytest.raises(UsageError, match="look like fractions of the photo: give pixels"):
        parse_box(text)
    box = tuple(map(float, text.split(",")))
    with pytest.raises(DataError, match=r"boxes\.json: box .* of 'a': .*fractions"):
        boxes_in([(50, 50, 60, 60), box], "boxes.json", "a", 100, 100)  # type: ignore[list-item]


def test_no_text_is_no_file_name_either() -> None:
    with pytest.raises(UsageError, match="--box is empty"):
        parse_box(" ")


@pytest.mark.parametrize("text", ["boxes.json", "1,2,3", "a,b,c,d", "1,2,3,4,5", "1.2.3,2,3,4"])
def test_anything_else_is_a_file_name(text: str) -> None:
    assert parse_box(text) is None


@pytest.mark.parametrize("text", ["10,10,10,20", "10,20,5,30", "-1,0,5,5", "0,5,5,5"])
def test_refuses_four_numbers_that_are_no_box(text: str) -> None:
    with pytest.raises(UsageError, match="x0 < x1"):
        parse_box(text)


def test_reads_a_file_of_boxes(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": [[1, 2, 3, 4]], "b/c": [[0, 0, 9, 9], [1.2, 1.8, 2.2, 2.0]]}')
    assert read_boxes(path) == {
        "a": ((1, 2, 3, 4),),
        "b/c": ((0, 0, 9, 9), (1.2, 1.8, 2.2, 2.0)),
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[[1, 2, 3, 4]]",
        '{"a": [1, 2, 3, 4]}',
        '{"a": [[1, 2, 3]]}',
        '{"a": [[1, 2, 3, "4"]]}',
        '{"a": [[1, 2, 3, true]]}',
        '{"a": [[1, 2, 3, NaN]]}',
        '{"a": [[1, 2, 3, Infinity]]}',
        '{"a": [[1, 2, 3, 1e300]]}',
        '{"a": {"box": [1, 2, 3, 4]}}',
        '{"a": [[1, 2, 3, 4]], "a": [[5, 6, 7, 8]]}',
        "[" * 100_000,
        '{"a": [[1, 2, 3, ' + "9" * 5000 + "]]}",
    ],
)
def test_refuses_another_form_and_shows_the_right_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"x0, y0, x1, y1") as caught:
        read_boxes(written(tmp_path, text))
    assert str(tmp_path / "boxes.json") in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_refuses_a_name_that_no_file_can_have(name: str) -> None:
    with pytest.raises(DataError, match=r"neither x0,y0,x1,y1 nor the name|no such file"):
        read_boxes(Path(name))


def test_refuses_a_file_that_is_missing_or_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_boxes(tmp_path / "boxes.json")
    monkeypatch.setattr(boxes, "MOST_BYTES", 10)
    with pytest.raises(DataError, match="more than 10 bytes"):
        read_boxes(written(tmp_path, '{"a": [[1, 2, 3, 4]]}'))


@pytest.mark.parametrize("text", ["1,2,3,\0", "1,2,3,\ud800", "2" * 5000])
def test_refuses_what_no_file_can_be_called(text: str) -> None:
    with pytest.raises(DataError, match=r"x0,y0,x1,y1|cannot be read"):
        read_boxes(Path(text))


def test_names_are_looked_at_once_however_many_there_are(tmp_path: Path) -> None:
    many = ",".join(f'"{at}": [[0, 0, 5, 5]]' for at in range(100_000))
    with pytest.raises(DataError, match="'99999' is there twice"):
        read_boxes(written(tmp_path, f'{{{many}, "99999": []}}'))


def test_boxes_are_rounded_outwards_and_cut_at_the_frame() -> None:
    given = [(1.2, 1.8, 2.2, 2.0), (2, 2, 40.2, 30.9), (-0.5, -0.9, 5, 5), (0, 0, 39, 30)]
    expected = [(1, 1, 3, 2), (2, 2, 40, 30), (0, 0, 5, 5), (0, 0, 39, 30)]
    assert boxes_in(given, "boxes.json", "a", 30, 40) == expected


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 41, 30),
        (0, 0, 40, 31),
        (5, 5, 5, 9),
        (-1, 0, 5, 5),
        (40.2, 0, 40.5, 9),
        (2.8, 1, 2.1, 9),
    ],
)
def test_a_box_outside_its_photo_names_file_and_photo(box: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match=r"b\.json.*'a'.*40 x 30 pixels.*counted from 0"):
        boxes_in([(0, 0, 2, 2), box], "b.json", "a", 30, 40)  # type: ignore[list-item]
    with pytest.raises(DataError, match="has no box"):
        boxes_in([], "b.json", "a", 30, 40)
