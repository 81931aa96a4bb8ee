"""Recipes: the settings of a training, as commented values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from maskwright.augmentation.online import PAPER_SIX, PARTS
from maskwright.errors import UsageError
from maskwright.runtime.resize import LARGEST_SIZE

_STORED_AS = {
    "freeze_batchnorm": "hold_statistics",
    "freeze_decoder_batchnorm": "hold_decoder",
    "fine_tune": "gentle",
}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the defaults are those of the recipe "fast".

    Attributes:
        name: what `--recipe` calls it.
        encoder: a name that `build_encoder` knows.
        decoder: a name that `build_decoder` knows.
        size: the network sees about size x size pixels, whatever the photo's shape.
        resize: "area" keeps a photo's aspect when predicting, "square" stretches it always.
        batch: photos per step, over all processes.
        epochs: passes over the training photos when neither steps nor minutes are given;
            0 leaves it to `minutes`.
        minutes: default time when neither steps, minutes nor epochs are given.
        loss: a name in `LOSSES`.
        decoder_rate: learning rate of everything but the encoder.
        encoder_rate: learning rate of the encoder's tuned levels.
        frozen_share: share of the steps, at the start, with the whole encoder frozen.
        tune_from: the first encoder level that is tuned after that; 5 keeps all frozen.
        freeze_batchnorm: keep the BatchNorm statistics of the encoder's tuned levels.
        freeze_decoder_batchnorm: keep the BatchNorm statistics of the decoder, too.
        fine_tune: when training starts from a model, adapt to it: the better it already is, the
            lower the learning rates, see `with_fine_tuning_rates`; photos are seen at its size, see
            `with_start`.
        schedule: "constant", or "cosine": a short linear rise, then half a cosine to zero.
        weight_decay: AdamW's; 0 makes it Adam.
        clip: the gradient's norm is cut to this; 0 leaves it.
        averaging: decay per step of the moving average of the weights; 0 takes the last weights.
        augment: parts of the online augmentation, names in `augmentation.online.PARTS`.
        flips: whether prediction averages over the photo and its mirror image.
        finish: choose on held-out photos how masks are enlarged and cleaned and where GrabCut may
            change them; otherwise masks are the network's own, enlarged bilinearly.
    """

    name: str
    encoder: str = "efficientnet_lite0"
    decoder: str = "light"
    size: int = 320  # a step takes twice as long as at 224
    resize: str = "area"
    batch: int = 8
    epochs: int = 0
    minutes: float = 10
    loss: str = "cross_entropy+dice"
    decoder_rate: float = 1e-3
    encoder_rate: float = 2e-4
    frozen_share: float = 0.15  # the gradients of a fresh decoder would damage the encoder
    tune_from: int = 1
    freeze_batchnorm: bool = True  # batches of 8 photos give worse statistics than ImageNet did
    freeze_decoder_batchnorm: bool = False  # a fresh one has no statistics yet
    fine_tune: bool = True
    schedule: str = "cosine"
    weight_decay: float = 1e-2
    clip: float = 1.0
    averaging: float = 0.99  # few steps: a longer memory would still hold the beginning
    augment: tuple[str, ...] = (
        "horizontal-flip",
        "scale",
        "stretch",
        "tilt",
        "shift",
        "light",
        "tint",
        "grey",
        "blur",
        "noise",
    )
    flips: bool = True
    finish: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values, under the names that model.json has for them."""
        values = asdict(self)
        del values["finish"]  # model.onnx says how masks are finished
        return {_STORED_AS.get(name, name): value for name, value in values.items()}


PAPER = Recipe(
    name="paper",
    encoder="efficientnet_lite0",  # in MobileNetV2's place, whose weights need a download
    decoder="paper",
    size=256,
    resize="square",
    batch=8,
    epochs=20,  # the paper's first run; its second, on 518 augmented photos, has 40
    minutes=0,
    loss="cross_entropy",
    decoder_rate=1e-3,  # Adam's default, which the paper does not change
    encoder_rate=0.0,
    frozen_share=1.0,
    tune_from=5,
    freeze_batchnorm=True,
    freeze_decoder_batchnorm=False,
    fine_tune=False,
    schedule="constant",
    weight_decay=0.0,
    clip=0.0,
    averaging=0.0,
    augment=(),  # none, unless the folder itself holds augmented copies
    flips=False,
    finish=False,
)

FAST = Recipe("fast")

LONG = replace(
    FAST,
    name="long",  # for thousands of photos: the bundled model is made by it
    minutes=120,
    frozen_share=0.05,
    averaging=0.999,
    fine_tune=False,  # thousands of photos are worth full learning rates
)

_PART_LISTS = {"none": (), "paper": tuple(PAPER_SIX)}

RECIPES = {recipe.name: recipe for recipe in (FAST, LONG, PAPER)}


def recipe_named(
    name: str,
    *,
    encoder: str | None = None,
    size: int | None = None,
    augment: str | None = None,
) -> Recipe:
    """Return a recipe, with another encoder, size or augmentation where given.

    Raises:
        UsageError: an unknown recipe or part, or a size that is no multiple of 32 from 32 to
            `LARGEST_SIZE`.
    """
    if name not in RECIPES:
        raise UsageError(f"unknown recipe {name!r}: choose one of {', '.join(RECIPES)}")
    recipe = RECIPES[name]
    if size is not None and (not 32 <= size <= LARGEST_SIZE or size % 32):
        raise UsageError(
            f"--size {size}: take a multiple of 32 up to {LARGEST_SIZE:,}, such as 224, 256 or 320"
        )
    return replace(
        recipe,
        encoder=encoder or recipe.encoder,
        size=size or recipe.size,
        augment=recipe.augment if augment is None else _parts(augment),
    )


def _parts(listed: str) -> tuple[str, ...]:
    """Read `--augment`: parts by name, "none" or "paper"."""
    if listed in _PART_LISTS:
        return _PART_LISTS[listed]
    parts = tuple(part.strip() for part in listed.split(","))
    for part in parts:
        if part not in PARTS:
            raise UsageError(
                f"--augment: there is no part {part!r}: choose some of {', '.join(PARTS)}; "
                f"or, alone, {' or '.join(_PART_LISTS)}"
            )
    return parts
