"""What a step leaves on its device: whether losses are finite, sums over steps, sums of validation."""

import types
from pathlib import Path

import pytest
import torch
from torch import nn

from contentmix.keys import keyed_generator
from contentmix.training import Hardware, LearningRate, Optimisation, fit, newest_intact, read_checkpoint
from contentmix.training import module as training_module
from contentmix.training.loss_watch import LossWatch
from contentmix.training.module import NonFiniteLoss
from contentmix.training.run_checkpoint import RunCheckpoint
from contentmix.training.step_sums import StepSums
from tests.training.runs import build, watch_as_on_a_device

CPU = Hardware(device="cpu")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_the_host_learns_of_a_loss_that_is_not_finite_within_twice_the_period(bad):
    watch, known = LossWatch(torch.device("cpu"), every=5), {}
    for step in range(20):
        watch.see(torch.tensor(bad if step == 7 else 1.0))
        assert float(watch.found) == (step >= 7)
        spoilt = watch.spoilt()
        if spoilt is not None:
            known.setdefault(step, step + 1 - spoilt)
    # Seen at 7, sent at 9 (the tenth step), read at 14.
    assert known == {14: 7, 19: 7}
    assert watch.spoilt(now=True) == 13


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_updates_after_such_a_loss_leave_weights_as_they_were(name):
    layer = nn.Linear(3, 2)
    optimizer = Optimisation(0.1, LearningRate("constant", 1), optimizer=name).build(
        list(layer.parameters()), fused=True
    )
    watch = LossWatch(torch.device("cpu"))
    kept = []
    for loss in (1.0, 1.0, float("nan"), 1.0):
        (layer.weight.square().sum() + layer.bias.sum()).mul(loss).backward()
        watch.see(torch.tensor(loss))
        optimizer.found_inf = watch.found
        optimizer.step()
        optimizer.zero_grad()
        kept.append(layer.weight.detach().clone())
    assert not torch.equal(kept[0], kept[1])
    assert torch.equal(kept[1], kept[2])
    assert torch.equal(kept[1], kept[3])


def spoil(monkeypatch, step):
    """Losses are watched as on a device, with the host looking every third step, and that of ``step`` is NaN."""
    monkeypatch.setattr(training_module, "LossWatch", lambda device: LossWatch(device, every=3))
    watch_as_on_a_device(monkeypatch)
    made = build()
    take = type(made.method).loss

    def loss(self, network, batch, at):
        return take(self, network, batch, at) * (torch.nan if at.index == step else 1)

    monkeypatch.setattr(type(made.method), "loss", loss)
    object.__setattr__(made.optimisation, "grad_clip", None)
    return made


def test_a_run_stops_at_the_step_and_keeps_the_last_good_checkpoint(tmp_path, monkeypatch):
    """Six steps an epoch, a checkpoint after every fourth: the loss of step 9 is spoilt, the last good one is of step 8."""
    made = spoil(monkeypatch, 9)
    with pytest.raises(NonFiniteLoss, match=r"not finite at step 9 \(epoch 1, batch 3\)"):
        fit(made, tmp_path, epochs=5, checkpoint_every=4, hardware=CPU, progress=False)
    path, damaged = newest_intact(tmp_path / "checkpoints")
    assert (path.name[:13], damaged) == ("step-00000008", [])
    state = read_checkpoint(path)["state_dict"]
    assert all(torch.isfinite(tensor).all() for tensor in state.values())


def test_without_a_checkpoint_in_between_it_stops_a_few_steps_later(tmp_path, monkeypatch):
    made = spoil(monkeypatch, 0)
    with pytest.raises(NonFiniteLoss, match="at step 0"):
        fit(made, tmp_path, epochs=5, checkpoint_every=1000, hardware=CPU, progress=False)
    assert made.trainer.global_step < 6
    assert not list((tmp_path / "checkpoints").iterdir())


def test_sums_are_those_of_python_numbers():
    draws, sums, wanted = keyed_generator(0, "sums"), StepSums(), {}
    for step in range(50):
        parts = {"loss": torch.rand(2, generator=draws)}
        if step % 3 == 0:
            parts["now and then"] = torch.rand(2, generator=draws)
        sums.add(parts)
        for name, part in parts.items():
            wanted[name] = [a + b for a, b in zip(wanted.get(name, [0.0, 0.0]), part.tolist(), strict=True)]
    found = sums.fetch()
    assert found["now and then"] == wanted["now and then"]
    assert found["loss"] == pytest.approx(wanted["loss"], rel=1e-12)
    assert sums.fetch() == found


def test_processes_agree_on_sums_by_tensors_of_their_device(monkeypatch):
    """NCCL reduces nothing that lies on the CPU, and MPS has no double precision: ``meta`` stands for either."""
    monkeypatch.setattr("contentmix.training.run_checkpoint.widest_float", lambda device: torch.float32)
    seen = []

    def reduce(tensor, reduce_op):
        seen.append((tensor.device.type, tensor.dtype, tuple(tensor.shape), reduce_op))
        return torch.tensor([[3.0, 2.0]])

    module = build()
    module._device = torch.device("meta")
    keeper = RunCheckpoint(Path("run"), 10)
    keeper._sums.add({"train_loss": torch.tensor([2.0, 1.0])})
    trainer = types.SimpleNamespace(
        lightning_module=module, global_step=1, strategy=types.SimpleNamespace(reduce=reduce)
    )
    assert keeper._agree_on_sums(trainer) == {"train_loss": [3.0, 2.0]}
    assert seen == [("meta", torch.float32, (1, 2), "mean")]


def test_validation_sums_have_no_double_precision_where_there_is_none(monkeypatch):
    monkeypatch.setattr(training_module, "widest_float", lambda device: torch.float32)
    module = build()
    batch = next(iter(module.loaders.validation(0, 1, torch.device("cpu"))))
    for _ in range(2):
        module.validation_step(batch, 0)
    assert module._sums.dtype == torch.float32
    assert float(module._sums[2]) == 2 * len(batch.labels)
