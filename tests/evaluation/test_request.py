"""What is asked for must make sense, and is refused before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import from_function
from maskwright.engine.build import MethodOptions
from maskwright.errors import UsageError
from maskwright.evaluation.request import (
    METHODS,
    check,
    check_kind,
    default_methods,
)
from maskwright.runtime.options import InferenceOptions

HERE = Path("here")
SEGMENTER = from_function(("background", "foreground"), lambda image, prior: prior)  # type: ignore[arg-type, return-value]


Asked = tuple[MethodOptions, Path | None, tuple[str, ...]]


def request(
    *methods: str,
    seeds: SeedOptions | None = None,
    threshold: float | None = None,
    predictions: Path | None = None,
    **given: Any,
) -> Asked:
    options = MethodOptions(
        methods=tuple(name for name in methods if name != "predictions"),
        seeds=seeds or SeedOptions(),
        inference=InferenceOptions(threshold=threshold),
        **given,
    )
    return options, predictions, methods


@pytest.mark.parametrize(
    "asked",
    [
        request("unet"),
        request("unet", model=HERE, threshold=0.4),
        request("unet", "fused", model=HERE, threshold=0.4),
        request("fused", threshold=0.4),
        request("grabcut"),
        request("unet", "grabcut", "siox", model=HERE),
        request("grabcut", "unet", seeds=SeedOptions(source="model")),
        request("siox", seeds=SeedOptions(source="model"), model=HERE),
        request("siox", seeds=SeedOptions(box="0,0,9,9")),
        request("predictions", "siox", predictions=HERE),
        request("segmenter", segmenter=SEGMENTER, seeds=SeedOptions(prior=HERE)),
        request("segmenter", segmenter=SEGMENTER, threshold=0.4),
    ],
)
def test_what_makes_sense_passes(asked: Asked) -> None:
    check(*asked)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (request(), "no methods"),
        (request("magic"), "--method magic: there is no such method"),
        (request("unet", "siox", "unet"), "each method once"),
        (request("siox", model=HERE), "--method unet,siox"),
        (request("siox", predictions=HERE), "--method siox,predictions"),
        (request("predictions"), "none"),
        (request("unet", "segmenter"), "none"),
        (request("siox", threshold=0.4), "threshold"),
        (request("predictions", predictions=HERE, threshold=0.4), "threshold"),
        (request("unet", seeds=SeedOptions(box="0,0,9,9")), "--box"),
        (request("fused", seeds=SeedOptions(box="0,0,9,9")), "--box"),
        (request("predictions", predictions=HERE, seeds=SeedOptions(scribbles=HERE)), "--scrib"),
        (request("siox", seeds=SeedOptions(box="1,1,2,2", prior=HERE)), "--box and --prior"),
        (request("siox", seeds=SeedOptions(source="moon")), "--seeds moon"),
    ],
)
def test_what_does_not_is_refused_with_the_cure(asked: Asked, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check(*asked)


def test_what_is_compared_when_no_methods_are_named() -> None:
    assert default_methods(None, None) == ("unet",)
    assert default_methods(HERE, None) == ("predictions",)
    assert default_methods(None, SEGMENTER) == ("segmenter",)


def test_a_model_is_loaded_only_where_it_is_needed() -> None:
    assert request("unet")[0].needs_model
    assert request("fused")[0].needs_model
    assert request("siox", seeds=SeedOptions(source="model"))[0].needs_model
    assert not request("siox")[0].needs_model
    assert not request("predictions", predictions=HERE)[0].needs_model
    assert set(METHODS) >= {"unet", "grabcut", "grabcut-opencv", "siox", "predictions"}


def test_options_of_the_other_kind_of_evaluation_are_refused() -> None:
    check_kind(None, [], ["--model"])
    check_kind(5, ["--minutes"], [])
    with pytest.raises(UsageError, match="--minutes is for cross-validation"):
        check_kind(None, ["--minutes"], [])
    with pytest.raises(UsageError, match="--model: --cv trains models of its own"):
        check_kind(5, [], ["--model"])
