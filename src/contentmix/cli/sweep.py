"""``contentmix sweep``: a search for options."""

from __future__ import annotations

from pathlib import Path


def sweep(file: Path, *, out: Path | None = None) -> None:
    """Search for options by trials that validation images judge; a second call continues where the first stopped.

    Args:
        file: YAML file: method, options of every trial, search (for each option a list of values, or low and high), trials.
        out: Folder of the trials (default: runs/sweep-FILE).
    """
    from contentmix.cli.console import open_console
    from contentmix.studies.sweep import Trial, read_sweep, run_sweep

    console, declared = open_console(), read_sweep(file)
    folder = out or Path("runs") / f"sweep-{file.stem}"

    def told(trial: Trial) -> None:
        values = {name: f"{value:.4g}" if isinstance(value, float) else value for name, value in trial.options.items()}
        tried = ", ".join(f"{name} {value}" for name, value in values.items())
        found = f"failed: {trial.failed}" if trial.score is None else f"validation top-1 {trial.score:.2f} %"
        console.print(f"{trial.folder.name}: {tried}: {found}", soft_wrap=True)

    best = run_sweep(declared, folder, told)[0]
    console.print(f"best: {best.folder}   report: {folder / 'report.html'}", soft_wrap=True)
    console.print(
        f"train it on: contentmix train {declared.method} --config {best.folder / 'config.yaml'}", soft_wrap=True
    )
