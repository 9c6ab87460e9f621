"""A model's file is what was written, or is refused in a line."""

import json

import pytest

from contentmix.errors import CheckpointError
from contentmix.runs.model import load_model


def test_a_flipped_bit_in_a_model_is_seen_and_models_of_older_versions_load(copy):
    path = copy / "model.safetensors"
    content = path.read_bytes()
    size = 8 + int.from_bytes(content[:8], "little")
    path.write_bytes(content[: size + 1000] + bytes([content[size + 1000] ^ 1]) + content[size + 1001 :])
    with pytest.raises(CheckpointError, match="model.safetensors are damaged: they do not match the digest"):
        load_model(copy)
    header = json.loads(content[8:size])
    spec = json.loads(header["__metadata__"]["inputs"])
    del spec["digest"]
    write_header(path, header, spec, content[size:])
    load_model(copy)
    for odd in ({"channels": "x"}, {"classes": []}, {"mean": 3}, {"std": [1.0, 2.0]}, {"image_size": None}):
        write_header(path, header, {**spec, **odd}, content[size:])
        with pytest.raises(CheckpointError, match="are damaged or not this program's"):
            load_model(copy)


def write_header(path, header, spec, tensors):
    header["__metadata__"]["inputs"] = json.dumps(spec)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + tensors)
