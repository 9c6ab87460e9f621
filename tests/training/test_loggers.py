"""What loggers are told, read back from what they write."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from contentmix.errors import UsageError
from contentmix.runs.folder import make_free
from contentmix.training import log_results, make_logger


def told(name, folder):
    """A logger that has been told options, one epoch, and the end."""
    logger = make_logger(name, folder, {"method": "supervised", "epochs": 1})
    report = folder / "report.html"
    report.write_text("<p>all</p>")
    if logger is not None:
        logger.log_metrics({"loss": 0.5}, 10)
    log_results(logger, {"final/top1": 93.25}, 10, [report])
    return logger


def test_none_writes_nothing(tmp_path):
    assert told("none", tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_tensorboard_has_every_figure(tmp_path):
    told("tensorboard", tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(each.step, each.value) for each in events.Scalars("loss")] == [(10, 0.5)]
    assert [(each.step, each.value) for each in events.Scalars("final/top1")] == [(10, 93.25)]
    assert "method: supervised" in (tmp_path / "tensorboard" / "hparams.yaml").read_text()


def test_wandb_offline_has_figures_options_and_the_report(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    told("wandb", tmp_path)
    (run,) = (tmp_path / "wandb").glob("offline-run-*")
    assert (run / "files" / "report.html").read_text() == "<p>all</p>"
    (log,) = run.glob("*.wandb")
    content = log.read_bytes()
    for word in (b"final/top1", b"93.25", b"loss", b"supervised"):
        assert word in content


@pytest.mark.filterwarnings("default::DeprecationWarning")  # mlflow's own use of SQLAlchemy
def test_mlflow_on_a_local_store_has_figures_options_and_the_report(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    logger = told("mlflow", tmp_path)
    run = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}").get_run(logger.run_id)
    assert run.data.metrics == {"loss": 0.5, "final/top1": 93.25}
    assert run.data.params == {"method": "supervised", "epochs": "1"}
    assert run.info.status == "FINISHED"
    (report,) = tmp_path.rglob("artifacts/report.html")
    assert report.read_text() == "<p>all</p>"


def test_what_a_service_refuses_is_one_line(tmp_path, monkeypatch):
    def refuse(name, folder):
        raise RuntimeError("no such account:\n  log in")

    monkeypatch.setattr("contentmix.training.loggers._make", refuse)
    with pytest.raises(UsageError, match="^logger csv cannot be used: no such account: log in$"):
        make_logger("csv", tmp_path, {})


@pytest.mark.parametrize("name", ["tensorboard", "csv"])
def test_what_a_logger_wrote_before_the_first_checkpoint_is_in_nobody_s_way(name, tmp_path):
    told(name, tmp_path)
    (tmp_path / "config.yaml").write_text("method: supervised\n")
    make_free(tmp_path)
    assert not list(tmp_path.iterdir())
