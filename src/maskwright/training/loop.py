"""The training loop. Networks, batches and losses come from outside; everything that is not part
of a step happens in one callback."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from maskwright.training.batches import Batch, BatchSource, series
from maskwright.training.processes import average_gradients, mean_of_processes, synchronise_norms
from maskwright.training.recipes import Recipe
from maskwright.unet.losses import LOSSES
from maskwright.unet.model import UNet


@dataclass
class Training:
    """The state of a training, as a checkpoint holds it.

    Attributes:
        network: the network that learns.
        averaged: moving average of its weights, where the recipe wants one.
        optimiser: AdamW with two groups, the encoder and the decoder.
        step: how many steps have been made.
    """

    network: UNet
    averaged: AveragedModel | None
    optimiser: torch.optim.AdamW
    step: int = 0

    @property
    def mean(self) -> UNet:
        """The network to keep: with the averaged weights, or else the last ones."""
        return cast(UNet, self.averaged.module) if self.averaged is not None else self.network


def start_training(network: UNet, recipe: Recipe, accelerator: Accelerator) -> Training:
    """Prepare a network for its first step, on the accelerator's device."""
    network.to(accelerator.device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # typed too narrowly
    one_thread = accelerator.device.type == "cpu" and torch.get_num_threads() == 1
    dilate_pointwise(network, 2 if one_thread else 1)
    if accelerator.num_processes > 1:
        synchronise_norms(network)
    groups = [{"params": part.parameters()} for part in (network.encoder, network.decoder)]
    optimiser = torch.optim.AdamW(groups, lr=0.0, weight_decay=recipe.weight_decay)
    averaged = None
    if recipe.averaging:
        averaged = AveragedModel(network, avg_fn=_average(recipe.averaging), use_buffers=True)
    return Training(network, averaged, optimiser)


def dilate_pointwise(network: nn.Module, dilation: int) -> None:
    """Set the dilation of all 1 x 1 convolutions, which does not change their result.

    On one thread, torch's path for undilated 1 x 1 kernels makes a whole step 1.5 times as long.
    A network is written with dilation 1.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1):
            module.dilation = (dilation, dilation)


def _average(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    def average(averaged: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
        if not current.is_floating_point():
            return current
        # A new average forgets faster; otherwise it would contain the random start for long.
        share = min(decay, (1 + int(count)) / (10 + int(count)))
        return averaged.lerp(current, 1 - share)

    return average


def rates(recipe: Recipe, step: int, steps: int) -> tuple[float, float]:
    """Return the learning rates (encoder, rest) of a step."""
    frozen = frozen_steps(recipe, steps)
    encoder = recipe.encoder_rate * _factor(recipe, step, steps, since=frozen)
    return encoder, recipe.decoder_rate * _factor(recipe, step, steps, since=0)


def _factor(recipe: Recipe, step: int, steps: int, *, since: int) -> float:
    if recipe.schedule == "constant":
        return 1.0
    rise = min(1.0, (step - since + 1) / max(1, round(0.05 * steps)))
    return max(rise, 0.0) * 0.5 * (1 + math.cos(math.pi * step / steps))


def frozen_steps(recipe: Recipe, steps: int) -> int:
    """How many steps, at the start, leave the whole encoder frozen."""
    return steps if recipe.tune_from >= 5 else round(recipe.frozen_share * steps)


def run(
    training: Training,
    recipe: Recipe,
    batches: BatchSource,
    steps: int,
    accelerator: Accelerator,
    on_step: Callable[[Training, float], bool],
) -> None:
    """Train from the present step on.

    Args:
        training: changed in place.
        recipe: how to train.
        batches: to train on.
        steps: length of the whole run, which the schedules refer to.
        accelerator: device and processes.
        on_step: called after each step with the loss over all processes; returns whether to stop.
    """
    frozen = frozen_steps(recipe, steps)
    for batch in series(batches, training.step, steps):
        training.network.train()
        levels = 5 if training.step < frozen else recipe.tune_from
        training.network.freeze_encoder(levels, freeze_batchnorm=recipe.freeze_batchnorm)
        if recipe.freeze_decoder_batchnorm:
            training.network.freeze_decoder_batchnorm()
        loss = _step(training, recipe, batch, rates(recipe, training.step, steps), accelerator)
        training.step += 1
        # If any process stops, all do: one that stopped alone would leave the others waiting.
        if mean_of_processes(on_step(training, loss), accelerator):
            break


def _step(
    training: Training,
    recipe: Recipe,
    batch: Batch,
    learning_rates: tuple[float, float],
    accelerator: Accelerator,
) -> float:
    for group, rate in zip(training.optimiser.param_groups, learning_rates, strict=True):
        group["lr"] = rate
    logits = batch.logits(training.network, accelerator.device)
    loss = LOSSES[recipe.loss](logits, batch.targets.to(accelerator.device))
    training.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    average_gradients(training.network, accelerator)
    if recipe.clip:
        nn.utils.clip_grad_norm_(training.network.parameters(), recipe.clip)
    training.optimiser.step()
    if training.averaged is not None:
        training.averaged.update_parameters(training.network)
    return float(accelerator.reduce(loss.detach(), "mean"))
