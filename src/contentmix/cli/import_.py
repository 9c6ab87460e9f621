"""``contentmix import``: weights of other programs as run folders."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App


def import_app() -> App:
    """The group of commands, one for each program whose weights can be read."""
    app = App(name="import", help="Make a run folder of weights that another program trained.")
    app.command(import_mixmo_pytorch, name="mixmo-pytorch", help_format="markdown")
    return app


def import_mixmo_pytorch(
    checkpoint: Path,
    *,
    network: str,
    data: str,
    out: Path,
    data_root: Path | None = None,
    image_size: int | None = None,
) -> None:
    """Make a run folder of a checkpoint of the published MixMo code (github.com/alexrame/mixmo-pytorch).

    evaluate, predict, analyze and export take it. Nothing in the file is executed; its tensors have to be those of the network.

    Args:
        checkpoint: File that the published code saved, or a network's state_dict by its names.
        network: Its network: wrn-D-W or preactresnet18-W, of one input or several.
        data: What it was trained on: cifar10, cifar100 (neither needs to be there), tiny-imagenet, or other data.
        out: Run folder to make.
        data_root: Where downloaded data live (default: $CONTENTMIX_DATA, else ~/.cache/contentmix).
        image_size: Side in pixels that images are brought to (default: as for a run).
    """
    from contentmix.cli.console import open_console
    from contentmix.cli.words import command_line
    from contentmix.options.run import RunOptions
    from contentmix.runs.import_mixmo import import_mixmo

    run = RunOptions(network=network, data=data, out=out, data_root=data_root, image_size=image_size)
    folder = import_mixmo(checkpoint, run, command=command_line())
    open_console().print(f"imported {checkpoint.name}: contentmix evaluate {folder}", soft_wrap=True)
