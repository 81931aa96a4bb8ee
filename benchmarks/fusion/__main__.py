"""The paper's open question: do U-Net and GrabCut together beat either?

    scripts/bench fusion TRAIN [--domains DATA...] [--tests DATA...] [--work models/fusion]
    scripts/bench fusion TRAIN --cost

TRAIN is cross-validated five times in five folds by source, each of DOMAINS once, with as many
steps as two minutes make; and TRAIN once more from ImageNet. Every network is trained once and kept
in --work. The gates of a fold are learned on the photos of the other folds, through networks that
were not trained on them. TESTS are scored by the bundled model and the package's gate, and noted in
benchmarks/test-log.jsonl. Results of this model and this gate are not made again: delete
benchmarks/results/fusion.json after a change of how masks are fused. `--cost` measures
milliseconds on photos of TRAIN, and wants a machine that does nothing else. The tables go into
docs/notebook/fusion.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of
from benchmarks.fusion.beak import beaks, beaks_table
from benchmarks.fusion.cost import cost_table, costs
from benchmarks.fusion.draw import draw
from benchmarks.fusion.networks import IMAGENET, REPEATS, cleaned, folds_of, trained, work_of
from benchmarks.fusion.study import BUNDLED, cross_validated, frozen, marks
from benchmarks.fusion.tables import by_set, mean, summary, table, ways_over_sets
from benchmarks.fusion.ways import FUSED, GRABCUT, UNET
from benchmarks.jobs import run_jobs
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill
from benchmarks.opening_log import log, set_name
from benchmarks.result_files import FOLDER, read_results, write_results
from maskwright.runtime.bundled import model_path

RESULTS, PAGE = FOLDER / "fusion.json", NOTEBOOK / "fusion.md"
COST, BEAKS = FOLDER / "fusion-cost.json", FOLDER / "fusion-beaks.json"
HEADLINES = (UNET, GRABCUT, FUSED)


def main() -> None:
    """Train and score what is missing, then fill the page."""
    options = _options()
    if options.cost:
        write_results(COST, costs(options.train) | {"machine": machine()})
    else:
        work = options.work.resolve()
        _drop_stale()
        _cross_validate(options.train, options.domains, work, options.workers)
        networks = work_of(options.train, work)
        write_results(BEAKS, beaks(options.train, networks))
        first = read_results(RESULTS)[f"{set_name(options.train)} / 0"]
        draw(options.train, networks, first["photos"])
        _score_tests(options.tests)
    print(fill(PAGE, tables()))


def tables() -> dict[str, str]:
    """The tables by the names of their places in the page."""
    results = read_results(RESULTS)
    of_sets = {
        "-".join(["fusion", *re.findall(r"\w+", name)]): table(one)
        for name, one in by_set(results).items()
    }
    return {
        "fusion-summary": summary(results),
        "fusion-ways": ways_over_sets(results),
        **of_sets,
        "fusion-cost": cost_table(read_results(COST)),
        "fusion-beaks": beaks_table(read_results(BEAKS)),
    }


def _cross_validate(train: Path, domains: Sequence[Path], work: Path, workers: int) -> None:
    """Train and score what is missing."""
    steps = min(one["steps"] for one in read_results(FOLDER / "starts-time.json").values())
    plan = [(train, None, REPEATS), (train, IMAGENET, 1), *((one, None, 1) for one in domains)]
    jobs: dict[str, tuple[Any, ...]] = {}
    for data, start, repeats in plan:
        name, folder = set_name(data), work_of(data, work, start)
        dataset = cleaned(data, folder)
        wanted = folds_of(dataset, folder, repeats)
        trained(dataset, wanted, start=start, steps=steps, workers=workers)
        titled = name if start is None else f"{name}, from ImageNet"
        for repeat in range(repeats):
            jobs[f"{titled} / {repeat}"] = (str(data.resolve()), str(folder), repeat)
    run_jobs(cross_validated, jobs, RESULTS, workers)


def _score_tests(tests: Sequence[Path]) -> None:
    """Score test sets with the bundled model; a set that is in the results is not opened again."""
    model = str(model_path(BUNDLED))
    for data in tests:
        key = f"{set_name(data)} / 0"
        if key in read_results(RESULTS):
            continue
        found = run_jobs(frozen, {key: (str(data.resolve()), model)}, RESULTS, workers=1)[key]
        log(
            data,
            ["fusion", *sys.argv[1:]],
            {way: round(mean([found], way, 0), 4) for way in HEADLINES},
        )


def _drop_stale() -> None:
    """Drop results of another model or another gate: one page never mixes two."""
    now = marks()
    kept = {key: one for key, one in read_results(RESULTS).items() if one["marks"] == now}
    write_results(RESULTS, kept)


def _options() -> argparse.Namespace:
    parser = parser_of(__doc__, "train")
    parser.add_argument("--domains", type=Path, nargs="*", default=[], help="data folders")
    parser.add_argument("--tests", type=Path, nargs="*", default=[], help="data folders")
    parser.add_argument("--work", type=Path, default=Path("models/fusion"), help="[%(default)s]")
    parser.add_argument("--workers", type=int, default=2, help="jobs at once [%(default)s]")
    parser.add_argument("--cost", action="store_true", help="measure milliseconds, and end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
