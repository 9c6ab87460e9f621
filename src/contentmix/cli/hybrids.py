"""``hybrids``: what a method mixes, and what a trained generator makes, drawn and measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from contentmix.cli.console import open_console
from contentmix.errors import UsageError, require
from contentmix.files import atomic_write
from contentmix.options.methods import METHODS, options_of
from contentmix.options.run import RunOptions
from contentmix.report import QUALITY_COLUMNS
from contentmix.runs.config import Config, config_of
from contentmix.runs.shared import folder_of


def draw_hybrids(
    what: str, data: str, out: Path, columns: int, seed: int, draw: str, a: Path | None, b: Path | None, device: str
) -> None:
    """Write the picture of a method's mixes, of a run's, or of the hybrids of a run that trained a generator."""
    require(1 <= columns <= 64, f"columns is {columns}: choose 1 to 64")
    require((a is None) == (b is None), "--a and --b are the two parents of hybrids: give both")
    if what in METHODS:
        config = Config(what, run=RunOptions(data=data))
    elif ((place := folder_of(Path(what))) / "config.yaml").is_file():
        config = config_of(place)
    else:
        raise UsageError(f"'{what}' is neither a method nor a run folder (methods: {', '.join(METHODS)})")
    generated = what not in METHODS and makes_hybrids(config.method)
    require(
        generated or (draw == "hybrids" and a is None),
        f"{what} is not a run that trained a generator: --draw, --a and --b are for one of scimix-generator, samosa or adain",
    )
    atomic_write(
        out, _generated(Path(what), columns, seed, draw, a, b, device) if generated else _mixed(config, columns, seed)
    )
    open_console().print(f"wrote {out}", soft_wrap=True)


def makes_hybrids(method: str) -> bool:
    """Whether runs of ``method`` train a generator."""
    return options_of(method).trains_generator


def _mixed(config: Config, columns: int, seed: int) -> bytes:
    from contentmix.runs.mix_pictures import mixed_images

    return mixed_images(config, columns, seed)


def _generated(run: Path, columns: int, seed: int, draw: str, a: Path | None, b: Path | None, device: str) -> bytes:
    from contentmix.runs.generators import load_generator
    from contentmix.runs.hybrid_pictures import PICTURES, photo_grid

    generator = load_generator(run, device)
    if a is not None and b is not None:
        return photo_grid(generator, a, b)
    return PICTURES[draw](generator, columns, seed)


def measure(run: Path, oracle: Path, out: Path | None, seed: int, device: str) -> None:
    """Print, and write where asked, the quality of a generator's hybrids beside those of MixUp, FDA and the data's own recipe."""
    from contentmix.studies.measures import quality, save_json

    found = quality(run, oracle, seed, device)
    open_console().print(_table({name: figures for name, figures in found.items() if isinstance(figures, dict)}))
    left = f"{found['content_in_context']:.1f}"
    open_console().print(f"a linear classifier reads the class from z_r in {left} % of test images")
    error = f"{found['reconstruction_error']:.1f}"
    open_console().print(f"test images are rebuilt with an error of {error} % of their norm")
    if out is not None:
        save_json(found, out)


def _table(found: dict[str, dict[str, Any]]) -> Table:
    table = Table("", *found)
    for name, heading in QUALITY_COLUMNS.items():
        values = [figures[name] for figures in found.values()]
        table.add_row(heading, *("-" if value is None else f"{value:.1f}" for value in values))
    table.add_row("pairs", *(str(figures["pairs"]) for figures in found.values()))
    return table
