"""Two runs at once into one OUT: nothing is lost, and what cannot be shared is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.bench import KILLS, MakeBench
from tests.faults.children import Children, Ended, Run
from tests.faults.verbs import fresh, hidden
from tests.support.photos import write_photos


def _two(light: Children, place: Path) -> list[Ended]:
    commands = [f"predict {name} -o out --model model --threads 1" for name in ("photos", "more")]
    return light.run_together([Run(command.split(), str(place)) for command in commands])


def test_two_predictions_into_one_folder(light: Children, inputs: Path, tmp_path: Path) -> None:
    place = fresh(inputs, tmp_path)
    for photo in write_photos(place / "more", 6, height=48, width=64):
        photo.rename(photo.with_name(f"other{photo.name}"))
    for ended in _two(light, place):
        assert ended.code == 0 or (ended.code == 2 and "out" in ended.said), ended.said
        assert "Traceback" not in ended.said
    lines = (place / "out" / "predict.jsonl").read_text().splitlines()
    named = {path for line in lines for path in json.loads(line)["outputs"]}
    masks = {f"masks/{path.name}" for path in (place / "out" / "masks").iterdir()}
    assert named == masks
    for name in ("photos", "more"):  # the same commands again, one after the other
        command = f"predict {name} -o out --model model --threads 1"
        ended = light.run(command.split(), place)
        assert ended.code == 0, ended.said
    assert len(list((place / "out" / "masks").iterdir())) == 12
    assert hidden(place) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["predict", "augment", "check --fix", "evaluate", "train"])
def test_the_same_command_twice_at_once(bench: MakeBench, name: str) -> None:
    one = bench(name)
    for turn in range(max(1, KILLS // 10)):
        place = one.place(f"twice-{turn}")
        run = Run(one.verb.arguments(), str(place))
        codes = set()
        for ended in one.children.run_together([run, run]):
            codes.add(ended.code)
            assert "Traceback" not in ended.said, ended.said
        assert 0 in codes and codes <= {0, 2}
        one.goes_on(place)
