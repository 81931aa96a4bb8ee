"""Draws the picture of the README: the sheet of `maskwright demo`, small enough for a page."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from maskwright.demo.run import run_demo

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "demo.png"


def main() -> None:
    """Run the demo, then keep its sheet in 256 colours, at a third of the size."""
    with TemporaryDirectory() as folder:
        result = run_demo(Path(folder) / "demo")
        with Image.open(result.sheet) as sheet:
            sheet.quantize(256).save(PICTURE, optimize=True)
    print(f"{PICTURE}: mean IoU {result.mean_iou('unet'):.3f}")


if __name__ == "__main__":
    main()
