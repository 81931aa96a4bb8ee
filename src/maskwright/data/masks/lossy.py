"""Masks in lossy formats: outlines survive them, class numbers and colours do not."""

from __future__ import annotations

from collections.abc import Mapping

from maskwright.data.findings import Finding
from maskwright.data.masks.count import MaskCounts


def refuse_lossy(masks: Mapping[str, MaskCounts], what: str, way: str = "") -> Finding:
    """The error about class indices or colours in lossy files, which are listed.

    Args:
        masks: of the data set; some are lossy.
        what: they hold, e.g. "class indices".
        way: options that read them as they are; "" where there are none.
    """
    files = tuple(name for name, counts in masks.items() if counts.lossy)
    problem = (
        f"{what} in {lossy_formats(masks)} files: this format changes values, and with them classes"
    )
    cure = "save the masks as PNG, from the original drawing"
    cure += f"; or, if their values lie far apart: {way}" if way else ""
    return Finding("error", "lossy-mask", problem, cure, files)


def lossy_formats(masks: Mapping[str, MaskCounts]) -> str:
    """The names of the lossy formats among masks: "JPEG and AVIF"."""
    return " and ".join(sorted({counts.lossy for counts in masks.values() if counts.lossy}))
