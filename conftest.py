"""Options and fixtures that several tests share, those of the benchmarks too."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from hypothesis import HealthCheck, settings

from tests.support.missing import give_up

_ROOT = Path(__file__).resolve().parent
_SHARED = _ROOT.parent / "shared" / "data"
_NO_VNNI = _ROOT / "tests" / "support" / "no_vnni"

# Tests may import ONNX Runtime before maskwright, which turns its telemetry off.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# A machine that is busy with other work is no defect.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A shell starts its background jobs deaf to Ctrl-C, and so would be every process of ours that the
# tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch for the processor."""
    parser.addoption(
        "--no-vnni",
        action="store_true",
        help="play a processor that does not multiply 8-bit numbers exactly",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Play that processor, here and in the processes that tests start."""
    if config.getoption("--no-vnni"):
        paths = [str(_NO_VNNI), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        sys.path.insert(0, str(_NO_VNNI))
        sys.modules.pop("sitecustomize", None)  # one that the system may have
        __import__("sitecustomize")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is about the real processor where another is played."""
    if config.getoption("--no-vnni"):
        for item in items:
            if item.get_closest_marker("real_processor"):
                item.add_marker(pytest.mark.skip(reason="another processor is played"))


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Take back what a command that ran in this process has set for all of it."""
    log, threads = logging.getLogger(), cv2.getNumThreads()
    level, handlers = log.level, log.handlers[:]
    yield
    log.setLevel(level)
    log.handlers[:] = handlers
    cv2.setNumThreads(threads)


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
