"""A start that is good already learns slowly; any other learns at the rates of the recipe."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from maskwright.core import Image, Pair, Probs, Segmenter, from_function
from maskwright.training.recipes import FAST, LONG, PAPER
from maskwright.training.start.fine_tuning import (
    is_fine_tuning,
    pretrained_score,
    with_fine_tuning_rates,
)
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
    ("share", "part", "score"),
    [
        (0.25, 1.0, 1.0),
        (0.25, 0.25, 0.0),  # as good as all foreground
        (0.25, 0.0, 0.0),
        (0.25, 0.625, 0.5),
        (0.75, 0.875, 0.5),  # 0.75 is what all foreground has
    ],
)
def test_a_constant_mask_scores_nothing(share: float, part: float, score: float) -> None:
    assert pretrained_score(finding(part), pairs(4, share)) == pytest.approx(score, abs=0.02)


def test_photos_that_are_all_object_score_nothing() -> None:
    assert pretrained_score(finding(1.0), pairs(2, share=1.0)) == 0.0


def test_the_score_is_that_of_the_typical_photo() -> None:
    typical = [*pairs(6, 0.25), *pairs(3, 0.75)]
    lost = Pair("lost", typical[0].image, 1 - typical[0].mask)
    assert pretrained_score(finding(1.0), [*typical, lost, lost]) == pytest.approx(1.0)
    assert pretrained_score(finding(1.0), [*typical, *[lost] * 10]) == 0.0


def test_some_forty_photos_are_looked_at() -> None:
    seen: list[float] = []

    def run(image: Image, _prior: Probs | None) -> Probs:
        seen.append(float(image[0, 0, 1]))
        return np.zeros((*image.shape[:2], 2), np.float32)

    pretrained_score(from_function(CLASSES, run), pairs(59))
    assert seen == list(range(0, 59, 2))


def test_rates_follow_what_is_left_to_learn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    much = with_fine_tuning_rates(FAST, 0.96)
    assert much.decoder_rate == pytest.approx(FAST.decoder_rate / 125)
    assert much.encoder_rate == pytest.approx(FAST.encoder_rate / 125)
    assert "already scores 0.96" in caplog.text
    assert "multiplied by 0.008" in caplog.text
    for little in (0.0, 0.77):  # the latter was measured with photos of leaves
        assert with_fine_tuning_rates(FAST, little) == FAST
    assert much.freeze_decoder_batchnorm
    same: dict[str, Any] = {
        "decoder_rate": 0.0,
        "encoder_rate": 0.0,
        "freeze_decoder_batchnorm": False,
    }
    assert replace(much, **same) == replace(FAST, **same)  # all else stays


def test_only_starting_from_a_model_is_fine_tuning() -> None:
    assert is_fine_tuning(FAST, "subject") and is_fine_tuning(FAST, "./mymodel")
    assert not is_fine_tuning(FAST, "imagenet") and not is_fine_tuning(FAST, "scratch")
    assert not is_fine_tuning(LONG, "subject") and not is_fine_tuning(PAPER, "mymodel")


def test_frozen_batchnorm_statistics_stay_through_training_batches() -> None:
    torch.manual_seed(0)
    network = UNet("efficientnet_lite0", "light", 2)
    before = {name: value.clone() for name, value in network.decoder.named_buffers()}
    network.train()
    network.freeze_decoder_batchnorm()
    network(torch.rand(2, 3, 64, 64) * 255)
    for name, value in network.decoder.named_buffers():
        assert torch.equal(value, before[name]), name
    network.train()
    network(torch.rand(2, 3, 64, 64) * 255)
    changed = dict(network.decoder.named_buffers())
    assert any(not torch.equal(changed[name], value) for name, value in before.items())
