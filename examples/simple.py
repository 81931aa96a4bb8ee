"""From labelled photos to cut-outs of all others, one call a step.

python examples/simple.py DATA PHOTOS OUT
"""

import sys
from pathlib import Path

import maskwright

data, photos, out = map(Path, sys.argv[1:4])

trained = maskwright.train(data, out / "model", minutes=10)
print(trained.sentence)

maskwright.predict(photos, out, model=trained.model, save=("mask", "cutout"))
print(f"cut-outs are in {out / 'cutouts'}")
