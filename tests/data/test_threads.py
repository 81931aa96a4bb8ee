"""Work in threads: how many there are."""

from __future__ import annotations

import os

import pytest

from maskwright.data.threads import cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only where cores can be assigned")
def test_only_the_cores_of_this_process_count() -> None:
    allowed = os.sched_getaffinity(0)
    assert cores() == len(allowed)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
