"""Every photo gets a name of its own inside OUT."""

from __future__ import annotations

import logging
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwright.data.walk import FoundPhoto
from maskwright.errors import UsageError
from maskwright.outputs.names import output_names


def photos(*relative: str) -> list[FoundPhoto]:
    return [FoundPhoto(Path("photos", one), PurePosixPath(one)) for one in relative]


@pytest.mark.parametrize(
    ("relative", "names"),
    [
        (["a.jpg", "b.png"], ["a", "b"]),
        (["a.b.jpg", "a.jpg"], ["a.b", "a"]),
        (["train1.jpg", "train10.jpg"], ["train1", "train10"]),
        (["x/a.jpg", "y/a.jpg", "a.jpg"], ["x/a", "y/a", "a"]),
        (["a.jpg", "a.png", "b.jpg"], ["a.jpg", "a.png", "b"]),
        (["x/a.jpg", "x/a.PNG", "y/a.jpg"], ["x/a.jpg", "x/a.PNG", "y/a"]),
        (["a.jpg", "A.png"], ["a.jpg", "A.png"]),
        (["caf\u00e9.jpg", "cafe\u0301.png"], ["caf\u00e9.jpg", "cafe\u0301.png"]),
        (["a.jpg", "a.png", "a.jpg.png"], ["a.jpg", "a.png", "a.jpg.png"]),
        (["with space.jpg", "Blüte.jpeg"], ["with space", "Blüte"]),
        (["photo"], ["photo"]),
    ],
)
def test_names(relative: list[str], names: list[str]) -> None:
    assert output_names(photos(*relative)) == names


PARTS = st.sampled_from(["a", "b", "a.jpg", "A", "é"])
RELATIVE = st.builds(lambda stem, ending: stem + ending, PARTS, st.sampled_from([".jpg", ".png"]))


@given(st.lists(RELATIVE, unique_by=str.casefold, max_size=10))
def test_names_never_meet_even_where_case_does_not_count(relative: list[str]) -> None:
    names = output_names(photos(*relative))
    assert len({name.casefold() for name in names}) == len(relative)


def test_keeping_the_ending_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        output_names(photos("a.jpg", "a.png", "b.jpg"))
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        str(Path("photos", "a.jpg")),
        str(Path("photos", "a.png")),
    ]


@pytest.mark.parametrize("relative", ["../a.jpg", "x/../../a.jpg", "/a.jpg"])
def test_no_name_leads_out_of_the_folder(relative: str) -> None:
    with pytest.raises(UsageError, match="outside the output folder"):
        output_names(photos(relative))


def test_two_photos_of_one_relative_path_are_refused_by_name() -> None:
    both = [
        FoundPhoto(Path("summer/a.jpg"), PurePosixPath("a.jpg")),
        FoundPhoto(Path("winter/a.jpg"), PurePosixPath("a.jpg")),
    ]
    with pytest.raises(UsageError, match=r"summer.a\.jpg and winter.a\.jpg"):
        output_names(both)
