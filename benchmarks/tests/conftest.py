"""The fixtures of the package's tests, for these tests too."""

from tests.conftest import shared_data

__all__ = ["shared_data"]
