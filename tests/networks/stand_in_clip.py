"""A module in place of open_clip, with one network of a thousand weights, which sees images of 8 px."""

import importlib
import sys

import torch

STAND_IN = """
import torch
from torch import nn

def list_models():
    return ["ViT-tiny"]

class Visual(nn.Module):
    image_size, image_mean, image_std = (8, 8), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(192, 5)

    def forward(self, images):
        return self.project(images.flatten(1))

class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.visual, self.text = Visual(), nn.Linear(2, 2)

def create_model(name, pretrained=None):
    network = Clip()
    if pretrained is not None:
        network.load_state_dict(torch.load(pretrained, weights_only=True))
    return network
"""


def stand_in(folder, patch):
    """Until ``patch`` is undone the stand-in is what is imported: its image network with weights, and the file that has them."""
    (folder / "open_clip.py").write_text(STAND_IN)
    patch.syspath_prepend(folder)
    patch.delitem(sys.modules, "open_clip", raising=False)
    module = importlib.import_module("open_clip")
    patch.setitem(sys.modules, "open_clip", module)
    torch.manual_seed(1)
    network = module.create_model("ViT-tiny")
    torch.save(network.state_dict(), folder / "clip.pt")
    return network.visual, folder / "clip.pt"
