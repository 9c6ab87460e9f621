"""Weights of the published MixMo code predict as they do there."""

import json
import os
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from contentmix import UsageError
from contentmix.data import CLASS_NAMES
from contentmix.errors import CheckpointError, DataError
from contentmix.options.run import RunOptions
from contentmix.runs.analysis import analyse, core_influence
from contentmix.runs.ensemble import predict_ensemble
from contentmix.runs.import_mixmo import import_mixmo
from contentmix.runs.model import load_model
from contentmix.runs.published import check_network
from tests.runs.mixmo_pytorch import preactresnet18, predict, wrn

MEAN, STD = (0.4913725490196078, 0.4823529411764706, 0.4466666666666667), (0.2023, 0.1994, 0.2010)


def saved(folder, state, **others):
    """A checkpoint as the published code writes it."""
    optimiser = {"state": {0: {"momentum_buffer": torch.ones(2)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    path = folder / "model.ckpt"
    content = {"epoch": 299, "classifier_state_dict": state, "classifier_optimizer_state_dict": optimiser, **others}
    torch.save(content, path)
    return path


def imported(folder, checkpoint, network, **options):
    run = RunOptions(network=network, **{"data": "cifar10", "out": folder / "run", **options})
    return import_mixmo(checkpoint, run, command="contentmix import")


@pytest.mark.parametrize("members", [1, 2, 3])
@pytest.mark.parametrize(
    ("made", "network", "size"),
    [
        (wrn, "wrn-10-2", 32),
        (lambda **o: wrn(16, 1, **o), "wrn-16-1", 32),
        (preactresnet18, "preactresnet18-1", 64),
    ],
)
def test_logits_are_those_of_the_published_network(made, network, size, members, tmp_path):
    state = made(members=members)
    run = imported(tmp_path, saved(tmp_path, state), network, image_size=size)
    images = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(1))
    model = load_model(run)
    assert model.config.method == ("supervised" if members == 1 else "cut-mixmo")
    expected = predict(state, images)
    assert expected.std() > 0.1
    with torch.inference_mode():
        # In single precision up to rounding, in double precision exactly.
        single = model.network.predict(images) / expected.abs().max()
        torch.testing.assert_close(single.double(), expected / expected.abs().max(), rtol=0, atol=1e-5)
        found = model.network.double().predict(images.double())
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_the_folder_says_where_its_weights_come_from(tmp_path):
    checkpoint = saved(tmp_path, wrn())
    origin = json.loads((imported(tmp_path, checkpoint, "wrn-10-2") / "imported.json").read_text())
    assert origin["file"] == "model.ckpt"
    assert origin["sha256"] == sha256(checkpoint.read_bytes()).hexdigest()
    assert (origin["epoch"], origin["normalisation"]) == (299, "published")
    assert origin["command"] == "contentmix import"


@pytest.mark.parametrize("layout", ["bare", "state_dict", "module", "old"])
def test_other_layouts_of_the_file_are_read(layout, tmp_path):
    state, path = wrn(), tmp_path / "weights.pt"
    content = {
        "bare": state,
        "state_dict": {"state_dict": state, "step": 3},
        "module": {"classifier_state_dict": {f"module.{name}": tensor for name, tensor in state.items()}},
        "old": {"classifier_state_dict": state},
    }[layout]
    torch.save(content, path, _use_new_zipfile_serialization=layout != "old")
    network = load_model(imported(tmp_path, path, "wrn-10-2")).network
    assert torch.equal(network.backbone.head.bias, state["fc.bias"])
    assert torch.equal(network.backbone.stage3[0].shortcut.weight, state["layer3.0.shortcut.0.weight"])


class Hostile:
    """An object whose unpickling makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("zipped", [True, False])
def test_nothing_in_a_checkpoint_is_executed(zipped, tmp_path):
    path, trap = tmp_path / "model.ckpt", tmp_path / "trap"
    content = {"classifier_state_dict": wrn(), "epoch": Hostile(trap)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(CheckpointError, match=r"model.ckpt is damaged, or holds more than tensors.* nothing in it was"):
        imported(tmp_path, path, "wrn-10-2")
    assert not trap.exists()
    assert not (tmp_path / "run").exists()
    torch.load(path, weights_only=False)  # the trap is one
    assert trap.exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04"])
def test_damaged_files_are_one_line(content, tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model.ckpt is damaged") as error:
        imported(tmp_path, path, "wrn-10-2")
    assert "\n" not in str(error.value)
    with pytest.raises(DataError, match=r"none.ckpt cannot be read: No such file"):
        imported(tmp_path, Path("none.ckpt"), "wrn-10-2")


@pytest.mark.parametrize(
    ("content", "inside"),
    [
        ({"epoch": 3, "scores": [1.0]}, "holds epoch, scores: tensors by name"),
        ([torch.ones(1)], "holds list"),
        ({}, "holds dict"),
        ({"a_state_dict": wrn(), "b_state_dict": wrn()}, "holds a_state_dict, b_state_dict"),
        ({"a_state_dict": {"epoch": 3}}, "holds a_state_dict"),
    ],
)
def test_a_file_without_one_network_is_refused(content, inside, tmp_path):
    torch.save(content, tmp_path / "model.ckpt")
    with pytest.raises(CheckpointError, match=inside):
        imported(tmp_path, tmp_path / "model.ckpt", "wrn-10-2")


@pytest.mark.parametrize("members", [1, 2])
def test_missing_and_unknown_tensors_are_all_listed(members, tmp_path):
    state = wrn(members=members)
    head = "fc.bias" if members == 1 else "list_fc.1.bias"
    for name in ("layer2.0.bn2.running_var", head):
        del state[name]
    state |= {"extra.weight": torch.ones(1), "layer3.0.downsample.0.weight": torch.ones(1)}
    with pytest.raises(CheckpointError) as error:
        imported(tmp_path, saved(tmp_path, state), "wrn-10-2")
    text = str(error.value)
    missing = ", ".join(sorted([head, "layer2.0.bn2.running_var"]))
    assert f"missing: {missing}; unknown: extra.weight, layer3.0.downsample.0.weight" in text
    assert "\n" not in text
    assert not (tmp_path / "run").exists()


def test_a_gap_among_the_inputs_is_seen(tmp_path):
    state = wrn(members=3)
    del state["list_conv1.1.weight"]
    with pytest.raises(
        CheckpointError, match=r"with M = 2; missing: list_conv1.1.weight; unknown: list_conv1.2.weight, "
    ):
        imported(tmp_path, saved(tmp_path, state), "wrn-10-2")


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("wrn-10-3", "network is wrn-10-3, but the checkpoint holds a wrn-10-2: give --network wrn-10-2"),
        ("wrn-16-2-published", "network is wrn-16-2-published, but the checkpoint holds a wrn-10-2"),
        ("preactresnet18-1", "network is preactresnet18-1, but the checkpoint holds a wrn-10-2"),
        ("resnet18-1", "network resnet18-1 is none of the published MixMo code's: choose wrn-D-W or preactresnet18-W"),
    ],
)
def test_another_network_than_the_checkpoint_s_is_refused(network, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        imported(tmp_path, saved(tmp_path, wrn()), network)


def test_the_width_of_a_preactresnet_is_told_by_its_first_block():
    state = {"layer1.0.conv1.weight": torch.empty(128, 64, 3, 3), "layer4.0.conv1.weight": torch.empty(0)}
    assert check_network("preactresnet18-2", state) == "preactresnet18-2"
    with pytest.raises(UsageError, match="network is preactresnet18-3, but the checkpoint holds a preactresnet18-2"):
        check_network("preactresnet18-3", state)


def test_tensors_of_other_shapes_are_all_listed(tmp_path):
    state = wrn(members=2, classes=100) | {"bn1.bias": torch.ones(64)}
    with pytest.raises(CheckpointError) as error:
        imported(tmp_path, saved(tmp_path, state), "wrn-10-2")
    for part in (
        "list_fc.0.weight is (100, 128) for (10, 128)",
        "list_fc.1.bias is (100,) for (10,)",
        "bn1.bias is (64,)",
    ):
        assert part in str(error.value)
    assert "give the data that it was trained on" in str(error.value)


def test_cifar_is_not_needed_to_import_and_is_normalised_as_there(tmp_path):
    state = wrn(members=2, classes=100)
    run = imported(tmp_path, saved(tmp_path, state), "wrn-10-2", data="cifar100", data_root=tmp_path / "data")
    inputs = load_model(run).inputs
    assert (inputs.mean, inputs.std, inputs.image_size) == (MEAN, STD, 32)
    assert inputs.classes == CLASS_NAMES["cifar100"]
    # The data arrive later: one image of each class, with statistics of their own.
    base = tmp_path / "data" / "cifar-100-binary"
    base.mkdir(parents=True)
    (base / "fine_label_names.txt").write_text("\n".join(CLASS_NAMES["cifar100"]) + "\n")
    pixels = torch.randint(256, (100, 3, 32, 32), generator=torch.Generator().manual_seed(2)).byte()
    records = b"".join(bytes([0, label]) + image.numpy().tobytes() for label, image in enumerate(pixels))
    for split in ("train", "test"):
        (base / f"{split}.bin").write_bytes(records)
    model = load_model(run)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    images = (pixels / 255 - mean) / std
    found = predict_ensemble([model])
    torch.testing.assert_close(found.logits, predict(state, images).float(), rtol=1e-4, atol=1e-4)
    # Feature usage is measured on images of the same normalisation.
    influence = core_influence(model.network, [SimpleNamespace(images=images[:, None])])
    stage3 = torch.tensor(analyse(run).blocks[3].influence)
    torch.testing.assert_close(stage3, influence["stage3"].to(stage3.dtype), rtol=1e-3, atol=0)


def test_the_names_of_classes_are_in_the_order_of_the_labels():
    assert CLASS_NAMES["cifar100"] == tuple(sorted(CLASS_NAMES["cifar100"]))
    assert len(set(CLASS_NAMES["cifar100"])) == 100
    assert CLASS_NAMES["cifar10"][3] == "cat"
