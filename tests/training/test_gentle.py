"""A start that knows the task learns slowly; one that knows nothing learns as ever."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from maskwright.core import Image, Pair, Probs, Segmenter, from_function
from maskwright.training.gentle import gentler, is_gentle, known_share
from maskwright.training.recipes import FAST, LONG, PAPER
from maskwright.unet.model import UNet

CLASSES = ("background", "foreground")


def pairs(count: int = 30, share: float = 0.25) -> list[Pair]:
    """Photos of which a share is red, and is the object."""
    made = []
    for number in range(count):
        image = np.full((40, 160, 3), number, np.uint8)
        image[:, : round(160 * share), 0] = 255
        made.append(Pair(f"photo{number}", image, (image[..., 0] == 255).astype(np.uint8)))
    return made


def finding(part: float) -> Segmenter:
    """Finds so much of the red object, from the left, and nothing else."""

    def run(image: Image, _prior: Probs | None) -> Probs:
        red = image[..., 0] == 255
        columns = np.arange(image.shape[1]) < round(part * red[0].sum())
        foreground = (red & columns).astype(np.float32)
        return np.stack([1 - foreground, foreground], axis=2)

    return from_function(CLASSES, run)


@pytest.mark.parametrize(
    ("share", "part", "known"),
    [
        (0.25, 1.0, 1.0),
        (0.25, 0.25, 0.0),  # as good as all foreground
        (0.25, 0.0, 0.0),
        (0.25, 0.625, 0.5),
        (0.75, 0.875, 0.5),  # 0.75 is what all foreground has
    ],
)
def test_what_a_constant_mask_finds_is_no_knowledge(
    share: float, part: float, known: float
) -> None:
    assert known_share(finding(part), pairs(4, share)) == pytest.approx(known, abs=0.02)


def test_photos_that_are_all_object_tell_nothing() -> None:
    assert known_share(finding(1.0), pairs(2, share=1.0)) == 0.0


def test_the_typical_photo_counts() -> None:
    knows = [*pairs(6, 0.25), *pairs(3, 0.75)]
    lost = Pair("lost", knows[0].image, 1 - knows[0].mask)
    assert known_share(finding(1.0), [*knows, lost, lost]) == pytest.approx(1.0)
    assert known_share(finding(1.0), [*knows, *[lost] * 10]) == 0.0


def test_some_forty_photos_are_looked_at() -> None:
    seen: list[float] = []

    def run(image: Image, _prior: Probs | None) -> Probs:
        seen.append(float(image[0, 0, 1]))
        return np.zeros((*image.shape[:2], 2), np.float32)

    known_share(from_function(CLASSES, run), pairs(59))
    assert seen == list(range(0, 59, 2))


def test_rates_follow_what_is_left_to_learn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    much = gentler(FAST, 0.96)
    assert much.decoder_rate == pytest.approx(FAST.decoder_rate / 125)
    assert much.encoder_rate == pytest.approx(FAST.encoder_rate / 125)
    assert "has come 96 % of the way" in caplog.text
    assert "learns 0.008 times as fast" in caplog.text
    for little in (0.0, 0.77):  # of the latter are the docstring's leaves
        assert gentler(FAST, little) == FAST
    assert much.hold_decoder
    same: dict[str, Any] = {"decoder_rate": 0.0, "encoder_rate": 0.0, "hold_decoder": False}
    assert replace(much, **same) == replace(FAST, **same)  # all else stays


def test_only_going_on_from_a_model_is_gentle() -> None:
    assert is_gentle(FAST, "subject") and is_gentle(FAST, "./mymodel")
    assert not is_gentle(FAST, "imagenet") and not is_gentle(FAST, "scratch")
    assert not is_gentle(LONG, "subject") and not is_gentle(PAPER, "mymodel")


def test_held_statistics_stay_through_training_batches() -> None:
    torch.manual_seed(0)
    network = UNet("efficientnet_lite0", "light", 2)
    before = {name: value.clone() for name, value in network.decoder.named_buffers()}
    network.train()
    network.hold_decoder()
    network(torch.rand(2, 3, 64, 64) * 255)
    for name, value in network.decoder.named_buffers():
        assert torch.equal(value, before[name]), name
    network.train()
    network(torch.rand(2, 3, 64, 64) * 255)
    changed = dict(network.decoder.named_buffers())
    assert any(not torch.equal(changed[name], value) for name, value in before.items())
