"""Continuous integration fails what a person's machine may skip."""

from __future__ import annotations

import pytest

from tests.support.missing import give_up


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("true", pytest.fail.Exception),
        ("1", pytest.fail.Exception),
        ("woodpecker", pytest.fail.Exception),
        ("", pytest.skip.Exception),
        ("0", pytest.skip.Exception),
        ("False", pytest.skip.Exception),
    ],
)
def test_what_is_missing(
    value: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", value)
    with pytest.raises(outcome, match="no browser"):
        give_up("no browser")
