"""Batches are a pure function of seed and step, and processes share them without overlap."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from maskwright.augmentation.online import PAPER_SIX, PARTS
from maskwright.core import VOID, Pair
from maskwright.errors import UsageError
from maskwright.runtime.bundled import bundled
from maskwright.runtime.directory import open_directory
from maskwright.training.batches import Batches, series
from maskwright.training.recipes import FAST, LONG, PAPER, RECIPES, recipe_named

SMALL = replace(FAST, size=64, batch=4)


def pairs(count: int = 6) -> list[Pair]:
    rng = np.random.default_rng(0)
    return [
        Pair(
            f"photo{i}",
            rng.integers(0, 256, (80 + i, 100, 3), np.uint8),
            rng.integers(0, 2, (80 + i, 100), np.uint8),
        )
        for i in range(count)
    ]


def test_the_same_seed_and_step_give_the_same_batch() -> None:
    one, two = Batches(pairs(), SMALL, 3), Batches(pairs(), SMALL, 3)
    torch.testing.assert_close(one.at(7).inputs[0], two.at(7).inputs[0], rtol=0, atol=0)
    torch.testing.assert_close(one.at(7).targets, two.at(7).targets, rtol=0, atol=0)
    assert not torch.equal(one.at(7).inputs[0], one.at(8).inputs[0])
    assert not torch.equal(one.at(7).inputs[0], Batches(pairs(), SMALL, 4).at(7).inputs[0])


def test_shapes_types_and_memory_order() -> None:
    batch = Batches(pairs(), SMALL, 0).at(0)
    assert batch.inputs[0].shape == (4, 3, 64, 64)
    assert batch.inputs[0].dtype == torch.float32
    assert batch.inputs[0].is_contiguous(memory_format=torch.channels_last)
    assert batch.inputs[0].max() > 1.5  # values stay 0..255: the network normalises
    assert batch.targets.shape == (4, 64, 64)
    assert batch.targets.dtype == torch.int64


def test_processes_share_a_batch() -> None:
    whole = Batches(pairs(), SMALL, 0).at(5)
    shares = [Batches(pairs(), SMALL, 0, rank, 2).at(5) for rank in range(2)]
    for rank, share in enumerate(shares):
        torch.testing.assert_close(share.inputs[0], whole.inputs[0][rank::2], rtol=0, atol=0)


def test_every_pair_is_seen_once_per_epoch() -> None:
    plain = replace(PAPER, size=64, batch=3)
    seen = [
        image.sum().item()
        for step in (0, 1)
        for image in Batches(pairs(), plain, 0).at(step).inputs[0]
    ]
    assert len(set(seen)) == 6


def drawn(weights: list[float], epochs: int) -> Counter[int]:
    """How often each pair comes in so many epochs, in batches of one."""
    batches = Batches(pairs(len(weights)), replace(SMALL, batch=1), 0, weights=weights)
    return Counter(batches.indices(step)[0] for step in range(epochs * len(weights)))


def test_pairs_of_more_weight_come_more_often() -> None:
    weights = [3.0, 1.0, 1.0, 0.5, 0.5, 2.0]
    many = drawn(weights, 400)
    for index, weight in enumerate(weights):
        assert many[index] == pytest.approx(400 * 6 * weight / sum(weights), rel=0.08)


def test_each_epoch_holds_a_weights_share_rounded_up_or_down() -> None:
    """Nobody is drawn by mere luck: that would cost more photos than a weight is worth."""
    weights = [2.5, 1.0, 1.0, 0.75, 0.75]
    shares = [weight * 5 / sum(weights) for weight in weights]
    batches = Batches(pairs(5), replace(SMALL, batch=5), 0, weights=weights)
    for epoch in range(30):
        many = Counter(batches.indices(epoch))
        for index, share in enumerate(shares):
            assert many[index] in (math.floor(share), math.ceil(share))
    assert batches.indices(0) != batches.indices(1)


def test_equal_weights_are_none() -> None:
    plain = Batches(pairs(), SMALL, 3)
    for weights in ([1.0] * 6, [0.25] * 6):
        weighed = Batches(pairs(), SMALL, 3, weights=weights)
        for step in range(4):
            assert weighed.indices(step) == plain.indices(step)


def test_weighed_pairs_are_a_function_of_seed_and_step() -> None:
    weights = [3.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    one, two = (Batches(pairs(), SMALL, 3, weights=weights) for _ in range(2))
    assert [one.indices(step) for step in (5, 2)] == [two.indices(step) for step in (5, 2)]
    torch.testing.assert_close(one.at(5).inputs[0], two.at(5).inputs[0], rtol=0, atol=0)
    halves = [Batches(pairs(), SMALL, 3, rank, 2, weights=weights) for rank in range(2)]
    shared = [index for both in zip(*(h.indices(5) for h in halves), strict=True) for index in both]
    assert shared == one.indices(5)


def test_a_series_is_the_batches_in_order_from_any_step() -> None:
    batches = Batches(pairs(), SMALL, 0)
    three = list(series(batches, 2, 5))
    assert len(three) == 3
    for offset, batch in enumerate(three):
        torch.testing.assert_close(batch.targets, batches.at(2 + offset).targets, rtol=0, atol=0)
    assert list(series(batches, 5, 5)) == []


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_pairs_than_a_batch(count: int) -> None:
    assert Batches(pairs(count), SMALL, 0).at(0).inputs[0].shape[0] == 4


def test_the_paper_recipe_stretches_and_leaves_values_alone() -> None:
    pair = Pair("flat", np.full((50, 70, 3), 9, np.uint8), np.full((50, 70), 1, np.uint8))
    batch = Batches([pair], replace(PAPER, size=64), 0).at(0)
    assert torch.all(batch.inputs[0] == 9)
    assert torch.all(batch.targets == 1)


def test_a_recipe_with_other_augmentation_by_name() -> None:
    assert recipe_named("fast", augment="none").augment == ()
    assert set(recipe_named("fast", augment="paper").augment) == set(PAPER_SIX)
    assert recipe_named("paper", augment="light, paste").augment == ("light", "paste")
    with pytest.raises(UsageError, match=r"no part 'lihgt'.*horizontal-flip"):
        recipe_named("fast", augment="lihgt")
    assert set(FAST.augment) < set(PARTS)


def test_the_long_recipe_is_the_fast_one_for_many_photos() -> None:
    assert recipe_named("long") == LONG
    assert LONG.name == "long"
    changed: dict[str, Any] = {
        "name": "fast",
        "minutes": 10,
        "frozen_share": 0.15,
        "averaging": 0.99,
        "fine_tune": True,
    }
    assert replace(LONG, **changed) == FAST
    assert set(RECIPES) == {"fast", "long", "paper"}


def test_a_recipe_that_stretches_photos_augments_stretched_photos() -> None:
    """What is trained on has the shape of what is predicted on."""
    image = np.zeros((60, 180, 3), np.uint8)
    image[20:40, 60:120] = 255
    pair = Pair("wide", image, (image[..., 0] > 0).astype(np.uint8))
    plain = Batches([pair], replace(PAPER, size=96), 0).at(0).targets[0]
    lit = Batches([pair], replace(PAPER, size=96, augment=("light",)), 0).at(0).targets[0]
    assert not (lit == VOID).any()
    assert (plain != lit).float().mean() < 0.03  # an outline's pixel here or there


def test_recipes_are_stored_under_the_names_of_earlier_versions() -> None:
    stored = FAST.to_json()
    old = {"hold_statistics": True, "hold_decoder": False, "gentle": True}
    assert {name: stored[name] for name in old} == old
    assert not {"freeze_batchnorm", "freeze_decoder_batchnorm", "fine_tune", "finish"} & set(stored)
    bundled_info = open_directory(bundled("subject")).info["recipe"]
    assert set(bundled_info) <= set(stored)
