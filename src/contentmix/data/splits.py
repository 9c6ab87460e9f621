"""Splits that keep the share of every class, by a draw or by the names of photos."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from contentmix.data.source import DataSource, check_split
from contentmix.errors import DataError, require
from contentmix.keys import derive, keyed_generator


def stratified_split(labels: Tensor, fraction: float, seed: int, purpose: str) -> tuple[Tensor, Tensor]:
    """Hold out ``fraction`` of the images of every class, at least one of each.

    Args:
        labels: (n,) int64.
        fraction: in (0, 1).
        seed: of the draw.
        purpose: what the split is for, e.g. ``validation``: splits for different purposes are independent.

    Returns:
        Sorted positions of those that stay and of those held out.

    Raises:
        DataError: a class has a single image, which cannot be on both sides.
    """
    require(0 < fraction < 1, f"the {purpose} share is {fraction}: choose it in (0, 1)")
    generator = keyed_generator(seed, "split", purpose)
    held = []
    for label in labels.unique().tolist():
        members = (labels == label).nonzero()[:, 0]
        if len(members) < 2:
            raise DataError(
                f"class number {label} has one image, which cannot be in the training and the {purpose} set at once: add images"
            )
        count = min(max(1, round(fraction * len(members))), len(members) - 1)
        held.append(members[torch.randperm(len(members), generator=generator)[:count]])
    out = torch.cat(held).sort().values
    stays = torch.ones(len(labels), dtype=torch.bool)
    stays[out] = False
    return stays.nonzero()[:, 0], out


def held_by_name(names: Sequence[str], fraction: float, seed: int, purpose: str) -> list[bool]:
    """Which photos of one class are held out: about ``fraction`` of them, each by its own name alone.

    A photo is held out where the hash of its name, keyed by ``seed`` and ``purpose``, is in the lowest ``fraction`` of all
    hashes, so that one that is added or removed moves no other. Where that would leave a side empty, it gets the photo nearest to
    the limit: only then can another photo move one.

    Args:
        names: of all photos of the class, each once; composed and decomposed letters are the same.
        fraction: in (0, 1).
        seed: of the hash.
        purpose: what the split is for; splits for different purposes are independent.

    Raises:
        DataError: there is one photo, which cannot be on both sides.
    """
    require(0 < fraction < 1, f"the {purpose} share is {fraction}: choose it in (0, 1)")
    if len(names) < 2:
        raise DataError(
            f"image {', '.join(names)} is alone in its class, and cannot be in the training and the {purpose} set at once: "
            "add images"
        )
    limit = fraction * 2**63
    hashes = [derive(seed, "split", purpose, unicodedata.normalize("NFC", name)) for name in names]
    held = [value < limit for value in hashes]
    if not any(held):
        held[hashes.index(min(hashes))] = True
    elif all(held):
        held[hashes.index(max(hashes))] = False
    return held


def hold_out(source: DataSource, fraction: float, seed: int) -> DataSource:
    """``source`` with a validation set: its own, or else ``fraction`` of the training images of every class that has two.

    Photos of a folder are held out by their names (``held_by_name``), other images by a draw (``stratified_split``).

    Raises:
        DataError: no class has two images.
    """
    if source.validation is not None:
        return source
    labels, names = source.train.labels, source.train.names
    shared = (labels.bincount()[labels] > 1).nonzero()[:, 0]
    if not len(shared):
        raise DataError(
            f"no class of {source.name} has two training images, of which one could be held out to select an epoch: add images, "
            "or train with --select last"
        )
    if names is None:
        out = shared[stratified_split(labels[shared], fraction, seed, "validation")[1]]
    else:
        held = torch.zeros(len(labels), dtype=torch.bool)
        for label in labels[shared].unique().tolist():
            members = (labels == label).nonzero()[:, 0]
            held[members] = torch.tensor(
                held_by_name([names[i] for i in members.tolist()], fraction, seed, "validation")
            )
        out = held.nonzero()[:, 0]
    stays = torch.ones(len(labels), dtype=torch.bool)
    stays[out] = False
    train = source.train[stays.nonzero()[:, 0]]
    check_split(f"training set of {source.name}", train.labels, source.classes)
    return replace(source, train=train, validation=source.train[out])
