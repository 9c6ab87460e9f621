"""What editors complete and type checkers check is what is declared."""

import subprocess
import sys
import typing
from os import PathLike
from pathlib import Path
from typing import Literal

import contentmix as cm
from contentmix.api import keywords, run_keywords
from contentmix.choices import Mask
from contentmix.options.declared import hints_of
from contentmix.options.methods import METHODS
from contentmix.options.run import RunOptions

SCRIPT = Path(__file__).parents[2] / "tools" / "typed_options.py"


def test_the_keywords_are_those_that_the_script_writes():
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run: python tools/typed_options.py {done.stderr}"


def test_train_has_the_keywords_of_every_method_and_of_none_but_these():
    hints = [typing.get_type_hints(each) for each in typing.get_overloads(cm.train)]
    named = {typing.get_args(hint["method"]): typing.get_args(hint["options"])[0] for hint in hints}
    of_objects = named.pop(())
    assert set(named) == {(method,) for method in METHODS}
    for (method,), taken in named.items():
        assert set(typing.get_type_hints(taken)) == {*hints_of(METHODS[method]), *hints_of(RunOptions)}, method
        assert not taken.__required_keys__
    assert set(typing.get_type_hints(of_objects)) == set(hints_of(RunOptions))


def test_types_are_those_that_one_writes():
    """Bounds are left to the check; a path may be text, a list of numbers any sequence, and words are the ones that there are."""
    run, own = (typing.get_type_hints(each) for each in (run_keywords.RunKeywords, keywords.CutMixMoKeywords))
    assert run["epochs"] == int | None
    assert run["labels"] == int | str | PathLike[str] | None
    assert run["optimizer"] == Literal["sgd", "adamw"] | None
    assert typing.get_args(typing.get_args(run["milestones"])[0]) == (float,)
    assert own["mask"] == Mask
    assert own["members"] is int
