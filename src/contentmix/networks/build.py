"""Backbones by name."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from contentmix.catalogue import NETWORKS
from contentmix.errors import UsageError, require, unknown
from contentmix.given import OBJECT
from contentmix.networks.initialise import law_of, pytorch_default
from contentmix.networks.own import GIVEN, adapted
from contentmix.networks.preact_resnet import PreActResNet18
from contentmix.networks.pretrained import pretrained_timm
from contentmix.networks.probe import probe
from contentmix.networks.transformers import cait, cait_size, convit, load_pretrained
from contentmix.networks.wide_resnet import WideResNet


def wide_resnet18(width: int, num_classes: int, in_channels: int = 3) -> nn.Module:
    """ResNet-18-w of the thesis's ImageNet runs: timm's ResNet-18 with 64w ... 512w channels after its 64-channel stem."""
    from timm.models.resnet import BasicBlock, ResNet

    channels = tuple(width * c for c in (64, 128, 256, 512))
    network: nn.Module = ResNet(
        BasicBlock, (2, 2, 2, 2), channels=channels, num_classes=num_classes, in_chans=in_channels
    )
    return network


@dataclass(frozen=True)
class NetworkSpec:
    """What a backbone is built for.

    Args:
        num_classes: classes k.
        in_channels: of the images.
        image_size: their side in pixels, which transformers are made for.
        drop_path: stochastic depth: probability to skip a block's update in training.
        pretrained: start from timm's pretrained weights.
    """

    num_classes: int
    in_channels: int = 3
    image_size: int = 32
    drop_path: float = 0.0
    pretrained: bool = False


def _plain(builder: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """A builder of networks without stochastic depth or pretrained weights."""

    def build(*sizes: str, spec: NetworkSpec) -> nn.Module:
        require(not spec.pretrained, "pretrained weights exist for timm/NAME and cait only: leave out --pretrained")
        require(not spec.drop_path, "drop_path is an option of transformers and of timm's networks: leave it out")
        return builder(*map(int, sizes), spec.num_classes, spec.in_channels)

    return build


def _own_size(make: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """A builder of transformers of any size, for which there are no pretrained weights."""

    def build(*sizes: str, spec: NetworkSpec) -> nn.Module:
        require(
            not spec.pretrained, "there are no pretrained weights of this size of transformer: leave out --pretrained"
        )
        shape = dict(zip(("dim", "depth", "heads", "patch_size"), map(int, sizes), strict=False))
        return make(
            spec.num_classes,
            image_size=spec.image_size,
            in_channels=spec.in_channels,
            drop_path=spec.drop_path,
            **shape,
        )

    return build


def _cait(size: str, depth: str, *, spec: NetworkSpec) -> nn.Module:
    shape = cait_size(size, int(depth))
    network = cait(
        spec.num_classes, image_size=spec.image_size, in_channels=spec.in_channels, drop_path=spec.drop_path, **shape
    )
    if spec.pretrained:
        load_pretrained(network, size, int(depth), spec.in_channels)
    return network


def _timm(name: str, *, spec: NetworkSpec) -> nn.Module:
    import timm
    from timm.layers import to_2tuple

    known = timm.list_models()
    if name not in known:
        raise unknown_network("timm", name, known)
    options: dict[str, object] = {"num_classes": spec.num_classes, "in_chans": spec.in_channels}
    if spec.drop_path:
        options["drop_path_rate"] = spec.drop_path
    published = timm.get_pretrained_cfg(name)
    if published is not None and published.fixed_input_size:
        options["img_size"] = spec.image_size
    try:
        if spec.pretrained:
            return pretrained_timm(name, **options)
        network: nn.Module = timm.create_model(name, pretrained=False, **options)
    except (TypeError, AssertionError, RuntimeError) as error:
        raise UsageError(f"timm/{name} cannot be built with {options}: {' '.join(str(error).split())}") from error
    patch = to_2tuple(getattr(getattr(network, "patch_embed", None), "patch_size", 1))[0]
    require(
        "img_size" not in options or spec.image_size % patch == 0,
        f"timm/{name} has images of {spec.image_size} px and patches of {patch}: choose a multiple as image_size",
    )
    probe(
        network, (spec.in_channels, spec.image_size, spec.image_size), f"be trained on images of {spec.image_size} px"
    )
    return network


def _own(name: str, *, spec: NetworkSpec) -> nn.Module:
    require(not spec.pretrained, "a network of one's own begins with the weights that it has: leave out pretrained")
    require(not spec.drop_path, "drop_path is an option of transformers and of timm's networks: leave it out")
    return adapted(GIVEN.find(name), spec.num_classes, spec.in_channels, spec.image_size)


def is_transformer(name: str) -> bool:
    """Whether the network called ``name`` is a vision transformer, which is trained by another recipe."""
    if name.startswith("timm/"):
        import timm

        return bool(timm.models.is_model_in_modules(name.removeprefix("timm/"), ["vision_transformer", "deit"]))
    return re.fullmatch(r"(convit|cait)(-.*)?", name) is not None


def unknown_network(library: str, name: str, known: list[str]) -> UsageError:
    """The error for a network that ``library`` does not have; its thousand names are not listed."""
    import difflib

    near = ", ".join(difflib.get_close_matches(name, known, n=5))
    hint = f" (near it: {near})" if near else f", nor one near it: {library}.list_models() names all"
    return UsageError(f"unknown {library} network '{name}'{hint}")


_LARGEST = 10_000  # deeper or wider ones fill the memory for minutes before they are refused
_chapter2 = partial(WideResNet, stride_in="first", negative_slope=0.1, law=pytorch_default)
_BUILDERS: list[tuple[str, Callable[..., nn.Module]]] = [
    (r"wrn-(\d+)-(\d+)", _plain(WideResNet)),
    (r"wrn-(\d+)-(\d+)-published", _plain(partial(WideResNet, stride_padding="after"))),
    (r"wrn-(\d+)-(\d+)-leaky", _plain(_chapter2)),
    (r"wrn-(\d+)-(\d+)-leaky-norm", _plain(partial(_chapter2, shortcut_norm=True))),
    (r"preactresnet18-(\d+)", _plain(PreActResNet18)),
    (r"resnet18-(\d+)", _plain(wide_resnet18)),
    (r"convit(?:-(\d+)-(\d+)-(\d+)(?:-(\d+))?)?", _own_size(convit)),
    (r"cait-(\d+)-(\d+)-(\d+)(?:-(\d+))?", _own_size(cait)),
    (r"cait-([a-z]+)-(\d+)", _cait),
    (r"timm/(\w[\w.]*)", _timm),
    (rf"({OBJECT}.+)", _own),
]


def build_network(
    name: str,
    num_classes: int,
    in_channels: int = 3,
    *,
    image_size: int = 32,
    drop_path: float = 0.0,
    pretrained: bool = False,
) -> nn.Module:
    """The backbone ``name`` (``NETWORKS``) for images (b, ``in_channels``, h, w), with fresh weights from torch's global state.

    Args:
        name: of the network, or what ``give_network`` called an object.
        num_classes: classes k.
        in_channels: of the images.
        image_size: their side in pixels, which transformers are made for.
        drop_path: stochastic depth of transformers and timm's networks.
        pretrained: start from timm's weights, where it has them.

    Raises:
        UsageError: an unknown name, a depth, width or patch that does not fit, or weights that cannot be had.
    """
    require(0 <= drop_path < 1, f"drop_path is {drop_path}: a probability below 1")
    spec = NetworkSpec(num_classes, in_channels, image_size, drop_path, pretrained)
    for pattern, builder in _BUILDERS:
        if match := re.fullmatch(pattern, name):
            require(
                all(_LARGEST >= int(size[:9]) > 0 for size in match.groups() if size and size.isdecimal()),
                f"network is {name}: its sizes are 1 to {_LARGEST:,}",
            )
            network = builder(*(size for size in match.groups() if size is not None), spec=spec)
            setattr(network, "input_size", (in_channels, image_size))  # noqa: B010 - no declared attribute
            setattr(network, "pretrained", pretrained)  # noqa: B010 - likewise
            return network
    raise unknown("network", name, NETWORKS)


def input_size(network: nn.Module) -> tuple[int, int]:
    """Channels and side in pixels of the images that ``network`` was built for.

    Raises:
        UsageError: it was not built by ``build_network``.
    """
    size = getattr(network, "input_size", None)
    require(size is not None, f"{type(network).__name__} does not say its image size: build it by build_network")
    assert isinstance(size, tuple)
    return size


def fresh_copy(network: nn.Module) -> nn.Module:
    """A network like ``network``, with fresh weights of the same law from torch's global state."""
    return copy.deepcopy(network).apply(law_of(network))
