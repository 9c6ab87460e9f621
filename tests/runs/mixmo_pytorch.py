"""Random weights by the names and shapes of the published MixMo code, and what its networks make of images.

Written from the description of the architectures: a pre-activation network is a first convolution, stages of residual blocks,
the mean over positions and a linear layer. The first block of every stage but the first halves the size.
"""

import torch
from torch.nn.functional import batch_norm, conv2d, linear, pad, relu


class Weights:
    """Tensors in the order in which they are asked for, from one generator."""

    def __init__(self, seed=0):
        self.generator = torch.Generator().manual_seed(seed)
        self.state = {}

    def kernel(self, name, outputs, inputs, side):
        spread = (2 / (inputs * side * side)) ** 0.5
        self.state[f"{name}.weight"] = spread * torch.randn(outputs, inputs, side, side, generator=self.generator)

    def norm(self, name, channels):
        for kind, shift in (("weight", 0.5), ("running_var", 0.5), ("bias", -0.5), ("running_mean", -0.5)):
            self.state[f"{name}.{kind}"] = shift + torch.rand(channels, generator=self.generator)
        self.state[f"{name}.num_batches_tracked"] = torch.tensor(7)

    def layer(self, name, outputs, inputs):
        self.state[f"{name}.weight"] = torch.randn(outputs, inputs, generator=self.generator) / inputs**0.5
        self.state[f"{name}.bias"] = torch.randn(outputs, generator=self.generator)


def random_state(stem, widths, blocks, members, classes=10, seed=0):
    """A network's state: ``stem`` channels, then stages of ``blocks`` blocks of ``widths`` channels."""
    made = Weights(seed)
    several = [f"list_{{}}.{i}" for i in range(members)] if members > 1 else ["{}"]
    for name in several:
        made.kernel(name.format("conv1"), stem, 3, 3)
    before = stem
    for stage, width in enumerate(widths, 1):
        for block in range(blocks):
            place = f"layer{stage}.{block}"
            made.norm(f"{place}.bn1", before)
            made.kernel(f"{place}.conv1", width, before, 3)
            made.norm(f"{place}.bn2", width)
            made.kernel(f"{place}.conv2", width, width, 3)
            if before != width or (stage > 1 and block == 0):
                made.kernel(f"{place}.shortcut.0", width, before, 1)
            before = width
    if len(widths) == 3:  # only the WRN normalises its last features
        made.norm("bn1", before)
    for name in several:
        made.layer(name.format("fc"), classes, before)
    return made.state


def wrn(depth=10, width=2, members=1, **options):
    return random_state(16, [16 * width, 32 * width, 64 * width], (depth - 4) // 6, members, **options)


def preactresnet18(width=1, members=1, **options):
    return random_state(64, [64 * width, 128 * width, 256 * width, 512 * width], 2, members, **options)


def predict(state, images):
    """Logits (b, m, k) of the same images (b, 3, h, w) for every member, in double precision."""
    state = {name: tensor.double() for name, tensor in state.items()}
    wide = "layer4.0.conv1.weight" not in state

    def activated(x, name):
        mean, variance, weight, bias = (
            state[f"{name}.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")
        )
        return relu(batch_norm(x, mean, variance, weight, bias))

    def block(x, name, stride):
        a = activated(x, f"{name}.bn1")
        first, second = state[f"{name}.conv1.weight"], state[f"{name}.conv2.weight"]
        shortcut = state.get(f"{name}.shortcut.0.weight")
        if not wide:  # the first convolution strides, the shortcut takes the activation
            y = conv2d(activated(conv2d(a, first, stride=stride, padding=1), f"{name}.bn2"), second, padding=1)
            return y + (x if shortcut is None else conv2d(a, shortcut, stride=stride))
        # The second strides, with zeros right and below alone; the shortcut takes the block's input.
        y = activated(conv2d(a, first, padding=1), f"{name}.bn2")
        y = conv2d(y, second, padding=1) if stride == 1 else conv2d(pad(y, (0, 1, 0, 1)), second, stride=2)
        return y + (x if shortcut is None else conv2d(x, shortcut, stride=stride))

    def parts(kind):
        return [name for name in state if name.endswith("weight") and name.split(".")[0] in (kind, f"list_{kind}")]

    x = sum(conv2d(images.double(), state[name], stride=1 if wide else 2, padding=1) for name in parts("conv1"))
    for stage in range(1, 4 if wide else 5):
        for number in range(len({name.split(".")[1] for name in state if name.startswith(f"layer{stage}.")})):
            x = block(x, f"layer{stage}.{number}", 2 if stage > 1 and number == 0 else 1)
    features = (activated(x, "bn1") if wide else x).mean((2, 3))
    heads = [name.removesuffix(".weight") for name in parts("fc")]
    return torch.stack([linear(features, state[f"{head}.weight"], state[f"{head}.bias"]) for head in heads], 1)
