"""How a data folder is to be read, decided once and carried as one object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maskwright.data.decoding.decode import DEFAULT_LIMITS, Limits
from maskwright.data.decoding.depth import check_bits
from maskwright.errors import UsageError


@dataclass(frozen=True)
class DataFolder:
    """A data folder, and all that a person says about it; hashable, and can be pickled.

    Every verb that takes data takes a plain path as well, which is the folder with nothing said.

    Attributes:
        path: holds images/ and masks/, or train/, val/ and test/ that do.
        masks: name of another mask folder.
        values: what mask values mean: "0=background,128=cytoplasm,255=nucleus" [default: found
            out].
        ignore: mask values that count nowhere: "128".
        groups: a regular expression searched in each name: photos with the same match (its first
            bracket, where it has one) are of one source; pairs.csv goes before it.
        limits: what a photo or a mask may cost.
        bits: how many bits the values of 16-bit photos have: 8, 10, 12, 14 or 16 [default: the
            fewest that hold the largest value of all of them].
        photos: name of another photo folder.
        suffixes: what the names of photos and of masks end with, as "_photo,_mask"; other files
            are passed over.

    Raises:
        UsageError: one of the texts is empty.
    """

    path: str | Path
    masks: str | None = None
    values: str | None = None
    ignore: str | None = None
    groups: str | None = None
    limits: Limits = DEFAULT_LIMITS
    bits: int | None = None
    photos: str | None = None
    suffixes: str | None = None

    def __post_init__(self) -> None:
        for option in ("masks", "values", "ignore", "groups", "photos", "suffixes"):
            said = getattr(self, option)
            if said is not None and not said.strip():
                raise UsageError(f"--{option} is empty: leave it out, or say something")
        # A path given as text is kept as a path, so that both are equal and hash alike.
        object.__setattr__(self, "path", Path(self.path))
        check_bits(self.bits)

    @property
    def root(self) -> Path:
        """The folder itself."""
        return Path(self.path)

    @classmethod
    def of(cls, data: str | Path | DataFolder) -> DataFolder:
        """What a verb was given, as a `DataFolder`."""
        return data if isinstance(data, DataFolder) else cls(data)
