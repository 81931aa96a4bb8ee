"""From the names of methods and the options of a caller to engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from maskwright.classical.methods import CLASSICAL, FUSED, METHODS, NETWORK
from maskwright.classical.seeds.find import Seeds, find_seeds, seeds_of_model
from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import Segmenter, cache_recent
from maskwright.engine.engine import Engine
from maskwright.errors import UsageError
from maskwright.runtime.bundled import find_model
from maskwright.runtime.network import OnnxNetwork
from maskwright.runtime.options import InferenceOptions
from maskwright.runtime.segmenter import LoadedModel, load_network

FOLDER, GIVEN = "predictions", "segmenter"
"""Names of what no method makes: masks in files, and a segmenter of the caller."""

CLOSED_GATE = (
    "fused: the gate is closed (GrabCut did not help on this model's validation photos); masks "
    "are the model's own"
)
"""The note on a model that is asked to fuse and does not."""


@dataclass(frozen=True)
class MethodOptions:
    """Which methods segment the photos, and how.

    Attributes:
        methods: names from `METHODS`, or `GIVEN`.
        model: a model directory, an ONNX file, or the name of a bundled model; None for the
            default model.
        segmenter: the one called `GIVEN`.
        seeds: where seeds come from.
        inference: how the model runs.
    """

    methods: tuple[str, ...]
    model: str | Path | None = None
    segmenter: Segmenter | None = None
    seeds: SeedOptions = field(default_factory=SeedOptions)
    inference: InferenceOptions = field(default_factory=InferenceOptions)

    @property
    def needs_model(self) -> bool:
        """A method is the model, or starts from what the model finds."""
        return bool({NETWORK, FUSED} & set(self.methods)) or self.seeds.source is not None

    def starts_from_seeds(self, method: str) -> bool:
        """Whether one of the methods starts from seeds."""
        return method in CLASSICAL or (method == GIVEN and bool(self.seeds.named))


@dataclass(frozen=True)
class Engines:
    """Makes the engines of several methods; they share one network, which runs once a photo.

    Attributes:
        options: which methods, and how.
        data: the data folder of the photos, if they share one; its boxes.json gives default boxes.
        names: the names of all photos.
    """

    options: MethodOptions
    data: Path | None
    names: Sequence[str]

    def all(self) -> dict[str, Engine]:
        """Make an engine for each method, by name. A model is loaded only where one is needed.

        Raises:
            UsageError: options that do not fit together, or not this model or computer.
            ModelError: no model where one is needed, or one that cannot be used.
            DataError: seeds that cannot be read.
        """
        check_options(self.options)
        return {name: self._engine(name) for name in self.options.methods}

    def _engine(self, method: str) -> Engine:
        options = self.options.inference
        seeds = self.seeds if self.options.starts_from_seeds(method) else None
        if method in CLASSICAL:
            # A threshold is for models: this method decides by more than a probability.
            own = replace(options, threshold=None)
            return Engine(CLASSICAL[method](), seeds, own, fingerprint=method)
        if method == GIVEN:
            assert self.options.segmenter is not None  # by `check`
            return Engine(self.options.segmenter, seeds, options)
        model = self.fused if method == FUSED else self.model
        return Engine(model, seeds, options)

    @cached_property
    def model(self) -> LoadedModel:
        """The network alone."""
        return self._loaded(fuse=False)

    @cached_property
    def fused(self) -> LoadedModel:
        """The network with GrabCut."""
        return self._loaded(fuse=True)

    @cached_property
    def seeds(self) -> Seeds:
        """Where seeds come from."""
        options = self.options.seeds
        if options.source is not None:
            return seeds_of_model(self.model, self.model.fingerprint)
        limits = self.options.inference.limits
        return find_seeds(options, limits=limits, data=self.data, photos=self.names)

    def _loaded(self, *, fuse: bool) -> LoadedModel:
        network, run = self._network
        return LoadedModel(network, replace(self.options.inference, fuse=fuse), run=run)

    @cached_property
    def _network(self) -> tuple[OnnxNetwork, Segmenter]:
        """The network, and what runs it: kept for the other methods, where there are any."""
        network = load_network(find_model(self.options.model), self.options.inference)
        asking = len(self.options.methods) + (self.options.seeds.source is not None)
        return network, cache_recent(network) if asking > 1 else network


def check_options(options: MethodOptions) -> None:
    """Refuse options that contradict each other, before anything is read.

    Raises:
        UsageError: something was given that no method uses.
    """
    options.seeds.check()
    names = ",".join(options.methods) or FOLDER
    if options.segmenter is not None and GIVEN not in options.methods:
        raise UsageError(f"either a segmenter or the method {names}, not both")
    if options.seeds.named and not any(map(options.starts_from_seeds, options.methods)):
        raise UsageError(
            f"{options.seeds.named[0]}: a network takes no seeds; choose --method "
            f"{', '.join(CLASSICAL)}, or leave it out"
        )
    if options.model is not None and not options.needs_model:
        raise UsageError(
            f"--model {options.model}: {names} uses no model; leave it out, say --method "
            f"{NETWORK},{names} to compare it, or add --seeds model to start from what it finds"
        )
    inference = options.inference
    if inference.threshold is not None and not {NETWORK, FUSED, GIVEN} & set(options.methods):
        raise UsageError(
            f"--threshold {inference.threshold} is for models: {names} "
            "decides by more than the probability of a pixel; leave it out"
        )
    for option, value in (("--fast", inference.fast), ("--tile", inference.tile is not None)):
        if value and not options.needs_model:
            raise UsageError(f"{option} is for models: leave it out, or choose --method unet")


def check_names(names: Sequence[str], *, known: Sequence[str] = METHODS) -> None:
    """Refuse method names.

    Raises:
        UsageError: none, unknown or repeated ones.
    """
    if not names:
        raise UsageError(f"no methods: name some of {', '.join(known)}")
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"--method {unknown[0]}: there is no such method, only {', '.join(known)}")
    if len(set(names)) < len(names):
        raise UsageError(f"--method {','.join(names)}: name each method once")
