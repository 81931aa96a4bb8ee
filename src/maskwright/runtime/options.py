"""How a model runs: one value that every caller passes on as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from maskwright.data.decoding.decode import DEFAULT_LIMITS, Limits
from maskwright.data.decoding.depth import check_bits
from maskwright.errors import UsageError
from maskwright.runtime.resize import ENLARGE
from maskwright.runtime.tiles import OVERLAP


@dataclass(frozen=True)
class InferenceOptions:
    """How photos are segmented. Frozen and picklable: a worker process gets it as it is.

    Attributes:
        device: auto (cuda when this ONNX Runtime has it, else cpu), cpu, cuda or mps.
        threads: processor threads for one photo; None for all cores. 1 is right where several
            threads segment photos at once.
        fast: spare the mirrored photo, and compute in 8 bits where the model directory has a file
            for that and the processor is exact at it.
        tile: segment photos larger than this in tiles with this many pixels a side; None for no
            tiles.
        overlap: least overlap of two tiles as a fraction of the tile, 0 to 0.5; None for 0.25.
        enlarge: "guided", so that outlines follow the photo, or "bilinear"; None for what the
            model says.
        fuse: let GrabCut start from what the network finds, and change it where a gate accepts.
        threshold: foreground where its probability exceeds this, in (0, 1); None for 1/2.
        limits: what a photo may cost.
        bits: how many bits the values of 16-bit photos have: 8, 10, 12, 14 or 16; None for what
            the model says, or else for the largest value.
    """

    device: str = "auto"
    threads: int | None = None
    fast: bool = False
    tile: int | None = None
    overlap: float | None = None
    enlarge: str | None = None
    fuse: bool = False
    threshold: float | None = None
    limits: Limits = DEFAULT_LIMITS
    bits: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no model can do.

        Raises:
            UsageError: an overlap without tiles, no such tiles, no such way to enlarge, or no
                such number of bits.
        """
        if self.overlap is not None and self.tile is None:
            raise UsageError(
                f"--overlap {self.overlap} is for tiles: leave it out, or add --tile SIDE"
            )
        check_bits(self.bits)
        if self.enlarge not in (None, *ENLARGE):
            raise UsageError(f"--enlarge {self.enlarge}: choose {' or '.join(ENLARGE)}")

    @property
    def tile_overlap(self) -> float | None:
        """The overlap of tiles as a fraction of the tile; None without tiles."""
        if self.tile is None:
            return None
        return OVERLAP if self.overlap is None else self.overlap
