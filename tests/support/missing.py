"""What a test needs and is not there: a person may go without, continuous integration may not."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Continuous integration sets CI, to whatever; an empty value, 0 and false mean no."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def give_up(missing: str) -> NoReturn:
    """Skip the test; fail it in continuous integration, where skipped would look like passed."""
    if in_ci():
        pytest.fail(missing)
    pytest.skip(missing)
