"""Fine-tuning: rates by layer and over time, what is frozen, and runs that are continued."""

import shutil
from dataclasses import replace

import pytest
import timm
import torch

import contentmix as cm
from contentmix import MultiInputNetwork, UsageError, build_network
from contentmix.options.run import RunOptions
from contentmix.runs.recipes import method_options, resolve
from contentmix.training import FineTuning, LearningRate, Optimisation
from contentmix.training.optimisation import make_optimizer
from tests.networks.pretrained_weights import keep

RUN = Optimisation(
    0.1, LearningRate("constant", 8, warmup_epochs=2), "adamw", weight_decay=0.05, fine_tuning=FineTuning(0.5, 3)
)


@pytest.fixture
def published(tmp_path, monkeypatch):
    return keep(tmp_path, monkeypatch, "test_resnet")


def rates(optimizer, factors, network, name, step):
    """The rate of a parameter at ``step``."""
    wanted = network.get_parameter(name)
    for group, factor in zip(optimizer.param_groups, factors, strict=True):
        if any(p is wanted for p in group["params"]):
            return group["lr"] * factor(step)
    return None


def test_pretrained_layers_follow_the_heads_at_their_own_rates():
    """Ten steps an epoch: heads rise over 20 steps; from step 30 on the others rise over 20, layer 4 to a half of the rate."""
    network = MultiInputNetwork(build_network("timm/test_resnet", 7), 7)
    optimizer, factors = make_optimizer(network, RUN, (), 10, fused=False)
    for step, head, late in (
        (0, 1 / 20, 0),
        (9, 0.5, 0),
        (29, 1, 0),
        (30, 1, 1 / 20),
        (39, 1, 0.5),
        (49, 1, 1),
        (79, 1, 1),
    ):
        for name, scale in (
            ("heads.linear.weight", None), ("encoders.convolutions.1.weight", None),
            ("core.layer4.0.conv1.weight", 0.5), ("core.layer1.0.bn1.bias", 1 / 16), ("core.bn1.weight", 1 / 32),
        ):  # fmt: skip
            expected = 0.1 * (head if scale is None else scale * late)
            assert rates(optimizer, factors, network, name, step) == pytest.approx(expected), (step, name)
    assert optimizer.param_groups[0]["lr"] == 0.1, "metrics.csv has the rate of what is new"
    held = [p for group in optimizer.param_groups for p in group["params"]]
    assert len(held) == len({id(p) for p in held}) == len(list(network.parameters()))


def test_what_is_frozen_learns_nothing_and_is_in_no_group():
    network = MultiInputNetwork(build_network("timm/test_resnet", 7), 7)
    frozen = replace(RUN, fine_tuning=FineTuning(freeze=True))
    optimizer, factors = make_optimizer(network, frozen, (), 10, fused=False)
    assert rates(optimizer, factors, network, "core.layer4.0.conv1.weight", 0) is None
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert held == {id(p) for part in (network.heads, network.encoders) for p in part.parameters()}


@pytest.fixture
def trained(published, tmp_path):
    """Cut-MixMo on a few digits for three epochs, the second of which begins to tune what is pretrained."""
    images, labels = cm.load_data("digits").train.images[:120, :, ::2, ::2].expand(-1, 3, -1, -1), torch.arange(120) % 4
    data = cm.as_data((images.contiguous(), labels), name="few", flip=False)

    quick = {
        "network": "timm/test_resnet",
        "batch_size": 16,
        "checkpoint_every": 5,
        "progress": False,
        "logger": "none",
    }

    def train(out, **options):
        return cm.train("cut-mixmo", data=data, pretrained=True, out=tmp_path / out, **quick, **options)

    return train, data


def weights(run):
    model = cm.load(run)
    return dict(model.state_dict())


