"""Weights of timm's smallest networks, drawn here and kept where the hub's cache would have them."""

import pytest
import timm
import torch
from safetensors.torch import save_file


def keep(folder: object, patch: pytest.MonkeyPatch, *names: str) -> dict[str, dict[str, torch.Tensor]]:
    """From here on the weights of networks ``names`` are those returned, and the hub cannot be reached."""
    files, weights = {}, {}
    for name in names:
        torch.manual_seed(1)
        network = timm.create_model(name).train()
        for _ in range(3):
            network(torch.randn(4, 3, 32, 32) if "vit" not in name else torch.randn(4, 3, 160, 160))  # statistics
        weights[name] = network.state_dict()
        files[timm.get_pretrained_cfg(name).hf_hub_id] = path = str(folder / f"{name}.safetensors")
        save_file(weights[name], path)
    patch.setattr("huggingface_hub.try_to_load_from_cache", lambda repository, _file: files.get(repository))

    def offline(*_: object) -> None:
        raise OSError("name resolution\nfailed")

    patch.setattr("socket.create_connection", offline)
    return weights
