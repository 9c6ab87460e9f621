"""A frozen image encoder as a guide: it describes images, and a linear classifier learns from what it says."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan, DataSource
from contentmix.errors import require
from contentmix.losses import known_label_loss
from contentmix.networks import FrozenEncoder
from contentmix.options.encoder_guide import EncoderGuideOptions
from contentmix.subnetworks import SingleInput
from contentmix.training.method import Losses, Method, Step


class EncoderGuide(EncoderGuideOptions, Method):
    """A frozen image encoder, and a linear classifier of what it says of labelled images (thesis section 5.2).

    Its arguments are the fields of ``EncoderGuideOptions``.
    """

    def plan(self, batch_size: int) -> BatchPlan:
        """Labelled images, and a view of unlabelled ones, where they are asked for."""
        count = self.unlabelled_batch
        return BatchPlan(batch_size, unlabelled=None if count is None else BatchPlan(count, views=("weak",)))

    def build(self, backbone: nn.Module, num_classes: int) -> SingleInput:
        """The encoder, with random weights, and the classifier; ``backbone`` is for others."""
        assert self.encoder is not None
        return SingleInput(FrozenEncoder(self.encoder, num_classes))

    def begin(self, network: nn.Module, data: DataSource) -> None:
        """Take the encoder's weights, for images as ``data`` has them."""
        assert isinstance(network.backbone, FrozenEncoder)
        channels = data.channels
        require(channels in (1, 3), f"images have {channels} channels: an encoder sees grey ones or RGB")
        network.backbone.take(self.encoder_weights, data.mean, data.std)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """Cross-entropy of the labelled images; all are encoded, since whoever builds on this looks at what was seen."""
        labelled = batch.images[:, 0]
        others = () if batch.unlabelled is None else (batch.unlabelled.images[:, 0],)
        logits: Tensor = network(torch.cat([labelled, *others]))[: len(labelled), 0]
        return Losses({"supervised": known_label_loss(logits, batch.labels[:, 0], step.weights)})
