"""Numbers in sentences."""

from __future__ import annotations

from maskwright.metrics.numbers import counted


def test_numbers_of_things() -> None:
    assert [counted(many, "photo") for many in (0, 1, 10_000)] == [
        "0 photos",
        "1 photo",
        "10,000 photos",
    ]
