"""No name of a file commands the terminal."""

from __future__ import annotations

import pytest

from maskwright.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone\x07", "\\x1b[2Jgone\\x07"),
        ("\x9b2J\x7f\r", "\\x9b2J\\x7f\\r"),
        ("caf\udce9.jpg", "caf\\udce9.jpg"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Blätter 葉 \U0001f342", "Blätter 葉 \U0001f342"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert printable(text) == shown
