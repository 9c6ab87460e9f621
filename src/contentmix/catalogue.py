"""What there is to choose from by name: data sets and networks. Plain Python: lists and mistakes need nothing heavy."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl

from contentmix.errors import UsageError, unknown
from contentmix.given import OBJECT, label_of

HUB = "hf:"  # before the names of the Hugging Face hub
_OF_HUB = ("config", "train", "test", "image", "label")

DATA_SETS = {
    "digits": "scikit-learn's handwritten digits, grey, enlarged to 16 px or another size.",
    "digits-m": "The digits at 32 px, or another size, on crops of photographs, RGB.",
    "fashion-mnist": "70,000 grey images of clothes, 28 px (Debian's dataset-fashion-mnist, or downloaded)",
    "fashion-mnist-m": "the same on crops of photographs, RGB, 32 px",
    "mnist": "70,000 handwritten digits, grey, 28 px (downloaded)",
    "mnist-m": "MNIST on crops of photographs, RGB, 32 px (downloaded)",
    "cifar10": "60,000 RGB photos of 10 classes, 32 px (downloaded)",
    "cifar100": "60,000 RGB photos of 100 classes, 32 px (downloaded)",
    "svhn": "99,289 RGB photos of house numbers, 32 px (downloaded)",
    "tiny-imagenet": "110,000 RGB photos of 200 classes, 64 px (downloaded)",
    "FOLDER": "any folder of class folders, or of train/ and test/ (val/) with class folders",
    "hf:NAME": "any set of images and labels of the Hugging Face hub, or a folder that its datasets library reads (extra: hub)",
}
_PATTERNS = ("FOLDER", "hf:NAME")
NETWORKS = {
    "wrn-D-W": "WideResNet of depth D = 6n + 4 and width W, for small images, e.g. wrn-28-10",
    "wrn-D-W-published": "the same with the padding of the published MixMo code: stride-2 convolutions, right and below",
    "wrn-D-W-leaky": "as chapter 2 has it: leaky ReLU of slope 0.1, stride in a block's first convolution, PyTorch's weights",
    "wrn-D-W-leaky-norm": "the same with a normalised shortcut: chapter 2's network of MixMatch",
    "preactresnet18-W": "pre-activation ResNet-18 of width W, for 64 px, e.g. preactresnet18-1",
    "resnet18-W": "ResNet-18 of width W, for large images, e.g. resnet18-3",
    "convit": "the thesis's ConViT: 384 channels, 5 GPSA and 2 class-attention blocks, 12 heads",
    "convit-D-L-H": "the same with D channels, L GPSA blocks and H heads, e.g. convit-64-3-4; convit-D-L-H-P has patches of P px",
    "cait-xxs-24": "CaiT-XXS-24 (also cait-xs-24, cait-s-24, and depth 36)",
    "cait-D-L-H": "CaiT with D channels, L self-attention blocks and H heads, e.g. cait-64-6-4; cait-D-L-H-P as above",
    "timm/NAME": "any network of timm, e.g. timm/convnext_tiny; mixvit needs a plain ViT, mixshare a CNN",
}


def check_data_name(name: str) -> None:
    """Raise a ``UsageError`` unless ``name`` is that of a data set, or of a folder."""
    if (name in DATA_SETS and name not in _PATTERNS) or Path(name).is_dir():
        return
    if name.startswith(HUB):
        hub_address(name)
        return
    if name.startswith(OBJECT):
        raise UsageError(f"data {name} was given as an object in Python: use contentmix.train, with the same object")
    if "/" in name or os.sep in name or name.startswith("."):
        raise UsageError(f"data folder {name} does not exist: name the one that the images are in with --data")
    raise unknown("data", name, [*(known for known in DATA_SETS if known != "FOLDER"), "a folder of class folders"])


def hub_address(name: str) -> tuple[str, str | None, dict[str, str]]:
    """What ``hf:NAME@REVISION?KEY=VALUE&...`` says: name or folder, revision, and the values of the keys.

    Raises:
        UsageError: an unknown key, or no name.
    """
    address, _, said = name.removeprefix(HUB).partition("?")
    place, _, revision = address.partition("@")
    values = dict(parse_qsl(said, keep_blank_values=True))
    for key in values:
        if key not in _OF_HUB:
            raise unknown("word", key, _OF_HUB)
    if not place or (said and not values):
        raise UsageError(
            f"data {name} name no set of the hub: write hf:OWNER/NAME, and after it as needed ?label=COLUMN"
        )
    return place, revision or None, values


def data_label(name: str) -> str:
    """What a data set is called where a name has to be short, as in that of a run's folder."""
    return Path(hub_address(name)[0] if name.startswith(HUB) else label_of(name)).resolve().name


def can_move(name: str) -> bool:
    """Whether data are somewhere on this machine, and no name of ours or the hub's."""
    return name not in DATA_SETS and not name.startswith(HUB)
