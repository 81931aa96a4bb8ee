"""The errors that maskwright raises on purpose. Each message names the file, what is wrong with
it and what to do; the command line prints it without a traceback and ends with exit code 2."""

from __future__ import annotations


class MaskwrightError(Exception):
    """Base of all errors raised on purpose."""


class UsageError(MaskwrightError):
    """The call itself is wrong: an unknown option value, a missing extra, an output that exists."""


class DataError(MaskwrightError):
    """A photo, a mask or a data folder cannot be used."""


class ModelError(MaskwrightError):
    """A model directory is missing, incomplete, damaged, or not to be trusted."""


class Stopped(MaskwrightError):
    """The caller stopped the work; finished parts are kept, and `resume=True` goes on."""
