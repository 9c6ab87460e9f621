"""What a method mixes, as a picture: its inputs, its masks, and the mixed images."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from contentmix.batch import Mixture
from contentmix.data import ArraySet, DataSource, Reading, load_data, read_image
from contentmix.errors import UsageError
from contentmix.keys import keyed_generator
from contentmix.mixing import ImageMix, ManifoldMixUp, ResizeMix, mix_members, soft_targets
from contentmix.networks import patch_size_for
from contentmix.report import image_grid
from contentmix.runs.config import Config
from contentmix.runs.methods import build_method
from contentmix.training import HybridInputs, Method, MixMatch, MixViT, MultiInput, Step, Supervised


def mixed_images(config: Config, columns: int, seed: int) -> bytes:
    """A PNG of ``columns`` mixes of training images by the method of ``config``.

    For multi-input methods, which mix encodings, the pictures show the same mixture of the images themselves: the mean
    ``sum_i mask_i x_i``, with each mask above; for MixViT with patches as the thesis's transformers have them.

    Raises:
        UsageError: the method mixes nothing, or nothing that can be seen.
    """
    run = config.run
    reading = Reading(skip_broken=run.skip_broken, may_skip=False)
    source = load_data(run.data, root=run.data_root, image_size=run.image_size, reading=reading)
    method = build_method(config.method, config.method_options, len(source.classes))
    count = columns * method.members if isinstance(method, MultiInput | MixViT) else columns
    return _picture(config.method, method, *_draw(source, count, seed), source.classes, seed)


def mixed_photos(config: Config, first: Tensor, second: Tensor, columns: int, seed: int) -> bytes:
    """A PNG of ``columns`` mixes of two photos (c, h, w) in [0, 1]; of more members than two, they take turns.

    Raises:
        UsageError: as ``mixed_images``.
    """
    method = build_method(config.method, config.method_options, 2)
    if isinstance(method, MultiInput | MixViT):
        labels = (torch.arange(method.members) % 2).repeat_interleave(columns)
    else:
        labels = torch.arange(columns) % 2
    return _picture(config.method, method, torch.stack([first, second])[labels], labels, ("photo 1", "photo 2"), seed)


def _picture(name: str, method: Method, images: Tensor, labels: Tensor, classes: tuple[str, ...], seed: int) -> bytes:
    """Of images (n, c, h, w) in [0, 1]; of methods of several inputs, those of each member after those of the one before."""
    if isinstance(method, MultiInput | MixViT):
        return _members(method, images, labels, classes, seed)
    if isinstance(method, HybridInputs):
        raise UsageError(
            f"{name} with mix hybrids learns from its generator's: draw them by 'contentmix hybrids GENERATOR'"
        )
    generator = keyed_generator(seed, "picture")
    if isinstance(method, MixMatch):
        mixed, targets = method.mix(images, soft_targets(labels, len(classes)), generator)
    elif not isinstance(method, Supervised):
        raise UsageError(f"{name} mixes nothing: choose a method that mixes images")
    elif method.mix is None or isinstance(method.mix, ManifoldMixUp):
        kind = "nothing" if method.mix is None else "hidden features, which are no picture"
        raise UsageError(
            f"{name} with mix {'none' if method.mix is None else 'manifold-mixup'} mixes {kind}: choose a mix"
        )
    else:
        # Whatever the probability of a mix is, it is what the picture is of.
        mix = replace(method.mix, prob=1.0) if isinstance(method.mix, ImageMix | ResizeMix) else method.mix
        mixed, targets = mix(images, labels, generator=generator)
    return image_grid({"image": images, "mixed": mixed}, [_caption(target, classes) for target in targets])


def _members(method: MultiInput | MixViT, images: Tensor, labels: Tensor, classes: tuple[str, ...], seed: int) -> bytes:
    members, labels = images.unflatten(0, (method.members, -1)), labels.unflatten(0, (method.members, -1))
    columns, (height, width) = members.shape[1], images.shape[-2:]
    # One mixture per column: half of the batches of Cut-MixMo are linear, and both kinds are to be seen.
    mixtures = [_mixture(method, (height, width), seed, column, len(classes)) for column in range(columns)]
    mixed = torch.cat([mix_members(list(members[:, c, None]), mixtures[c]) / method.members for c in range(columns)])
    rows: dict[str, Tensor] = {}
    for i in range(method.members):
        rows[f"input {i + 1}"] = members[i]
        masks = [m.at((height, width)).masks[:, i, None].expand(-1, 1, height, width) for m in mixtures]
        rows[f"mask {i + 1}"] = torch.cat(masks)
    rows["mixed"] = mixed
    captions = [
        "\n".join(f"{float(mixtures[c].ratios[0, i]):.2f} {classes[int(labels[i, c])]}" for i in range(method.members))
        for c in range(columns)
    ]
    return image_grid(rows, captions)


def _mixture(method: MultiInput | MixViT, size: tuple[int, int], seed: int, column: int, classes: int) -> Mixture:
    if isinstance(method, MultiInput):
        return method.mixer.draw(1, method.members, size, keyed_generator(seed, "picture", column))
    patch = patch_size_for(max(size))
    return method.draw(1, size, (size[0] // patch, size[1] // patch), Step(seed, column, 0.0, 0.0, classes))


def _draw(source: DataSource, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """``count`` training images in [0, 1] and their labels."""
    chosen = torch.randperm(len(source.train), generator=keyed_generator(seed, "picture-images"))
    chosen = chosen.repeat(-(-count // len(chosen)))[:count]
    some = source.train[chosen]
    if isinstance(some, ArraySet):
        return some.images.float() / 255, some.labels
    pixels = torch.stack([read_image(path, source.image_size, source.channels) for path in some.paths])
    return pixels.float() / 255, some.labels


def _caption(target: Tensor, classes: tuple[str, ...]) -> str:
    shares, labels = target.topk(min(2, len(target)))
    return "\n".join(
        f"{float(share):.2f} {classes[int(label)]}"
        for share, label in zip(shares, labels, strict=True)
        if share > 0.005
    )
