"""Maps computed once teach the same as maps computed at every step, and only where they may."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from maskwright.core import Pair
from maskwright.training.batches import Batches, BatchSource
from maskwright.training.features import EncodedBatches, encoded
from maskwright.training.loop import Training, run, start_training
from maskwright.training.recipes import FAST, PAPER, Recipe
from maskwright.unet.model import UNet

TINY = replace(PAPER, size=64, batch=2)
STEPS = 6


def pairs() -> list[Pair]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 70, 80, 3), np.uint8)
    return [
        Pair(f"p{i}", image, (image[..., 0] > 128).astype(np.uint8))
        for i, image in enumerate(images)
    ]


def fresh(recipe: Recipe = TINY) -> Training:
    torch.manual_seed(0)
    network = UNet(recipe.encoder, recipe.decoder, 2)
    return start_training(network, recipe, Accelerator(cpu=True))


def losses(training: Training, batches: BatchSource) -> list[float]:
    seen: list[float] = []

    def note(_training: Training, loss: float) -> bool:
        seen.append(loss)
        return False

    run(training, TINY, batches, STEPS, Accelerator(cpu=True), note)
    return seen


def change(one: Training, other: Training) -> float:
    """Distance between the weights of two networks."""
    pairs = zip(one.network.parameters(), other.network.parameters(), strict=True)
    return sum(float((ours - theirs).detach().square().sum()) for ours, theirs in pairs) ** 0.5


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Several threads sum in another order, and Adam makes more of the last bits at every step."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_training_on_maps_is_training_on_photos(tmp_path: Path, one_thread: None) -> None:
    plain, cached = fresh(), fresh()
    batches = Batches(pairs(), TINY, 0)
    maps = encoded(batches, cached.network, tmp_path / "maps")
    assert isinstance(maps, EncodedBatches)
    for step in range(STEPS):
        ours = maps.at(step).logits(cached.network, torch.device("cpu"))
        theirs = batches.at(step).logits(cached.network, torch.device("cpu"))
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)
    expected = losses(plain, batches)
    # The first losses differ in their last bits; what Adam makes of those depends on the processor.
    found = np.array(losses(cached, maps))
    np.testing.assert_allclose(found[:2], expected[:2], rtol=1e-5)
    np.testing.assert_allclose(found, expected, rtol=5e-3)
    assert abs(expected[-1] - expected[0]) > 5e-2
    assert change(plain, cached) < 0.1 * change(plain, fresh())
    for name, ours in cached.network.encoder.state_dict().items():
        torch.testing.assert_close(ours, plain.network.encoder.state_dict()[name])


def test_maps_lie_on_disk_and_shares_of_a_batch_are_kept(tmp_path: Path) -> None:
    network = fresh().network
    whole = encoded(Batches(pairs(), TINY, 3), network, tmp_path / "whole")
    assert len(list((tmp_path / "whole").glob("*.float32"))) == 5
    for rank in range(2):
        share = encoded(Batches(pairs(), TINY, 3, rank, 2), network, tmp_path / f"{rank}")
        targets = Batches(pairs(), TINY, 3, rank, 2).at(4).targets
        torch.testing.assert_close(share.at(4).targets, targets, rtol=0, atol=0)
        torch.testing.assert_close(whole.at(4).targets[rank::2], targets, rtol=0, atol=0)


@pytest.mark.parametrize(
    "recipe",
    [
        replace(TINY, tune_from=1),
        replace(TINY, augment=("light",)),
        replace(TINY, resize="area"),
        replace(FAST, size=64),
    ],
)
def test_photos_that_change_and_encoders_that_learn_are_not_cached(
    recipe: Recipe, tmp_path: Path
) -> None:
    batches = Batches(pairs(), recipe, 0)
    assert encoded(batches, fresh().network, tmp_path / "maps") is batches
    assert not (tmp_path / "maps").exists()


def test_too_many_photos_for_the_disk_are_encoded_at_every_step(tmp_path: Path) -> None:
    batches = Batches(pairs(), TINY, 0)
    assert encoded(batches, fresh().network, tmp_path / "maps", disk=1000) is batches
    assert not list((tmp_path / "maps").iterdir())


def test_a_disk_that_is_nearly_full_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    batches = Batches(pairs(), TINY, 0)
    assert encoded(batches, fresh().network, tmp_path / "maps") is batches
