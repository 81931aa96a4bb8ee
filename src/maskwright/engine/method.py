"""The method that a batch of photos is segmented by, and where its seeds come from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.classical.methods import CLASSICAL, FUSED, METHODS
from maskwright.classical.seeds.find import Seeds, find_seeds
from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import Segmenter
from maskwright.data.decode import Limits
from maskwright.errors import UsageError
from maskwright.runtime.bundled import find_model
from maskwright.runtime.resize import GUIDED, checked_enlarge
from maskwright.runtime.segmenter import SHUT_GATE, OnnxSegmenter, follows_photo, load
from maskwright.runtime.tiles import checked_overlap

WORKING_SIDE = 2048
"""Long side, in pixels, at which photos are segmented; masks are enlarged from there."""

TILED_SIDE = 4096
"""The same for networks in tiles, which are there for what the other would leave too small."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """What the caller asks for.

    Attributes:
        method: one of `METHODS`.
        model: a model directory or ONNX file.
        segmenter: used instead of a model.
        seeds: where seeds come from.
        threshold: foreground above this probability.
        fast: spare the mirrored photo, and compute in 8 bits where the model can.
        tile: side of the tiles of larger photos; None for no tiles.
        overlap: share of its side that a tile has in common with the next; None for the usual one.
        enlarge: one of `ENLARGE`; None for what the model says.
    """

    method: str
    model: str | Path | None
    segmenter: Segmenter | None
    seeds: SeedOptions
    threshold: float | None
    fast: bool = False
    tile: int | None = None
    overlap: float | None = None
    enlarge: str | None = None


@dataclass(frozen=True)
class Method:
    """What segments the photos of a batch.

    Attributes:
        segmenter: finds the object.
        fingerprint: tells it from others: sha256 of the model, and whether it fuses, or the name of
            a classical method; None when nothing does.
        seeds: where its seeds come from; None for one that starts from nothing.
        follows: outlines follow photos larger than the size at which they are segmented.
        side: that size: long side, in pixels.
    """

    segmenter: Segmenter
    fingerprint: str | None
    seeds: Seeds | None
    follows: bool
    side: int = WORKING_SIDE


def chosen(
    wish: Wish,
    data: Path | None,
    names: Sequence[str],
    *,
    limits: Limits,
    threads: int | None,
    device: str,
) -> Method:
    """Make what was asked for. A model is loaded only where one is needed.

    Args:
        wish: what the caller asks for.
        data: the data folder of the photos, if they share one; its boxes.json gives default boxes.
        names: the names of all photos of the batch.
        limits: what a file of seeds may cost.
        threads: processor threads for one call of a model.
        device: what a model runs on.

    Raises:
        UsageError: unknown, contradictory or useless options.
        ModelError: no model where one is needed, or one that cannot be used.
        DataError: seeds that cannot be read.
    """
    _check(wish)
    is_network = wish.method not in CLASSICAL and wish.segmenter is None
    needs_model = is_network or wish.seeds.source is not None
    model = _loaded(wish, threads, device) if needs_model else None
    seeds = None
    if wish.method in CLASSICAL or wish.seeds.named:
        seeds = find_seeds(
            wish.seeds,
            limits=limits,
            data=data,
            photos=names,
            model=model,
            model_fingerprint=None if model is None else model.fingerprint,
        )
        _log.info("seeds: %s", seeds.description)
    if wish.method in CLASSICAL:
        return Method(CLASSICAL[wish.method](), wish.method, seeds, wish.enlarge == GUIDED)
    segmenter = model if wish.segmenter is None else wish.segmenter
    assert segmenter is not None  # one of the two, by `needs_model`
    follows = follows_photo(segmenter) if wish.enlarge is None else wish.enlarge == GUIDED
    # Tiles of a model that only gives seeds change nothing for who starts from them.
    side = TILED_SIDE if wish.tile is not None and segmenter is model else WORKING_SIDE
    return Method(segmenter, _fingerprint(segmenter), seeds, follows, side)


def _fingerprint(segmenter: Segmenter) -> str | None:
    if not isinstance(segmenter, OnnxSegmenter):
        return None
    return f"{segmenter.fingerprint} {FUSED}" if segmenter.fuses else segmenter.fingerprint


def _loaded(wish: Wish, threads: int | None, device: str) -> OnnxSegmenter:
    model = load(
        find_model(wish.model),
        threads=threads,
        device=device,
        fast=wish.fast,
        tile=wish.tile,
        overlap=wish.overlap,
        enlarge=wish.enlarge,
        fuse=wish.method == FUSED,
    )
    if wish.method == FUSED and not model.fuses:
        _log.info(SHUT_GATE)
    return model


def _check(wish: Wish) -> None:
    if wish.method not in METHODS:
        raise UsageError(
            f"--method {wish.method}: there is no such method, only {', '.join(METHODS)}"
        )
    classical = wish.method in CLASSICAL
    wish.seeds.check()
    _check_enlarge(wish)
    if wish.seeds.named and not classical and wish.segmenter is None:
        raise UsageError(
            f"{wish.seeds.named[0]}: a network takes no seeds; choose --method "
            f"{', '.join(CLASSICAL)}, or leave it out"
        )
    if (classical or wish.method == FUSED) and wish.segmenter is not None:
        raise UsageError(f"either a segmenter or the method {wish.method}, not both")
    if classical and wish.threshold is not None:
        raise UsageError(
            f"--threshold {wish.threshold} is for models: {wish.method} decides by more than the "
            "probability of a pixel; leave it out"
        )
    without_model = wish.seeds.source is None and (classical or wish.segmenter is not None)
    for option, given in (("--fast", wish.fast), ("--tile", wish.tile is not None)):
        if given and without_model:
            raise UsageError(f"{option} is for models: leave it out, or choose --method unet")
    checked_overlap(wish.tile, wish.overlap)
    if classical and wish.model is not None and wish.seeds.source is None:
        raise UsageError(
            f"--model {wish.model}: {wish.method} uses no model; leave it out, or add "
            "--seeds model to start from what it finds"
        )


def _check_enlarge(wish: Wish) -> None:
    if wish.enlarge is None:
        return
    wanted, given = checked_enlarge(wish.enlarge), wish.segmenter
    if isinstance(given, OnnxSegmenter) and given.enlarge != wanted:
        # It has enlarged what its network found before anything here sees it.
        raise UsageError(
            f"enlarge={wanted!r}: the segmenter was loaded as {given.enlarge}; "
            f"load it with enlarge={wanted!r}"
        )
