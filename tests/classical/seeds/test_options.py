"""Options for seeds are checked before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskwright.classical.seeds.options import SeedOptions
from maskwright.errors import UsageError


def test_names_what_was_given_as_the_command_line_does() -> None:
    assert SeedOptions().named == []
    every = SeedOptions("1,2,3,4", Path("strokes"), Path("probs"), "model")
    assert every.named == ["--box", "--scribbles", "--prior", "--seeds"]


@pytest.mark.parametrize(
    "options",
    [
        SeedOptions(),
        SeedOptions("b.json"),
        SeedOptions(prior=Path("p")),
        SeedOptions(source="model"),
    ],
)
def test_one_source_is_enough(options: SeedOptions) -> None:
    options.check()


def test_two_sources_and_unknown_ones_are_refused() -> None:
    with pytest.raises(UsageError, match="--box and --seeds exclude each other"):
        SeedOptions("b.json", source="model").check()
    with pytest.raises(UsageError, match="--seeds moon: the only value is --seeds model"):
        SeedOptions(source="moon").check()
