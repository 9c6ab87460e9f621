"""A run that is shown images of other classes: the figures, their record, and what is refused."""

import pytest
from PIL import Image

from contentmix.errors import DataError
from contentmix.report import OOD, read_run
from contentmix.runs.ensemble import load_ensemble
from contentmix.runs.out_of_distribution import evaluate_detection
from tests.cli.helpers import contentmix, fast, one_line


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ood") / "run"
    words = ["--data", "digits-m", "--image-size", 8, "--labels", 300, "--logger", "none", "--out", folder]
    assert contentmix("train", "supervised", *fast(1), *words) == 0
    return folder


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Two classes of four photos of noise."""
    folder = tmp_path_factory.mktemp("others") / "noise"
    for name in ("left", "right"):
        (folder / name).mkdir(parents=True)
        for i in range(4):
            Image.effect_noise((8, 8), 20 + 30 * i).save(folder / name / f"{i}.png")
    return folder


def test_the_figures_are_those_of_all_test_images_and_all_others(run, others, tmp_path, capsys):
    out = tmp_path / "ood.json"
    assert contentmix("evaluate", run, "--ood", others, "--json", out) == 0
    assert "AUROC" in capsys.readouterr().out
    models = load_ensemble([run], device="cpu")
    record = evaluate_detection(models, str(others))
    assert (record.images, record.other_images, record.data) == (359, 8, "digits-m")
    assert OOD.load(tmp_path) == {"ood_auroc": record.ood_auroc, "ood_fpr95": record.ood_fpr95}
    assert 0 <= record.ood_auroc <= 100


def test_a_record_beside_a_run_is_among_its_figures(run, others):
    record = evaluate_detection(load_ensemble([run], device="cpu"), str(others))
    record.save(run / "ood.json")
    figures = read_run(run).figures
    assert (figures["ood_auroc"], figures["ood_fpr95"]) == (record.ood_auroc, record.ood_fpr95)
    (run / "ood.json").write_text('{"ood_auroc": "high"}')
    with pytest.raises(DataError, match="is not a record of other classes: it has no ood_"):
        read_run(run)
    (run / "ood.json").unlink()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ood", "digits-m"), "ood is digits-m, which the runs know: name data of other classes"),
        (("--ood", "digits"), "ood digits has channels 1, the runs were trained on 3: name other data"),
        (("--ood", "no-such"), "unknown data 'no-such'"),
        (("--ood", "digits-m", "--corruptions", "generated"), "--corruptions and --ood are evaluations of their own"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_in_a_line(run, words, said, capsys):
    capsys.readouterr()
    assert contentmix("evaluate", run, *words) == 2
    assert said in one_line(capsys)
