"""The weight of a plain `pip install maskwright`, and the time to its first mask.

    scripts/bench install PHOTO [--work DIR]

Builds the wheel, installs it alone into a new environment, and runs `maskwright predict PHOTO -o
out` there: once as the very first run, then five times more, each a process of its own. pip takes
packages from its store where it has them, so the time of installing depends on earlier installs
and on the network. The table goes into docs/notebook/results.md.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.command import parser_of
from benchmarks.inference.commands import command_cost
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, markdown_table
from benchmarks.result_files import FOLDER, write_results

RESULTS, PAGE = FOLDER / "install.json", NOTEBOOK / "results.md"
_TIMES = 5
_LARGEST = 4  # packages named in the table


def main() -> None:
    """Build, install and measure, then print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("photo", type=Path, help="a photo, best of an ordinary size")
    parser.add_argument("--work", type=Path, default=Path("models/install"), help="[%(default)s]")
    options = parser.parse_args()
    work = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    wheel = built(work / "dist")
    begin = time.perf_counter()
    environment = installed(wheel, work / "environment")
    seconds = time.perf_counter() - begin
    results = {
        "wheel_bytes": wheel.stat().st_size,
        "install_seconds": round(seconds, 1),
        "environment": weighed(environment),
        "first_mask": first_masks(environment, options.photo.resolve(), work),
        "machine": machine(),
    }
    shutil.rmtree(work)
    print(fill(PAGE, {"install": table(write_results(RESULTS, results))}))


def built(folder: Path) -> Path:
    """The wheel of the source tree."""
    _pip("wheel", Path(__file__).parents[1], "--no-deps", "--wheel-dir", folder)
    (wheel,) = folder.glob("maskwright-*.whl")
    return wheel


def installed(wheel: Path, folder: Path) -> Path:
    """A new environment with the wheel and what it needs, without extras and without pip."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    _pip("--python", folder / "bin" / "python", "install", wheel)
    return folder


def _pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *map(str, arguments)], check=True)


def weighed(environment: Path) -> dict[str, Any]:
    """Bytes on disk of the environment, and of each package in it, the largest first."""
    files = [path for path in environment.rglob("*") if path.is_file() and not path.is_symlink()]
    (site,) = environment.glob("lib/*/site-packages")
    packages: dict[str, dict[str, Any]] = {
        one.metadata["Name"]: {"bytes": _bytes_of(one), "version": one.version}
        for one in distributions(path=[str(site)])
    }
    largest_first = sorted(packages.items(), key=lambda item: -item[1]["bytes"])
    return {
        "bytes": sum(path.stat().st_size for path in files),
        "python": platform.python_version(),
        "packages": dict(largest_first),
    }


def _bytes_of(package: Distribution) -> int:
    paths = [Path(str(file.locate())) for file in package.files or []]
    return sum(path.stat().st_size for path in paths if path.is_file())


def first_masks(environment: Path, photo: Path, work: Path) -> dict[str, Any]:
    """Seconds and peak memory of the first mask ever made there, and of the next ones."""
    out = work / "out"
    costs = []
    for _ in range(1 + _TIMES):
        command = [str(environment / "bin" / "maskwright"), "predict", str(photo), "-o", str(out)]
        costs.append(command_cost(command, cwd=work))  # a folder without other models
        shutil.rmtree(out)
    return {
        "first_seconds": costs[0].seconds,
        "seconds": median(cost.seconds for cost in costs[1:]),
        "peak_mb": median(cost.peak_mb for cost in costs[1:]),
        "runs": [cost.seconds for cost in costs],
    }


def table(results: Mapping[str, Any]) -> str:
    """All figures as Markdown."""
    environment, mask = results["environment"], results["first_mask"]
    largest = list(environment["packages"].items())[:_LARGEST]
    named = ", ".join(f"{name} {_megabytes(one['bytes'])}" for name, one in largest)
    rows = {
        "the wheel, with the bundled model": _megabytes(results["wheel_bytes"]),
        "the environment on disk": f"{_megabytes(environment['bytes'])} ({named})",
        "installing, packages from pip's store": f"{results['install_seconds']:.0f} s",
        "the first mask in the new environment": f"{mask['first_seconds']:.2f} s",
        f"one photo after that, median of {len(mask['runs']) - 1} processes": (
            f"{mask['seconds']:.2f} s, {mask['peak_mb']:.0f} MB of memory"
        ),
    }
    return markdown_table(["`pip install maskwright` alone", ""], rows.items())


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
