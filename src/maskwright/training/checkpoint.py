"""Checkpoints: all that a run needs to go on as if it had never stopped, without pickle.

One safetensors file holds network, moving average and optimiser; order and augmentation follow
from seed and step, so no generator's state is needed.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from maskwright.errors import ModelError
from maskwright.files import write_bytes
from maskwright.training.loop import Training

_FILE = "checkpoint.safetensors"


def save_checkpoint(folder: Path, training: Training) -> None:
    """Write the state of a run to `folder`, in one piece or not at all."""
    tensors = {"step": torch.tensor(training.step)}
    tensors |= training.network.state_dict(prefix="network.")
    if training.averaged is not None:
        tensors |= training.averaged.state_dict(prefix="averaged.")
    for index, state in training.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in state.items()}
    whole = {name: value.contiguous() for name, value in tensors.items()}
    write_bytes(folder / _FILE, save(whole))


def restore_checkpoint(folder: Path, training: Training) -> bool:
    """Load the state of a run into `training`, made by the same recipe.

    Returns:
        Whether there was a checkpoint.

    Raises:
        ModelError: the file is damaged or belongs to another network.
    """
    path = folder / _FILE
    if not path.exists():
        return False
    try:
        tensors = load_file(path)
        training.network.load_state_dict(_below("network", tensors))
        if training.averaged is not None:
            training.averaged.load_state_dict(_below("averaged", tensors))
        state: defaultdict[int, dict[str, Tensor]] = defaultdict(dict)
        for name, value in _below("optimiser", tensors).items():
            index, key = name.split(".", 1)
            state[int(index)][key] = value
        training.optimiser.load_state_dict(training.optimiser.state_dict() | {"state": state})
        training.step = int(tensors["step"])
    except (SafetensorError, RuntimeError, KeyError, ValueError) as error:
        raise ModelError(
            f"{path}: this checkpoint cannot be resumed ({error}); train again with --overwrite"
        ) from error
    return True


def remove_checkpoint(folder: Path) -> None:
    """Remove the checkpoint of a run that has ended: it is four times the size of the model."""
    (folder / _FILE).unlink(missing_ok=True)


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    start = prefix + "."
    return {
        name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)
    }
