import math

import pytest
import torch

from contentmix.errors import CheckpointError
from contentmix.training.checkpoint_io import list_checkpoints, newest_intact, read_checkpoint, write_checkpoint

STATE = {
    "weights": {"a": torch.arange(6.0).view(2, 3), "count": torch.tensor(7)},
    "optimizer": {
        "state": {0: {"momentum": torch.ones(2)}},
        "groups": [{"lr": 0.1, "params": [0], "betas": (0.9, 0.99)}],
    },
    "none": None,
    "layout": torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    "flag": True,
    "loss": math.pi / 3,
}


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b) and a.dtype == b.dtype and a.stride() == b.stride()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return a == b and type(a) is type(b)


def test_state_comes_back_bit_for_bit_with_key_and_container_types(tmp_path):
    assert same(read_checkpoint(write_checkpoint(STATE, tmp_path, "step-00000001")), STATE)


def test_tensors_that_share_memory_are_saved(tmp_path):
    shared = torch.arange(4.0)
    state = read_checkpoint(write_checkpoint({"a": shared, "b": shared[:2]}, tmp_path, "step-00000001"))
    assert torch.equal(state["b"], shared[:2])


def test_what_cannot_be_saved_without_code_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="entry /f has type function"):
        write_checkpoint({"f": same}, tmp_path, "step-00000001")


@pytest.mark.parametrize("position", [0, 9, 200, -1])
def test_one_flipped_bit_is_detected_and_named(tmp_path, position):
    path = write_checkpoint(STATE, tmp_path, "step-00000001")
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"{path.name} is damaged"):
        read_checkpoint(path)


def test_truncation_falls_back_to_the_checkpoint_before(tmp_path):
    first = write_checkpoint(STATE, tmp_path, "step-00000001")
    second = write_checkpoint(STATE, tmp_path, "step-00000002")
    second.write_bytes(second.read_bytes()[:-3])
    found, damaged = newest_intact(tmp_path)
    assert found == first
    assert len(damaged) == 1
    assert second.name in damaged[0]


def test_two_broken_checkpoints_are_an_error_that_names_both(tmp_path):
    for step in (1, 2):
        write_checkpoint(STATE, tmp_path, f"step-0000000{step}").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"no intact checkpoint.*step-00000002.*step-00000001"):
        newest_intact(tmp_path)


def test_no_checkpoint_at_all_is_told(tmp_path):
    with pytest.raises(CheckpointError, match=f"no checkpoint in {tmp_path}"):
        newest_intact(tmp_path)


def test_a_temporary_file_of_a_killed_write_is_no_checkpoint(tmp_path):
    path = write_checkpoint(STATE, tmp_path, "step-00000001")
    (tmp_path / f".{path.name}.tmp").write_bytes(b"half")
    (tmp_path / "step-00000002.tmp").write_bytes(b"half")
    assert list_checkpoints(tmp_path) == [path]
