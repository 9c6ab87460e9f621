"""Runs that one study takes over from another."""

from contentmix.studies.reuse import take_over


def test_what_loggers_go_on_writing_is_not_shared_with_a_run_that_was_taken_over(tmp_path):
    run, logs = tmp_path / "one", {"mlflow.db", "tensorboard/hparams.yaml", "csv/metrics.csv"}
    files = {*logs, "model.safetensors", "checkpoints/step-1.safetensors", "metrics.csv"}
    for name in files:
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(name)
    take_over(run, tmp_path / "two")
    assert {name for name in files if (tmp_path / "two" / name).read_text() == name} == files
    assert {name for name in files if not (tmp_path / "two" / name).samefile(run / name)} == logs
