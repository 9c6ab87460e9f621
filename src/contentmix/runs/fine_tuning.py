"""How a network with pretrained weights is trained unless told otherwise."""

from __future__ import annotations

from dataclasses import replace

from contentmix.runs.few_labels_recipes import FEW_LABELS
from contentmix.runs.recipe import Recipe

_EPOCHS = 20


def default_pretrained(method: str) -> str:
    """The network of ``method`` where weights are pretrained and none is named: small ones that timm has weights of."""
    return "timm/vit_tiny_patch16_224" if method == "mixvit" else "timm/resnet18"


def fine_tuning_recipe(recipe: Recipe, method: str, network: str | None) -> Recipe:
    """``recipe`` of the data as pretrained weights are fine-tuned, those of transformers and of CNNs alike.

    AdamW, weight decay 0.05, a cosine after a warm-up of a tenth of the run, a rate that falls by 0.75 from layer to layer (He et
    al. 2022, table 9, after Bao et al. 2021): their rate of 5e-4 for 256 images follows the square root of the batch, as small
    batches of Adam ask for. Heads learn alone for a tenth of the run before. Twenty epochs at most, of methods without labels as
    many as they have: what is pretrained needs few.

    Args:
        recipe: of the data, as ``method`` changes it: its batch, its epochs, its moving average.
        method: what is trained.
        network: that is named, or the default.
    """
    return replace(
        recipe,
        source="fine-tuning as He et al. 2022",
        network=network or recipe.network,
        epochs=recipe.epochs if method in FEW_LABELS else min(_EPOCHS, recipe.epochs),
        lr=5e-4,
        lr_batch=256,
        lr_scaling="sqrt",
        optimizer="adamw",
        weight_decay=0.05,
        schedule="cosine",
        milestones=(),
        warmup_share=0.1,
        layer_decay=0.75,
        head_warmup_share=0.1,
    )
