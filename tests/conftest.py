"""Fixtures that several tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.missing import give_up

# A machine that is busy with other work is no defect.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

# A shell starts its background jobs deaf to Ctrl-C, and so would be every process of ours that the
# tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos and masks beside the project.

    Not part of the project: without it a test that needs it is skipped, but never in continuous
    integration, where a skipped test would look like a passed one.
    """
    if not _SHARED.is_dir():
        give_up(f"{_SHARED}, the folder of real photos, is not there")
    return _SHARED


@pytest.fixture(scope="module")
def tiny_network() -> Iterator[None]:
    """Every recipe takes an encoder of 10,000 weights: for modules that train."""
    from tests.support.tiny import use_tiny_network

    with use_tiny_network():
        yield


@pytest.fixture
def real_network() -> Iterator[None]:
    """One test of a module with `tiny_network` takes the encoders that ship."""
    from tests.support.tiny import use_real_network

    with use_real_network():
        yield
