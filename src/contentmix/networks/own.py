"""Networks of one's own: any module that ends in a linear layer, with the interface that this package's and timm's have."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from contentmix.errors import UsageError, require
from contentmix.given import Given
from contentmix.networks.probe import probe


@dataclass(frozen=True, eq=False)
class OwnNetwork:
    """A network to train, and where its ends are, unless running it tells.

    Args:
        module: images (b, c, h, w) to logits. It begins with the weights that it has, but for a classifier of another number
            of classes; it is copied, and stays as it is.
        first_convolution: name of the convolution that takes the images, as of ``module.named_modules()``.
        classifier: name of the linear layer that makes the logits.
    """

    module: nn.Module
    first_convolution: str | None = None
    classifier: str | None = None


GIVEN: Given[OwnNetwork] = Given("network")


class Adapted(nn.Module):
    """A module with its first convolution known, and the ``num_features`` and ``reset_classifier`` of timm's networks.

    Args:
        module: images (b, c, h, w) to logits (b, k); taken over.
        first_convolution: name of the convolution that takes the images; empty where there is none.
        classifier: name of the linear layer whose output is that of ``module``.
    """

    def __init__(self, module: nn.Module, first_convolution: str, classifier: str) -> None:
        super().__init__()
        self.module = module
        self.first_convolution = f"module.{first_convolution}"
        self._classifier = f"module.{classifier}"
        self.num_features = _linear(module, classifier).in_features

    def forward(self, images: Tensor) -> Tensor:
        """Images (b, c, h, w) to logits (b, k), or without a classifier to features (b, num_features)."""
        outputs: Tensor = self.module(images)
        return outputs

    def get_classifier(self) -> nn.Module:
        """What makes logits of features."""
        return self.get_submodule(self._classifier)

    def reset_classifier(self, num_classes: int) -> None:
        """A new linear classifier of ``num_classes``, by PyTorch's law; with 0 classes, none."""
        new = nn.Linear(self.num_features, num_classes) if num_classes else nn.Identity()
        parent, _, child = self._classifier.rpartition(".")
        setattr(self.get_submodule(parent), child, new)


def give_network(network: OwnNetwork) -> str:
    """The name by which ``build_network`` finds ``network`` as long as it lives; its digest is of its layers, not its weights."""
    module = network.module
    shapes = [(name, tuple(tensor.shape)) for name, tensor in module.state_dict().items()]
    what = repr((network.first_convolution, network.classifier, shapes, repr(module)))
    parameters = sum(parameter.numel() for parameter in module.parameters())
    kind = type(module)
    description = f"{kind.__module__}.{kind.__qualname__} of {parameters} parameters"
    return GIVEN.hold(network, kind.__name__, hashlib.sha256(what.encode()).hexdigest(), description)


def adapted(own: OwnNetwork, num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """A copy of ``own`` that classifies images (b, in_channels, image_size, image_size) into ``num_classes``.

    Raises:
        UsageError: it does not take these images, or its output is not that of a linear layer.
    """
    network = copy.deepcopy(own.module)
    shape = (in_channels, image_size, image_size)
    like_timm = hasattr(network, "reset_classifier") and hasattr(network, "num_features")
    if not like_timm or own.classifier or own.first_convolution:
        first, last = _ends(network, shape)
        if not (own.classifier or last):
            raise _no_classifier(own.module)
        network = Adapted(network, own.first_convolution or first, own.classifier or last)
        _check_named(network, own, shape)
    classes = probe(network, shape, f"classify images of {' x '.join(map(str, shape))}").shape[-1]
    if classes != num_classes:
        network.reset_classifier(num_classes)  # type: ignore[operator]
    return network


def _check_named(network: Adapted, own: OwnNetwork, shape: tuple[int, ...]) -> None:
    """Raise a ``UsageError`` unless what is named is there, and nothing follows the classifier."""
    convolution = dict(own.module.named_modules()).get(own.first_convolution or "")
    require(
        own.first_convolution is None or isinstance(convolution, nn.Conv2d),
        f"first_convolution is {own.first_convolution!r}: it is no Conv2d of {type(own.module).__name__}",
    )
    if own.classifier is None:
        return
    headless = copy.deepcopy(network)
    headless.reset_classifier(0)
    seen: list[Tensor] = []
    headless.get_classifier().register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    output = probe(headless, shape, "be run without its classifier")
    if not seen or not torch.equal(seen[-1], output):
        raise _no_classifier(own.module)


def _no_classifier(network: nn.Module) -> UsageError:
    return UsageError(
        f"the output of {type(network).__name__} is not that of a linear layer, which becomes one head for each member: end it "
        "in one, or name it: 'from contentmix import OwnNetwork' and 'network = OwnNetwork(network, classifier=\"NAME\")'"
    )


def _linear(network: nn.Module, name: str) -> nn.Linear:
    layer = dict(network.named_modules()).get(name)
    if not isinstance(layer, nn.Linear):
        names = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
        raise UsageError(f"classifier is {name!r}: it is no linear layer (there are: {', '.join(names) or 'none'})")
    return layer


def _ends(network: nn.Module, shape: tuple[int, ...]) -> tuple[str, str]:
    """The convolution that takes images, and the linear layer that makes the output, by name; empty where there is none."""
    parameter = next(network.parameters(), torch.empty(0))
    image = torch.rand(1, *shape, generator=torch.Generator().manual_seed(0)).to(parameter)
    seen: list[tuple[str, nn.Module, Tensor, Tensor]] = []

    def watch(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def note(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            seen.append((name, module, inputs[0], output))

        return module.register_forward_hook(note)

    ends = (nn.Conv2d, nn.Linear)
    handles = [watch(name, module) for name, module in network.named_modules() if isinstance(module, ends)]
    try:
        output = probe(network, shape, f"take images of {' x '.join(map(str, shape))}", lambda _: network(image))
    finally:
        for handle in handles:
            handle.remove()
    takes = [name for name, module, given, _ in seen if isinstance(module, nn.Conv2d) and torch.equal(given, image)]
    makes = [name for name, module, _, made in seen if isinstance(module, nn.Linear) and torch.equal(made, output)]
    return (takes or [""])[0], (makes or [""])[-1]
