"""Losses against figures worked out by hand, with void pixels and empty photos."""

from __future__ import annotations

import math

import pytest
import torch

from maskwright.core import VOID
from maskwright.unet.losses import LOSSES, cross_entropy, dice


def logits_for(target: torch.Tensor, classes: int, certainty: float) -> torch.Tensor:
    known = target.where(target != VOID, 0)
    return certainty * torch.nn.functional.one_hot(known, classes).permute(0, 3, 1, 2).float()


def test_cross_entropy_of_indifference_is_the_logarithm_of_the_classes() -> None:
    target = torch.randint(0, 3, (2, 8, 8))
    assert cross_entropy(torch.zeros(2, 3, 8, 8), target).item() == pytest.approx(math.log(3))


def test_cross_entropy_is_a_mean_over_photos_of_means_over_known_pixels() -> None:
    target = torch.zeros(2, 1, 4, dtype=torch.int64)
    target[0, 0, 1:] = VOID
    logits = torch.zeros(2, 2, 1, 4)
    logits[0, 0] = 100.0  # the only known pixel of the first photo is right
    expected = (0.0 + math.log(2)) / 2
    assert cross_entropy(logits, target).item() == pytest.approx(expected)


@pytest.mark.parametrize("name", LOSSES)
def test_void_pixels_change_nothing(name: str) -> None:
    torch.manual_seed(0)
    target = torch.randint(0, 2, (2, 8, 8))
    target[:, :3] = VOID
    logits = torch.randn(2, 2, 8, 8)
    other = logits.clone()
    other[:, :, :3] = 50 * torch.randn(2, 2, 3, 8)
    torch.testing.assert_close(LOSSES[name](logits, target), LOSSES[name](other, target))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("fill", [0, 1, VOID])
def test_empty_full_and_void_photos_have_finite_losses_and_gradients(name: str, fill: int) -> None:
    logits = torch.randn(1, 2, 8, 8, requires_grad=True)
    loss = LOSSES[name](logits, torch.full((1, 8, 8), fill))
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_dice_is_near_zero_when_right_and_near_one_when_wrong() -> None:
    target = torch.zeros(1, 16, 16, dtype=torch.int64)
    target[:, 4:12, 4:12] = 1
    assert dice(logits_for(target, 2, 50.0), target).item() < 1e-3
    assert dice(logits_for(1 - target, 2, 50.0), target).item() > 0.95


def test_dice_of_a_photo_without_foreground_punishes_false_alarms() -> None:
    target = torch.zeros(1, 16, 16, dtype=torch.int64)
    assert dice(logits_for(target, 2, 50.0), target).item() < 1e-3
    assert dice(logits_for(target + 1, 2, 50.0), target).item() > 0.95


def test_dice_of_several_classes_scores_those_that_the_photo_holds() -> None:
    target = torch.zeros(1, 16, 16, dtype=torch.int64)
    target[:, :8] = 2
    assert dice(logits_for(target, 4, 50.0), target).item() < 1e-3


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_of_a_batch_is_the_mean_of_the_losses_of_its_shares(name: str) -> None:
    torch.manual_seed(1)
    logits, target = torch.randn(4, 3, 8, 8), torch.randint(0, 3, (4, 8, 8))
    target[0, :6] = VOID
    whole = LOSSES[name](logits, target)
    shares = [LOSSES[name](logits[i::2], target[i::2]) for i in range(2)]
    torch.testing.assert_close(whole, torch.stack(shares).mean())
