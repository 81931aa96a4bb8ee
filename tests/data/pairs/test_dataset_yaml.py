"""dataset.yaml: names as they are written, and no file that stops the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskwright.data.masks.meaning import Meaning, parse_meaning
from maskwright.data.pairs.dataset_yaml import dataset_yaml, read_meaning
from maskwright.errors import DataError, UsageError


def read(tmp_path: Path, text: str | bytes) -> Meaning:
    path = tmp_path / "dataset.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    return read_meaning(path)


def test_names_stay_as_they_are_written(tmp_path: Path) -> None:
    said = read(tmp_path, "classes: [no, yes, on, 1.0, 2001-01-01, 0x10]")
    assert said.classes == ("no", "yes", "on", "1.0", "2001-01-01", "0x10")
    said = read(tmp_path, "values: {0: no, 128-255: yes}\nignore: [7, 8-9]")
    assert said.values == ((0, 0, "no"), (128, 255, "yes")) and said.ignore == ((7, 7), (8, 9))
    assert read(tmp_path, dataset_yaml(["a", "yes", "ä b"])).classes == ("a", "yes", "ä b")
    assert read(tmp_path, "# nothing\n") == Meaning()


def test_white_space_in_names_is_one_space(tmp_path: Path) -> None:
    odd = "leaf\u00a0blight, big\u3000 leaf"
    assert parse_meaning(f"0=ground,1={odd.replace(', ', ',2=')}", None).classes == (
        "ground",
        "leaf blight",
        "big leaf",
    )
    assert read(tmp_path, 'classes: [a, "b\\tc\u00a0"]').classes == ("a", "b c")


@pytest.mark.parametrize(
    ("name", "said"),
    [("soft\u00adhyphen", "U\\+00AD"), ("\u200dx", "U\\+200D"), ("n" * 101, "101 characters")],
)
def test_names_that_no_model_can_hold_are_refused_before_training(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_meaning(f"0=a,1={name}", None)


@pytest.mark.parametrize(
    "text",
    [
        "values:\n  #000000: background\n  #ff0000: car\n",
        "values: {#ff0000: car}",
        "values: {}",
        "classes:",
        "classes: null",
        "classes: [a, #ff0000]",
        "classes:\n - a\n - #ff0000\n",
        "ignore: #ff0000",
        "values:\n  0: ground\n  '1':\n",
        "values: {0: ground, 1: ~}",
    ],
)
def test_a_key_without_a_value_names_the_quotes(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"dataset\.yaml: .*in quotes"):
        read(tmp_path, text)


_BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    "text",
    [
        _BOMB,
        _BOMB.replace("a: &a", "classes: &a"),
        "classes: &a [x, [*a, *a]]",
        "values: &a {0: *a, 1: b}",
        "classes: 2001-13-45",
        "ignore: 0b_",
        "ignore: " + "9" * 5000,
        "ignore: !!int junk",
        "ignore: !!float x",
        "ignore: !!timestamp x",
        "values: !!bool junk",
        "[" * 5000,
        "{" * 3000,
        '"\\ud800": 1',
        'classes: [a, "\\ud800"]',
        "classes: !!python/object/apply:os.system ['echo no']",
        "classes: [" + ", ".join(f"c{n}" for n in range(300)) + "]",
        "classes: [a, a]",
        "classes: [a]",
        "classes: {0: a, 1: b}",
        "values: [0, 1]",
        "values: {0: a, 0: b}",
        "values: {0: [a], 1: b}",
        "values: {[0]: a, 1: b}",
        "values: {0: 'a,b', 1: c}",
        "ignore: {1: 2}",
        "ignore: 300",
        "ignore: 1\nignore: 2",
        "- classes",
        b"\xff\xfe\x00",
        b"\x00\x01",
        "a: b: c",
        "#" + "x" * 200_000,
        "values: {" + ", ".join(f"'#{n:06x}': a" for n in range(5000)) + "}",
    ],
    ids=range(34),
)
def test_hostile_files_are_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(DataError, match=r"dataset\.yaml"):
        read(tmp_path, text)