def test_a_run_learns_at_these_rates_and_continues_bit_for_bit(trained, published, tmp_path, monkeypatch):
    train, data = trained
    run = train("whole", epochs=3, head_warmup_epochs=1.5, ema_decay=0.9)
    assert (run.config.run.layer_decay, run.config.run.optimizer, run.config.run.head_warmup_epochs) == (
        0.75,
        "adamw",
        1.5,
    )
    told = timm.get_pretrained_cfg("test_resnet")
    assert (cm.load(run).inputs.mean, cm.load(run).inputs.std) == (told.mean, told.std), (
        "images as the weights know them"
    )
    rows = (run.folder / "metrics.csv").read_text().splitlines()
    assert len(rows) == 4
    shutil.copytree(run.folder, tmp_path / "stopped")
    for name in ("results.json", "model.safetensors", "report.html", "predictions.safetensors"):
        (tmp_path / "stopped" / name).unlink()
    sorted((tmp_path / "stopped" / "checkpoints").glob("step-*"))[-1].unlink()
    # Its weights are in the checkpoint: nobody is asked for those that it began with.
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    cm.resume(tmp_path / "stopped", data=data)
    for name in ("metrics.csv", "model.safetensors"):
        assert (tmp_path / "stopped" / name).read_bytes() == (run.folder / name).read_bytes()


def test_a_frozen_trunk_keeps_weights_and_statistics(trained, published):
    train, _ = trained
    found = weights(train("frozen", freeze=True, epochs=1))
    core = {name.partition("core.")[2]: tensor for name, tensor in found.items() if "core." in name}
    assert len(core) > 40
    for name, tensor in core.items():
        assert torch.equal(tensor, published["test_resnet"][name]), name
    (first, second) = (tensor for name, tensor in found.items() if "encoders.convolutions" in name)
    assert not torch.equal(first, second), "encoders learn"
    assert not torch.allclose(first + second, published["test_resnet"]["conv1.0.weight"], atol=1e-5)


def test_the_recipe_is_that_of_fine_tuning_and_every_value_can_be_given():
    run = resolve(RunOptions(data="photos", pretrained=True, device="cpu"), 224)
    assert (run.network, run.optimizer, run.layer_decay, run.weight_decay) == ("timm/resnet18", "adamw", 0.75, 0.05)
    assert run.lr == pytest.approx(5e-4 * (run.batch_size / 256) ** 0.5)
    assert run.warmup_epochs == run.head_warmup_epochs == pytest.approx(0.1 * run.epochs)
    assert resolve(RunOptions(data="photos", pretrained=True), 224, "mixvit").network == "timm/vit_tiny_patch16_224"
    given = RunOptions(
        data="photos", pretrained=True, layer_decay=1.0, head_warmup_epochs=0.0, optimizer="sgd", lr=0.01
    )
    run = resolve(given, 224)
    assert (run.layer_decay, run.head_warmup_epochs, run.optimizer, run.momentum, run.lr) == (
        1.0,
        0.0,
        "sgd",
        0.9,
        0.01,
    )
    frozen = resolve(RunOptions(data="photos", pretrained=True, freeze=True), 224)
    assert (frozen.layer_decay, frozen.head_warmup_epochs) == (None, None)
    vit = RunOptions(data="photos", network="timm/vit_tiny_patch16_224", pretrained=True)
    assert method_options("supervised", vit)["mix"] == "none", "DeiT's mixes are for training from scratch"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"freeze": True}, "freeze is an option of pretrained True: leave it out with pretrained False"),
        ({"layer_decay": 0.5}, "layer_decay is an option of pretrained True"),
        ({"pretrained": True, "freeze": True, "layer_decay": 0.5}, "layer_decay is an option of freeze False"),
        ({"pretrained": True, "freeze": True, "head_warmup_epochs": 1.0}, "head_warmup_epochs is an option of freeze False"),
        ({"pretrained": True, "layer_decay": 0.0}, "layer_decay is 0.0: it must be more than 0 and 1 or less"),
        ({"pretrained": True, "head_warmup_epochs": 3, "epochs": 3}, "head_warmup_epochs is 3.0, and training ends after 3"),
    ],
)  # fmt: skip
def test_options_without_effect_are_refused(options, message):
    with pytest.raises(UsageError, match=f"^{message}"):
        RunOptions(**options)
