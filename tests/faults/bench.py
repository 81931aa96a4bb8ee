"""What every fault has in common: a command that runs undisturbed, and what holds after others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tests.faults.children import Children, Ended
from tests.faults.verbs import OUT, VERBS, Verb, fresh, hidden, inputs_of, result

KILLS = int(os.environ.get("MASKWRIGHT_KILLS", "2"))
"""How often each training and prediction is killed; half as often the other commands.

Other faults are tried at more moments, too, if this is more.
"""

_KILLS_A_ROUND = 3


@dataclass(frozen=True)
class Bench:
    """A command in folders of its own.

    Attributes:
        name: of the command in `VERBS`.
        children: what runs it.
        inputs: the folder that `write_inputs` made.
        folder: where to work.
    """

    name: str
    children: Children
    inputs: Path
    folder: Path

    @property
    def verb(self) -> Verb:
        """The command."""
        return VERBS[self.name]

    @cached_property
    def undisturbed(self) -> tuple[Ended, dict[str, str]]:
        """How the command ends when nothing happens, and what it writes."""
        place = self.place("undisturbed")
        ended = self.children.run(self.verb.arguments(), place)
        assert ended.code == 0, ended.said
        assert hidden(place) == []
        return ended, result(place, self.verb)

    def place(self, name: str) -> Path:
        """A fresh folder with inputs, and with what is replaced where the command replaces."""
        place = fresh(self.inputs, self.folder / name)
        if self.verb.before:
            ended = self.children.run(self.verb.before.split(), place)
            assert ended.code == 0, ended.said
        return place

    @cached_property
    def before(self) -> dict[str, str]:
        """What is there before the command runs."""
        return result(self.place("before"), self.verb)

    def goes_on(self, place: Path) -> None:
        """The same command again ends well, with the result of an undisturbed run."""
        ended = self.children.run(self.verb.arguments(again=True), place)
        # A cross-validation that was killed after its last change of a file needs no further run.
        finished = self.name == "evaluate --cv" and "not empty" in ended.said
        assert ended.code == 0 or finished, ended.said
        assert result(place, self.verb) == self.undisturbed[1]
        assert hidden(place) == []
        assert inputs_of(place) == inputs_of(self.inputs)

    def is_whole(self, place: Path) -> bool:
        """Whether OUT is as it was before, as it will be, or not there."""
        whole = (OUT, f"{OUT}.onnx")
        found = {
            path: content
            for path, content in result(place, self.verb).items()
            if path.split("/")[0] in whole
        }
        return found in (self.before, self.undisturbed[1], {})

    def killed(self, kills: int) -> Iterator[tuple[Path, Ended]]:
        """Kill the command at random moments, go on, kill it again, and let it end.

        Half of the moments are drawn from its time, half from its changes of files.

        Args:
            kills: how many.

        Yields:
            The folder and the end of each run that was killed.
        """
        rng = np.random.default_rng(0)
        ended, _ = self.undisturbed
        at = 0
        while kills > 0:
            place = self.place(f"round-{at}")
            at += 1
            for turn in range(_KILLS_A_ROUND):
                by_change = rng.random() < 0.5
                moment = (
                    {"kill_at": int(rng.integers(1, ended.changes + 1))}
                    if by_change
                    else {"signal_after": rng.uniform(0, ended.seconds)}
                )
                arguments = self.verb.arguments(again=turn > 0)
                one = self.children.run(arguments, place, **moment)
                if one.code == 0:
                    break
                assert one.code == -9, one.said
                kills -= 1
                yield place, one
            self.goes_on(place)


MakeBench = Callable[[str], Bench]
