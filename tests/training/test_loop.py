"""The loop's schedules, frozen phases and averages, and checkpoints that lose nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from torch import Tensor

from maskwright.core import Pair
from maskwright.errors import ModelError
from maskwright.training.batches import Batches
from maskwright.training.checkpoint import remove_checkpoint, restore_checkpoint, save_checkpoint
from maskwright.training.loop import Training, frozen_steps, rates, run, start_training
from maskwright.training.recipes import FAST, PAPER, Recipe
from maskwright.training.start.weights import with_start
from maskwright.unet.model import UNet

pytestmark = pytest.mark.usefixtures("tiny_network")
TINY = replace(FAST, encoder="tiny", size=64, batch=2)


@pytest.fixture(scope="module")
def accelerator() -> Accelerator:
    return Accelerator(cpu=True)


def pairs() -> list[Pair]:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (70, 80, 3), np.uint8)
    return [Pair("a", image, (image[..., 0] > 128).astype(np.uint8))]


def fresh(recipe: Recipe, accelerator: Accelerator) -> Training:
    torch.manual_seed(0)
    return start_training(UNet(recipe.encoder, recipe.decoder, 2), recipe, accelerator)


def head_of(network: UNet) -> Tensor:
    """The weights of the last convolution."""
    return network.state_dict()["decoder.head.weight"]


def go(training: Training, recipe: Recipe, accelerator: Accelerator, steps: int, stop: int) -> None:
    batches = Batches(pairs(), recipe, 0)
    run(training, recipe, batches, steps, accelerator, lambda t, _: t.step >= stop)


def test_rates_rise_fall_and_wait_for_the_encoder() -> None:
    steps = 200
    frozen = frozen_steps(FAST, steps)
    assert 0 < frozen < steps
    assert rates(FAST, frozen - 1, steps)[0] == 0.0
    decoder = [rates(FAST, step, steps)[1] for step in range(steps)]
    peak = int(np.argmax(decoder))
    assert 0 < peak < 0.1 * steps
    assert max(decoder) <= FAST.decoder_rate
    assert decoder[-1] < 0.01 * FAST.decoder_rate
    assert all(rate >= 0 for step in range(steps) for rate in rates(FAST, step, steps))


def test_the_paper_recipe_never_tunes_the_encoder_and_keeps_its_rate() -> None:
    assert frozen_steps(PAPER, 180) == 180
    assert rates(PAPER, 0, 180)[1] == rates(PAPER, 179, 180)[1] == PAPER.decoder_rate


def test_the_encoder_moves_only_after_the_frozen_steps(accelerator: Accelerator) -> None:
    recipe = replace(TINY, frozen_share=0.5)
    training = fresh(recipe, accelerator)
    first = {k: v.clone() for k, v in training.network.encoder.state_dict().items()}
    decoder = {k: v.clone() for k, v in training.network.decoder.state_dict().items()}
    go(training, recipe, accelerator, 8, stop=4)
    assert all(torch.equal(first[k], v) for k, v in training.network.encoder.state_dict().items())
    assert any(
        not torch.equal(decoder[k], v) for k, v in training.network.decoder.state_dict().items()
    )
    go(training, recipe, accelerator, 8, stop=8)
    moved = {
        k for k, v in training.network.encoder.state_dict().items() if not torch.equal(first[k], v)
    }
    assert moved
    assert not any("running" in name for name in moved)


def test_averages_follow_the_weights(accelerator: Accelerator) -> None:
    recipe = replace(TINY, averaging=0.0)
    training = fresh(recipe, accelerator)
    go(training, recipe, accelerator, 4, stop=3)
    assert training.mean is training.network
    training = fresh(TINY, accelerator)
    first = head_of(training.network).clone()
    go(training, TINY, accelerator, 4, stop=3)
    last, mean = head_of(training.network), head_of(training.mean)
    assert not torch.equal(mean, last)
    assert (mean - last).norm() < (first - last).norm()  # it lies on the way


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_a_checkpoint_holds_the_average_where_there_is_one(
    tmp_path: Path, accelerator: Accelerator, averaging: float
) -> None:
    recipe = replace(TINY, averaging=averaging)
    training, restored = fresh(recipe, accelerator), fresh(recipe, accelerator)
    go(training, recipe, accelerator, 4, stop=2)
    save_checkpoint(tmp_path, training)
    assert restore_checkpoint(tmp_path, restored)
    for name, value in training.mean.state_dict().items():
        torch.testing.assert_close(restored.mean.state_dict()[name], value, rtol=0, atol=0)


@pytest.mark.parametrize("stop", [2, 5])
def test_a_resumed_run_has_the_same_weights_bit_for_bit(
    tmp_path: Path, accelerator: Accelerator, stop: int
) -> None:
    recipe = replace(TINY, frozen_share=0.4)
    straight = fresh(recipe, accelerator)
    go(straight, recipe, accelerator, 8, stop=8)
    stopped = fresh(recipe, accelerator)
    go(stopped, recipe, accelerator, 8, stop=stop)
    save_checkpoint(tmp_path, stopped)
    torch.manual_seed(99)
    resumed = start_training(UNet(recipe.encoder, recipe.decoder, 2), recipe, accelerator)
    assert restore_checkpoint(tmp_path, resumed)
    assert resumed.step == stop
    go(resumed, recipe, accelerator, 8, stop=8)
    for kind in ("network", "averaged"):
        expected = getattr(straight, kind).state_dict()
        for name, value in getattr(resumed, kind).state_dict().items():
            assert torch.equal(value, expected[name]), name


def test_checkpoints_that_do_not_fit_are_refused(tmp_path: Path, accelerator: Accelerator) -> None:
    training = fresh(TINY, accelerator)
    assert not restore_checkpoint(tmp_path, training)
    save_checkpoint(tmp_path, training)
    (file,) = tmp_path.iterdir()
    other = fresh(replace(TINY, decoder="paper"), accelerator)
    with pytest.raises(ModelError, match="cannot be resumed"):
        restore_checkpoint(tmp_path, other)
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelError, match="overwrite"):
        restore_checkpoint(tmp_path, training)
    remove_checkpoint(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_from_scratch_the_whole_encoder_learns_with_its_statistics(
    accelerator: Accelerator,
) -> None:
    recipe = with_start(TINY, "scratch", classes=2)
    assert frozen_steps(recipe, 100) == 0
    assert rates(recipe, 50, 100)[0] == rates(recipe, 50, 100)[1] > 0
    training = fresh(recipe, accelerator)
    first = {name: value.clone() for name, value in training.network.encoder.state_dict().items()}
    go(training, recipe, accelerator, 4, stop=2)
    last = training.network.encoder.state_dict()
    still = {name for name, value in last.items() if torch.equal(value, first[name])}
    assert still <= {"mean", "scale"}
    assert any("running" in name for name in last)
