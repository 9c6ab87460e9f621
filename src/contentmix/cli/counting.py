"""How far work on many photos is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contentmix.cli.console import open_console

_EVERY = 1000


@contextmanager
def counting(total: int, out: Console) -> Iterator[Callable[[int], None]]:
    """What is to be told how many of ``total`` photos are done: it shows a bar on a terminal, else a line for each thousand.

    Where ``out`` is the terminal the bar is drawn by it, so that what it prints stands above; else on the error stream.
    """
    console = out if out.is_interactive else open_console(stderr=True)
    if console.is_interactive:
        columns = TextColumn("predicting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        # What goes to a file or a pipe is left alone.
        with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
            task = bar.add_task("", total=total)
            yield lambda done: bar.update(task, completed=done)
    else:
        told = 0

        def tell(done: int) -> None:
            nonlocal told
            if done - told >= _EVERY:
                told = done
                console.print(f"{done:,} of {total:,} photos", soft_wrap=True)

        yield tell
