"""Options that a method passes on to the method that it builds on."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from contentmix.errors import UsageError
from contentmix.options.bases import BasedOptions, outer_name
from contentmix.options.declared import defaults_of, hints_of
from contentmix.options.methods import METHODS
from contentmix.runs.config import config_of

BASED = {name: options for name, options in METHODS.items() if issubclass(options, BasedOptions)}
PAIRS = [(name, base) for name, options in BASED.items() for base in options.bases]
OF_THE_MIX = ("alpha", "prob", "per_batch", "partners")  # without one they mean nothing
NEEDED: dict[str, dict[str, Any]] = {"scimix": {"hybrids": "mixup"}}
NEEDED_BY_BASE: dict[str, dict[str, Any]] = {"encoder": {"encoder": "timm/resnet18"}}
# A value of every option, by its base's name, that is no base's default.
VALUES: dict[str, Any] = {
    "consistency": 9.0, "head_distance": 0.5, "unlabelled_batch": 3, "batch_norm": "separate", "threshold": 0.7, "weight": 2.5,
    "guesses": 3, "temperature": 0.3, "alpha": 0.3, "ramp_steps": 7, "mix": "mixup", "prob": 0.3, "per_batch": True,
    "partners": "set", "batch_augmentations": 4, "label_smoothing": 0.2, "encoder": "timm/test_vit", "encoder_weights": Path("w.pth"),
}  # fmt: skip


def built(method, base, **options):
    declared = BASED[method]
    return declared(**{declared.chosen_by: base, **NEEDED.get(method, {}), **NEEDED_BY_BASE.get(base, {}), **options})


def test_the_methods_that_build_on_others_are_these():
    assert set(BASED) == {"samosa", "scimix", "scimix-generator", "adain"}
    assert len(PAIRS) == 3 + 3 + 4 + 2


@pytest.mark.parametrize(("method", "base"), PAIRS)
def test_every_option_of_a_base_can_be_given(method, base):
    declared = BASED[method].bases[base]
    for name, default in defaults_of(declared).items():
        value = VALUES[name]
        beside = {"mix": "mixup"} if name in OF_THE_MIX and "mix" in defaults_of(declared) else {}
        options = built(method, base, **{outer_name(name): value}, **beside).base_options()
        assert type(options) is declared
        assert getattr(options, name) == value != default, name


@pytest.mark.parametrize(("method", "base"), PAIRS)
def test_what_is_not_given_is_the_base_s_own_default(method, base):
    declared = BASED[method].bases[base]
    assert built(method, base).base_options() == declared(**NEEDED_BY_BASE.get(base, {}))


@pytest.mark.parametrize(("method", "base"), PAIRS)
def test_an_option_of_another_base_is_refused_in_one_line(method, base):
    declared = BASED[method]
    values = {outer_name(name): value for name, value in VALUES.items()}
    others = {name for each in declared.bases for name in declared.base_defaults(each)}
    for name in others - set(declared.base_defaults(base)):
        with pytest.raises(UsageError) as caught:
            built(method, base, **{name: values[name]})
        line = str(caught.value)
        assert "\n" not in line
        assert line.startswith(f"{name} is an option of {declared.chosen_by} ")
        assert line.endswith(f"leave it out with {declared.chosen_by} {base}")


@pytest.mark.parametrize("method", BASED)
def test_no_option_of_a_base_says_two_things(method):
    """An option that is passed on is no option of the method itself: it is declared by a class of what bases take."""
    declared = BASED[method]
    own = set(declared.__annotations__)
    passed_on = {name for base in declared.bases for name in declared.base_defaults(base)}
    assert not own & passed_on
    assert passed_on <= set(hints_of(declared))


def test_old_run_folders_may_name_options_of_bases_that_they_have_not(tmp_path):
    """Earlier versions wrote every option, idle ones among them; they had no effect."""
    options = {"method": "samosa", "base": "fixmatch", "threshold": 0.9, "ramp_steps": 500, "consistency": 300.0}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(options))
    config = config_of(tmp_path)
    assert config.method_options == {"base": "fixmatch", "threshold": 0.9}
    assert METHODS["samosa"](**config.method_options).base_options().threshold == 0.9
