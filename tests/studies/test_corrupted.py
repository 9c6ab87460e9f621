"""Corrupted images of a study are generated once, for all of its runs."""

import json
from dataclasses import replace

import pytest

from contentmix.data import Normalise, read_cifar_c
from contentmix.metrics import top_k_accuracy
from contentmix.runs.model import load_model
from contentmix.studies.run_study import run_study
from contentmix.studies.schedule import Silence
from contentmix.studies.study import Row
from tests.studies.test_run_study import TINY, request, tiny_study


class Told(Silence):
    """Hears what is made for several runs."""

    def __init__(self):
        self.heard = []

    def prepares(self, what):
        self.heard.append(what)


def test_runs_are_measured_on_the_same_corrupted_images(library, tmp_path, monkeypatch):
    monkeypatch.setattr("contentmix.runs.corrupted.IMAGES", 20)
    monkeypatch.setattr("contentmix.runs.corrupted.os.cpu_count", lambda: None)  # the stand-in is in this process
    scale = replace(TINY.scales["small"], corruptions="generated")
    asked = request(tiny_study("tiny", "", (Row("vanilla", "supervised"),), {"small": scale}), tmp_path / "t", seeds=2)
    told = Told()
    assert not run_study(asked, watch=told).failed
    assert told.heard == [f"generating corrupted test images in {tmp_path}/t/generated-digits-16px, once for all runs"]
    assert len(library) == 75 * 20
    fog = read_cifar_c(tmp_path / "t" / "generated-digits-16px", "fog", 4)
    assert len(fog.labels.unique()) == 10
    for seed in (0, 1):
        run = tmp_path / "t" / f"vanilla-seed{seed}"
        found = json.loads((run / "corruptions.json").read_text())
        assert (found["source"], found["images"], len(found["figures"])) == ("generated", 20, 75)
        model = load_model(run)
        scores = model.predict(Normalise(model.inputs.mean, model.inputs.std, model.device)(fog.images))[
            :, 0
        ].log_softmax(1)
        figure = next(each for each in found["figures"] if (each["corruption"], each["severity"]) == ("fog", 4))
        assert figure["top1"] == pytest.approx(top_k_accuracy(scores, fog.labels))
    (run / "corruptions.json").unlink()
    monkeypatch.setattr("contentmix.runs.corrupted.corruption_library", lambda: pytest.fail("no library is needed"))
    assert not run_study(asked, watch=told).failed
    assert (run / "corruptions.json").exists()
    assert len(told.heard) == 1
    assert len(library) == 75 * 20, "they are kept"
