"""Runs of a study are of the same photos, whenever each is made."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from contentmix.cli.dry_run import say_costs
from contentmix.data import Reading, load_data, split_of, write_split
from contentmix.errors import UsageError
from contentmix.runs import shapes, source
from contentmix.runs.config import config_from
from contentmix.studies.plan import Request, plan
from contentmix.studies.reuse import twin
from contentmix.studies.run_study import check, run_study
from contentmix.studies.study import Row, Scale, Study
from tests.data.photo_files import make
from tests.report.helpers import save_run

ROWS = (Row("alone", "supervised"), Row("slow", "supervised", {"lr": 0.01}))
OPTIONS = {"network": "wrn-10-1", "epochs": 1, "batch_size": 4, "image_size": 8, "skip_broken": True, "device": "cpu"}


def study_of(data):
    return Study("tiny", "", ROWS, {"": Scale({**OPTIONS, "data": str(data)})})


def jobs_of(data, folder):
    return plan(Request(study_of(data), folder, seeds=1))


def finish(job):
    """Leave in its folder what a run of it leaves that others go by."""
    save_run(job.folder)
    config_from(job.options).save(job.folder / "config.yaml")
    (job.folder / "model.safetensors").touch()
    data = load_data(job.config.run.data, image_size=8, reading=Reading(skip_broken=True))
    write_split(split_of(data), job.folder)


@pytest.fixture
def photos(tmp_path):
    """Of two classes; one cannot be read."""
    folder = make(tmp_path / "photos", count=6)
    (folder / "a" / "2.png").write_text("no image")
    return folder


def change(photos):
    Image.new("RGB", (9, 9)).save(photos / "b" / "late.png")
    (photos / "b" / "4.png").unlink()


CHANGED = r"have changed since run .*alone-seed0 was made, 1 new and 1 gone .*b/4.png, b/late.png"


def test_a_study_does_not_go_on_where_photos_have_come_or_gone(photos, tmp_path):
    made, missing = jobs_of(photos, tmp_path / "t")
    finish(made)
    check([made, missing])  # what was left out is not new
    change(photos)
    with pytest.raises(UsageError, match=CHANGED):
        check([made, missing])
    with pytest.raises(UsageError, match=CHANGED):
        say_costs(study_of(photos), None, "", 1, tmp_path / "t", None)
    check([made])  # nothing is to be made any more


def test_runs_of_other_data_are_told_from_those_of_other_photos(photos, tmp_path):
    finish(jobs_of(photos, tmp_path / "t")[0])
    dogs = make(tmp_path / "dogs", count=5)
    with pytest.raises(UsageError, match="was made with data photos, the study asks for dogs: choose another --out"):
        run_study(Request(study_of(dogs), tmp_path / "t", seeds=1))


def test_a_run_of_other_photos_is_no_other_study_s(photos, tmp_path):
    (made, _), (asked, _) = (jobs_of(photos, tmp_path / name) for name in ("one", "two"))
    finish(made)
    assert twin(asked) == made.folder
    change(photos)
    assert twin(asked) is None


def test_photos_are_decoded_once_for_all_runs(photos, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(shapes, "blank_data", lambda name, *at, **how: read.append(name) or load_data(name, **how))
    few = {"labels": 4, "labels_seed": 1, "unlabelled_batch": 4, "skip_broken": True}
    study = replace(study_of(photos), rows=(*ROWS, Row("few", "fixmatch", few)))
    *_, last = (job.options for job in plan(Request(study, tmp_path / "t", seeds=3)))
    assert read == [str(photos)]
    assert last["labels"] == 4


def test_a_folder_of_photos_is_gone_through_once_for_all_runs(photos, tmp_path, monkeypatch):
    jobs, walked = jobs_of(photos, tmp_path / "t"), []
    for job in jobs:
        finish(job)
    monkeypatch.setattr(source, "photo_names", lambda folder: walked.append(folder) or set())
    assert len(source.changed_photos(str(photos), [job.folder for job in jobs])) == 2
    assert walked == [Path(photos)]
