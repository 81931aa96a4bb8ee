"""What a test needs and is not there: skipped on a person's machine, never by continuous integration."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Continuous integration sets CI, to whatever; people unset it with an empty value, 0 or false."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def give_up(missing: str) -> NoReturn:
    """Skip the test, but fail it in continuous integration, where skipped would look like passed."""
    if in_ci():
        pytest.fail(missing)
    pytest.skip(missing)
