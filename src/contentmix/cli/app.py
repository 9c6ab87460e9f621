"""The commands. Nothing heavy is imported before a command that needs it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cyclopts import App, Parameter

from contentmix.cli.arguments import Device, Number, Rows, SeedNumber, Switch, Where, check_where
from contentmix.cli.demo import demo
from contentmix.cli.import_ import import_app
from contentmix.cli.listing import list_
from contentmix.cli.push import push
from contentmix.cli.sweep import sweep


def build_app(words: Sequence[str]) -> App:
    """The application; the methods of ``train`` are only loaded when ``words`` ask for them."""
    app = App(
        name="contentmix",
        help="Train and study image classifiers by combining the contents of images.",
        help_format="plaintext",  # a reader of Markdown is slow to load: the commands have it
        version=_version,
        default_parameter=Parameter(json_list=False, json_dict=False),  # [x].png is the name of a file
    )
    train = App(name="train", help="Train METHOD: contentmix train METHOD --help shows its options.")
    if words and words[0] == "train":
        from contentmix.cli.train_options import train_command
        from contentmix.options.methods import METHODS

        asked = [words[1]] if words[1:] and words[1] in METHODS else METHODS
        for name in asked:
            train.command(train_command(name, METHODS[name]), name=name, help_format="markdown")
    app.command(train)
    if words and words[0] == "compare":
        from contentmix.cli.compare_options import compare_command

        app.command(compare_command(), name="compare", help_format="markdown")
    else:
        app.command(App(name="compare", help="Find out which of several methods is better on your data."))
    for function in (resume, evaluate, predict, hybrids, analyze, reproduce, report, export, demo, push, sweep):
        app.command(function, help_format="markdown")
    app.command(import_app())
    app.command(list_, name="list", help_format="markdown")
    return app


def _version() -> str:
    from contentmix import __version__

    return __version__


def resume(run: Path, *, epochs: Number | None = None, data: str | None = None) -> None:
    """Continue an interrupted run from its newest intact checkpoint, as if it had never stopped.

    Args:
        run: Run folder.
        epochs: Train longer than the run was begun with, also where it has finished; its results say so.
        data: Folder that its data are in by now, where they have moved.
    """
    from contentmix.cli.train import resume_run

    resume_run(run, epochs, data)


def evaluate(
    *runs: Path,
    data: str | None = None,
    json: Path | None = None,
    average: Literal["logits", "probabilities"] = "logits",
    corruptions: str | None = None,
    ood: str | None = None,
    inference: Literal["separate", "sum", "alternating", "single", "together"] | None = None,
    skip_broken: Switch = False,
    device: Device = "auto",
) -> None:
    """Evaluate a run on the test set; several runs are evaluated as their deep ensemble, in which each run counts alike.

    Args:
        runs: Run folders, or hf:OWNER/NAME of runs that are shared on the Hugging Face hub.
        data: Another data set with the same classes, or folder with some of them, all of whose images are scored (of a folder
            with splits, the test set), but none that a run has learnt from.
        json: Write the figures to this file.
        average: What is averaged, over the members of each run and then over runs.
        inference: How the members of a mixvit, or of MIMO or MixMo (sum, separate), predict, instead of the run's own way.
        corruptions: Evaluate on corrupted images: "generated" from the test set, or a folder of CIFAR-C's files.
        ood: Evaluate how well certainty tells test images from those of this data set or folder, whose classes are others: AUROC,
            and the share of these that pass where 95 % of the test images do.
        skip_broken: Leave out files of a folder that cannot be read, and list them; otherwise they are an error.
        device: Where to compute.
    """
    from contentmix.cli.inspect import evaluate_on

    evaluate_on(corruptions, ood, runs, data, json, average, inference, device, skip_broken)


def predict(
    run: Path,
    *paths: Path,
    top: Number = 1,
    csv: Path | None = None,
    json: Path | None = None,
    raw: Switch = False,
    device: Device = "auto",
) -> None:
    """Classify photos: class, probability, the vote of every member, and how far members disagree, from 0 to 1.

    Args:
        run: Run folder, or hf:OWNER/NAME of one that is shared on the Hugging Face hub.
        paths: Photos, folders of photos, and patterns such as "new/*.jpg". One that cannot be read stops none of the others.
        top: Classes to name, the most probable first.
        csv: Write a line for each photo to this file.
        json: Write the same to this file.
        raw: Give probabilities as the network does, without the temperature that was fitted on the validation split.
        device: Where to compute.
    """
    from contentmix.cli.predict import predict_images

    predict_images(run, paths, top, csv, json, raw, device)


def hybrids(
    what: str,
    *,
    data: str = "digits",
    out: Path = Path("hybrids.png"),
    columns: Number = 8,
    seed: SeedNumber = 0,
    draw: Literal["hybrids", "interpolation", "reconstructions"] = "hybrids",
    a: Path | None = None,
    b: Path | None = None,
    oracle: Path | None = None,
    json: Path | None = None,
    device: Device = "auto",
) -> None:
    """Draw what a method mixes, or the hybrids of a trained generator, and measure these.

    Args:
        what: A method, or a run (folder, or hf:OWNER/NAME): its method, options and data are used, or its generator.
        data: Data set or folder for a method.
        out: Picture to write (PNG).
        columns: Examples to draw.
        seed: Of the draw.
        draw: Of a generator: parents and hybrids, one code between those of two images, or reconstructions.
        a: A photo of yours, whose hybrids with --b are drawn.
        b: The other.
        oracle: Run of a classifier trained on all labels: the generator's hybrids of the test images are measured with it.
        json: Write what was measured to this file.
        device: Where to compute.
    """
    from contentmix.cli.hybrids import draw_hybrids, measure
    from contentmix.files import new_files

    if json is not None and oracle is None:
        from contentmix.errors import UsageError

        raise UsageError("--json is for what --oracle measures: give the run of a classifier trained on all labels")
    new_files(out, json)
    draw_hybrids(what, data, out, columns, seed, draw, a, b, device)
    if oracle is not None:
        measure(Path(what), oracle, json, seed, device)


def analyze(run: Path, *, device: Device = "auto") -> None:
    """Find out which features the subnetworks of a run share; figures go to its folder and its report.

    Args:
        run: Run folder of a method with several inputs.
        device: Where to compute.
    """
    from contentmix.cli.analyze import analyze_run

    analyze_run(run, device)


def reproduce(
    table: str,
    *,
    rows: Rows = None,
    scale: Literal["thesis", "gpu", "small"] = "thesis",
    seeds: Number = 3,
    out: Path | None = None,
    options: Path | None = None,
    dry_run: Switch = False,
    on: Where = "local",
    address: str | None = None,
    jobs: Number = 1,
) -> None:
    """Run a table or figure of the thesis, or its headlines, and summarise it; a second call continues where the first stopped.

    Args:
        table: Number of the table, or headlines (contentmix list recipes).
        rows: Names of some of its rows (default: all).
        scale: The thesis's own, or, of the headlines, one that two CPU cores manage or one for a GPU.
        seeds: Runs of each row, with seeds from 0.
        out: Folder of its runs (default: runs/table-NUMBER-SCALE).
        options: YAML file of options of every run, such as devices, precision or data_root, which win over the table's.
        dry_run: Only say what would run, what is kept, and what it would cost here.
        on: Run by run on this machine, or spread over a cluster by Ray.
        address: Of the Ray cluster (default: one of this machine alone, for as long as it takes).
        jobs: Runs at once on this machine; each has its share of the cores.
    """
    check_where(on, address, jobs)
    if dry_run:
        from contentmix.cli.dry_run import say_costs
        from contentmix.cli.tables import find_table

        say_costs(find_table(table, scale), rows, scale, seeds, out, options)
        return
    from contentmix.cli.reproduce import reproduce_table

    reproduce_table(table, rows, scale, seeds, out, options, on, address, jobs)


def report(*runs: Path, out: Path = Path("report.html")) -> None:
    """Write one HTML page for one or several runs.

    Args:
        runs: Run folders.
        out: Page to write.
    """
    from contentmix.cli.inspect import report_runs

    report_runs(runs, out)


def export(
    run: Path,
    *,
    format: Literal["onnx", "torchscript", "safetensors"],
    out: Path | None = None,
    raw: Switch = False,
    device: Device = "cpu",
) -> None:
    """Write a run's network for use elsewhere: its weights, or a graph that says itself what it takes and gives.

    Args:
        run: Run folder, or hf:OWNER/NAME of one that is shared on the Hugging Face hub.
        format: File format.
        out: File to write (default: model.FORMAT in the current folder).
        raw: Of a graph: probabilities without the temperature that was fitted on the validation split.
        device: Where a TorchScript file will run; the others run anywhere.
    """
    from contentmix.cli.export import export_run

    export_run(run, format, out, raw, device)


__all__ = ["build_app"]
