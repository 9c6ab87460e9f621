"""What a study lacks is told before anything is trained."""

import sys
from dataclasses import replace

import pytest

from contentmix.data import CIFAR_C
from contentmix.errors import DataError, UsageError
from contentmix.studies import execute
from contentmix.studies.plan import plan
from contentmix.studies.run_study import check, run_study
from contentmix.studies.study import Row, Scale
from tests.studies.test_run_study import OPTIONS, TINY, request, tiny_study


@pytest.mark.parametrize("perform", [run_study, lambda request: check(plan(request))], ids=["run", "dry run"])
def test_a_library_that_a_later_row_needs_is_missed_before_anything_is_trained(perform, tmp_path, monkeypatch):
    monkeypatch.setattr("contentmix.subnetworks.ensemble_layers.find_spec", lambda _: None)
    monkeypatch.setattr(execute, "train", lambda *_, **__: pytest.fail("it trains"))
    rows = (Row("alone", "supervised"), Row("packed", "ensemble-layers", {"layers": "packed"}))
    with pytest.raises(
        UsageError, match=r"row packed: layers packed need their extra: pip install 'contentmix\[ensembles\]'"
    ):
        perform(request(replace(TINY, rows=rows), tmp_path))
    check(plan(request(replace(TINY, rows=rows), tmp_path, rows=["alone"])))


def test_a_library_that_is_missing_is_told_of_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagecorruptions", None)
    table = tiny_study(
        "tiny", "", (Row("vanilla", "supervised"),), {"small": replace(TINY.scales["small"], corruptions="generated")}
    )
    with pytest.raises(UsageError, match=r"generating corruptions needs an extra .*contentmix\[corruptions\]"):
        run_study(request(table, tmp_path / "t"))
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    ("others", "message"),
    [("digits-m", "ood digits-m has channels 3, the runs were trained on 1"), ("gone", "unknown data 'gone'"),
     ("digits", "ood is digits, which the runs know")],
)  # fmt: skip
def test_data_of_other_classes_that_do_not_do_are_told_of_before_anything_runs(others, message, tmp_path):
    study = replace(TINY, scales={"small": Scale(OPTIONS, others=others)})
    with pytest.raises(UsageError, match=message):
        run_study(request(study, tmp_path / "t"))
    assert not (tmp_path / "t").exists()


def cifar_c_study(data):
    scale = replace(TINY.scales["small"], options={"data": data}, corruptions="cifar-c")
    return tiny_study("tiny", "", (Row("vanilla", "supervised"),), {"small": scale})


def test_files_of_cifar_c_that_are_asked_for_and_missing_are_told_of_before_anything_runs(tmp_path):
    """18 of the 19 corruptions and the labels are there: generated ones would not stand in for the last."""
    study, files = cifar_c_study("cifar100"), tmp_path / "root" / "CIFAR-100-C"
    asked = replace(request(study, tmp_path / "t"), given={"data_root": tmp_path / "root"})
    with pytest.raises(
        DataError, match=r"20 of 20 files of CIFAR-100-C are not in .*, gaussian_noise.npy for one: .*zenodo"
    ):
        run_study(asked)
    files.mkdir(parents=True)
    for name in (*CIFAR_C[:-1], "labels"):
        (files / f"{name}.npy").touch()
    with pytest.raises(DataError, match=r"1 of 20 files .*, saturate.npy for one"):
        run_study(asked)
    assert not (tmp_path / "t").exists()
    with pytest.raises(
        UsageError, match="data is digits: CIFAR-C's files, which are asked for, are of cifar10 and cifar100"
    ):
        run_study(request(cifar_c_study("digits"), tmp_path / "t"))
