"""File to file: photos per second of a model in ONNX Runtime against eager torch, and memory.

    scripts/bench inference MODEL PHOTOS

Both run in `maskwright.predict`, the very same pipeline, with the same weights, in turns within
one process on two cores; eager torch gets the better of its two ways to use them. Memory is that
of `maskwright predict` as a command, for the photos once and ten times.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import torch
from safetensors.torch import load_file

import maskwright
from benchmarks.machine import machine
from maskwright.core import Segmenter
from maskwright.outputs.batch import BatchResult
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.runtime.directory import open_directory
from maskwright.runtime.resize import Resize
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter

RESULTS = Path(__file__).parent / "results" / "inference.json"
CORES = 2
ROUNDS = 5


def main() -> None:
    """Measure, print and keep the figures."""
    keep_freed_memory()  # without it eager torch would be slower by far than it has to be
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("photos", type=Path, help="a folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        speed = rates(options.model, options.photos, Path(folder))
        memory = peaks(options.model, options.photos, Path(folder))
    figures = {
        "model": options.model.name,
        "fingerprint": maskwright.load(options.model).fingerprint,
        "speed": speed,
        "memory": memory,
        "machine": machine(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps({"speed": speed, "memory": memory}, indent=1))


def eager(model: Path) -> Segmenter:
    """The same weights as a torch network, called as they are."""
    info = open_directory(model).info
    classes = tuple(info["network"]["classes"])
    network = UNet(info["network"]["encoder"], info["network"]["decoder"], len(classes))
    network.load_state_dict(load_file(model / "weights.safetensors"))
    network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return as_segmenter(network, classes, Resize(**info["resize"]), use_flips=info["flips"])


def rates(model: Path, photos: Path, folder: Path) -> dict[str, Any]:
    """Photos per second of each way, in turns."""
    network = eager(model)

    def onnx(out: Path) -> BatchResult:
        return maskwright.predict(photos, out, model=model, threads=CORES)

    def torch_one(out: Path) -> BatchResult:
        torch.set_num_threads(1)  # a photo in each of two threads
        return maskwright.predict(photos, out, segmenter=network, threads=CORES)

    def torch_both(out: Path) -> BatchResult:
        torch.set_num_threads(CORES)  # one photo after the other, both cores in its network
        return maskwright.predict(photos, out, segmenter=network, threads=1)

    ways: dict[str, Callable[[Path], BatchResult]] = {
        "onnxruntime": onnx,
        "torch, a photo per core": torch_one,
        "torch, both cores on a photo": torch_both,
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    count = 0
    cv2.setNumThreads(1)
    for round_number in range(ROUNDS + 1):
        for name, way in ways.items():
            out = folder / "out"
            begin = time.perf_counter()
            result = way(out)
            spent = time.perf_counter() - begin
            shutil.rmtree(out)
            assert not result.failed
            count = len(result.photos)
            if round_number:  # the first round warms up
                seconds[name].append(spent)
    each = {name: count / statistics.median(values) for name, values in seconds.items()}
    torch_names = [name for name in ways if name.startswith("torch")]
    best = max(torch_names, key=lambda name: each[name])
    ratios = [t / o for t, o in zip(seconds[best], seconds["onnxruntime"], strict=True)]
    return {
        "photos": count,
        "rounds": ROUNDS,
        "cores": CORES,
        "photos_per_second": {name: round(rate, 2) for name, rate in each.items()},
        "seconds": {name: [round(x, 3) for x in values] for name, values in seconds.items()},
        "ratio_to_best_torch": round(statistics.median(ratios), 3),
        "ratio_range": [round(min(ratios), 3), round(max(ratios), 3)],
    }


def peaks(model: Path, photos: Path, folder: Path) -> dict[str, Any]:
    """Peak memory of the command for the photos once and ten times, the median of three."""
    files = [path for path in sorted(photos.iterdir()) if path.is_file()]
    figures = {}
    for times in (1, 10):
        inputs = folder / f"times{times}"
        for turn in range(times):
            (inputs / str(turn)).mkdir(parents=True)
            for path in files:
                shutil.copy(path, inputs / str(turn) / path.name)
        tries = [peak(model, inputs, folder / "masks") for _ in range(3)]
        figures[len(files) * times] = [round(one / 1e6, 1) for one in sorted(tries)]
    few, many = (values[1] for values in figures.values())
    return {"peak_mb": figures, "growth": round(many / few - 1, 4)}


def peak(model: Path, inputs: Path, out: Path) -> int:
    """Peak resident bytes of one `maskwright predict`, which is a single process (Linux)."""
    command = [sys.executable, "-m", "maskwright", "predict", str(inputs), "-o", str(out)]
    command += ["--model", str(model), "--threads", str(CORES), "--quiet"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    while run.poll() is None:
        most = max(most, high_water(run.pid))
        time.sleep(0.02)
    if run.returncode:
        sys.exit("predict failed")
    shutil.rmtree(out)
    return most


def high_water(pid: int) -> int:
    """Peak resident bytes of a process so far, as Linux keeps them; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return 1024 * int(lines[0].split()[1]) if lines else 0


if __name__ == "__main__":
    main()
