"""The sentence says what the figures say."""

from __future__ import annotations

import pytest

from maskwright.training.scores import summary_sentence


@pytest.mark.parametrize(
    ("val", "train", "expected"),
    [
        (0.95, 0.96, "More photos would change little"),
        (0.75, 0.9, "more labelled photos"),
        (0.6, 0.62, "more --minutes"),
    ],
)
def test_what_would_help(val: float, train: float, expected: str) -> None:
    sentence = summary_sentence(val, train, pairs=66, held_out=30)
    assert f"{val:.2f}" in sentence
    assert expected in sentence
    assert "say little" not in sentence


def test_few_photos_say_little_and_none_say_nothing() -> None:
    assert "7 photos say little" in summary_sentence(0.8, 0.9, pairs=60, held_out=7)
    assert "no honest figure" in summary_sentence(None, 0.9, pairs=6, held_out=0)
