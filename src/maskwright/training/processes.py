"""Device and processes. Several processes train as one: the same loss and the same weights as a
single process."""

from __future__ import annotations

import threading

import torch
import torch.distributed as dist
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce  # the one whose gradient is right

from maskwright.errors import UsageError
from maskwright.training.recipes import Recipe

_STARTING = threading.Lock()  # threads share the one state that accelerate sets up


def new_accelerator(device: str, threads: int | None, recipe: Recipe) -> Accelerator:
    """Choose the device, and set the number of threads.

    Raises:
        UsageError: there is no such device, or the batch cannot be shared by the processes.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    if device not in ("auto", "cpu", "cuda", "mps"):
        raise UsageError(f"--device {device}: choose auto, cpu, cuda or mps")
    with _STARTING:
        accelerator = Accelerator(cpu=device == "cpu")
    if device not in ("auto", accelerator.device.type):
        raise UsageError(f"--device {device}: this torch has only {accelerator.device.type} here")
    if recipe.batch % accelerator.num_processes:
        raise UsageError(
            f"{accelerator.num_processes} processes cannot share a batch of {recipe.batch} "
            "evenly: start 2, 4 or 8"
        )
    return accelerator


def refuse_several_processes(accelerator: Accelerator, option: str) -> None:
    """Refuse several processes for an option that needs a single one.

    Raises:
        UsageError: there are several.
    """
    if accelerator.num_processes > 1:
        raise UsageError(f"{option} works in one process: start it without accelerate")


class ProcessBatchNorm2d(nn.BatchNorm2d):
    """BatchNorm over the batch of all processes; torch's own SyncBatchNorm refuses the CPU.

    Every process must hold equally many pixels.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (N, C, H, W) by the mean and variance over N, H, W of all processes."""
        if not self.training:
            return super().forward(input)
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None and self.momentum is not None
        processes = dist.get_world_size()
        mean = all_reduce(input.mean(dim=(0, 2, 3))) / processes  # type: ignore[no-untyped-call]
        centred = input - mean[:, None, None]
        variance = all_reduce(centred.square().mean(dim=(0, 2, 3))) / processes  # type: ignore[no-untyped-call]
        count = processes * input.numel() / input.shape[1]
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / max(count - 1, 1), self.momentum)
        scale = self.weight / torch.sqrt(variance + self.eps)
        normalised: Tensor = centred * scale[:, None, None] + self.bias[:, None, None]
        return normalised


def synchronise_norms(module: nn.Module) -> None:
    """Replace every plain BatchNorm2d below `module` by a `ProcessBatchNorm2d`."""
    for name, child in module.named_children():
        if type(child) is nn.BatchNorm2d:
            norm = ProcessBatchNorm2d(child.num_features, child.eps, child.momentum)
            norm.load_state_dict(child.state_dict())
            setattr(module, name, norm)
        else:
            synchronise_norms(child)


def average_gradients(module: nn.Module, accelerator: Accelerator) -> None:
    """Replace each gradient by its mean over the processes.

    Reduced by hand instead of through DistributedDataParallel: which weights have a gradient
    changes during training, and equal losses in all processes need nothing cleverer.
    """
    if accelerator.num_processes == 1:
        return
    for weight in module.parameters():
        if weight.grad is not None:
            weight.grad = accelerator.reduce(weight.grad, "mean")


def from_main(value: float | None) -> float | None:
    """Return the main process's value in all processes; those of the others are not looked at."""
    shared: list[float | None] = broadcast_object_list([value])
    return shared[0]


def mean_of_processes(value: float, accelerator: Accelerator) -> float:
    """Return the mean of a number over all processes."""
    if accelerator.num_processes == 1:
        return value
    return float(accelerator.reduce(torch.tensor(float(value), device=accelerator.device), "mean"))
