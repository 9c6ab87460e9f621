"""Every option of every method, given every kind of nonsense: one line that names it, or a value that it may have."""

import math
import types
import typing

import pytest
import yaml
from annotated_types import Interval

from contentmix.cli.train_options import train_command
from contentmix.errors import ContentmixError, DataError, UsageError
from contentmix.options.declared import OnlyWith, defaults_of, fit, hints_of
from contentmix.options.methods import METHODS, options_of
from contentmix.options.run import RunOptions
from contentmix.runs.config import config_from, config_of, read_config_file, with_effect
from contentmix.runs.recipes import resolve
from tests.cli.helpers import contentmix, one_line
from tests.faults.figures import tried

NONSENSE = [
    None, True, False, 0, -1, 1.5, -0.5, 10**9 + 1, 10**30, 10**5000, 1e-30, 1e308, math.nan, math.inf, -math.inf, "", " ", "nan",
    "1.5", "-1", "1e400", "abc", "a\0b", "\udcff", [], [1, "x"], [math.nan], {}, {"a": 1}, b"x", 3 + 4j,
]  # fmt: skip
# What a method needs to be asked for at all.
NEEDED = {"scimix": {"generator": "some-run"}}


def asked(method, name, value):
    return {"method": method, **NEEDED.get(method, {}), name: value}


@pytest.mark.parametrize("method", METHODS)
def test_nonsense_is_one_line_that_names_the_option(method):
    accepted = 0
    for name in [*hints_of(options_of(method)), *hints_of(RunOptions)]:
        for value in NONSENSE:
            said, config = tried(lambda name=name, value=value: config_from(asked(method, name, value)), UsageError)
            if config is None:
                assert "\n" not in said
                assert name in said or name in NEEDED.get(method, {}), said
                assert len(said) < 400
                continue
            accepted += 1
            for number in numbers_of(config.flat()):
                assert math.isfinite(number) or name == "r", f"{name} takes {value!r}"
    assert accepted > 20


def numbers_of(flat):
    for value in flat.values():
        yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, float))


@pytest.mark.parametrize("method", METHODS)
def test_whole_numbers_are_whole_wherever_they_are_given(method):
    kinds = {**hints_of(RunOptions), **hints_of(options_of(method))}
    for name, hint in kinds.items():
        if is_whole(hint):
            for value in (1.5, "1.5", "1e3", 2.0, True, "0x10", "one"):
                with pytest.raises(UsageError, match=f"{name} is .*: it must be a (whole number|path)"):
                    config_from(asked(method, name, value))


def is_whole(hint):
    if typing.get_origin(hint) is typing.Annotated:
        return is_whole(typing.get_args(hint)[0])
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    return hint is int or (bool(parts) and all(map(is_whole, parts)))


@pytest.mark.parametrize(
    "words",
    [
        ["train", "supervised", "--seed", "1.5"],
        ["train", "supervised", "--epochs", "2.7"],
        ["train", "supervised", "--batch-size", "8.5"],
        ["train", "supervised", "--lr", "nan"],
        ["train", "supervised", "--lr", "inf"],
        ["train", "supervised", "--out", ""],
        ["train", "supervised", "--gamma", "0"],
        ["train", "supervised", "--schedule", "cosine", "--cosine-epochs", "0"],
        ["train", "supervised", "--milestones", "-1"],
        ["train", "supervised", "--mix", "mixup", "--alpha", "inf"],
        ["train", "supervised", "--mix", "mixup", "--alpha", "1e-30"],
        ["train", "supervised", "--color-jitter", "1e9"],
        ["train", "supervised", "--warmup-epochs", "9", "--epochs", "2"],
        ["train", "supervised", "--workers", "100000"],
        ["train", "supervised", "--evaluate-every", "3", "--epochs", "2"],
        ["train", "supervised", "--optimizer", "adamw", "--momentum", "0.5"],
        ["train", "supervised", "--schedule", "cosine", "--milestones", "5", "3"],
        ["train", "supervised", "--schedule", "constant", "--gamma", "0.5"],
        ["train", "supervised", "--preview-every", "2"],
        ["train", "supervised", "--network", "resnet18-0"],
        ["train", "supervised", "--strategy", "foo"],
        ["train", "supervised", "--device", "mps"],
        ["resume", "run", "--epochs", "2.5"],
        ["hybrids", "cut-mixmo", "--columns", "2.5"],
        ["hybrids", "cut-mixmo", "--seed", "2.5"],
        ["hybrids", "cut-mixmo", "--out", "missing/page.png"],
        ["hybrids", "cut-mixmo", "--out", ""],
        ["reproduce", "3.6", "--seeds", "1.5"],
    ],
    ids=" ".join,
)
def test_the_command_line_says_so_in_one_line_and_writes_nothing(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert contentmix(*words) == 2
    assert one_line(capsys).startswith("contentmix: ")
    assert not list(tmp_path.iterdir())


def test_several_values_are_given_as_help_says():
    import cyclopts

    app, got = cyclopts.App(), {}
    command = train_command("supervised", METHODS["supervised"])

    def note(**given):
        got.update(given)

    note.__signature__, note.__annotations__ = command.__signature__, command.__annotations__
    app.command(note, name="go")
    for words in (
        ["go", "--milestones", "5", "3", "--lr", "0.1"],
        ["go", "--milestones", "5", "--milestones", "3", "--lr", "0.1"],
    ):
        got.clear()
        app(words, exit_on_error=False, result_action="return_value")
        config = config_from({"method": "supervised", "schedule": "step", **got})
        assert config.run.milestones == (5.0, 3.0)
        assert config.run.lr == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method: mimo\nseed: 1\nseed: 2\n", "'seed' is given twice"),
        ("method: mimo\nlr: .nan\n", "lr is nan: it must be a finite number"),
        ("method: mimo\nlr: .inf\n", "lr is inf: it must be a finite number"),
        ("method: mimo\nseed: 1.5\n", "seed is 1.5: it must be a whole number"),
        ("method: mimo\n3: 4\n", "unknown option '3' of mimo"),
        ("method: mimo\nout: ''\n", "out is '': it must be a path"),
    ],
)
def test_files_are_held_to_the_same(text, message, tmp_path):
    (tmp_path / "options.yaml").write_text(text)
    with pytest.raises(ContentmixError, match=message):
        config_from(read_config_file(tmp_path / "options.yaml"))


def test_a_file_is_utf_8_whatever_the_locale(tmp_path):
    (tmp_path / "options.yaml").write_bytes("data: ./Füße\n".encode())
    assert read_config_file(tmp_path / "options.yaml") == {"data": "./Füße"}
    (tmp_path / "options.yaml").write_bytes("data: ./Füße\n".encode("latin-1"))
    with pytest.raises(DataError, match="options.yaml is not UTF-8"):
        read_config_file(tmp_path / "options.yaml")


@pytest.mark.parametrize("method", ["run", *METHODS])
def test_an_option_without_effect_is_refused_and_an_old_file_that_has_it_loads(method, tmp_path):
    options = RunOptions if method == "run" else options_of(method)
    method = "supervised" if method == "run" else method
    count = 0
    for name, hint in hints_of(options).items():
        for rule in (each for each in getattr(hint, "__metadata__", ()) if isinstance(each, OnlyWith)):
            idle = {
                rule.option: value_against(rule, hints_of(options)[rule.option]),
                name: other_than(hint, defaults_of(options)[name]),
            }
            needed = {} if rule.option == "hybrids" else NEEDED.get(method, {})
            needed = {"pretrained": True} if rule.option == "freeze" else needed  # what is frozen is pretrained
            given = {"method": method, **needed, **idle}
            with pytest.raises(
                UsageError, match=f"{name} is an option of .*: leave it out with {rule.option} {idle[rule.option]}"
            ):
                config_from(given)
            assert name not in with_effect(given)
            (tmp_path / "config.yaml").write_text(yaml.safe_dump(given))
            count += 1
            config_of(tmp_path)
    assert count or method not in (
        "supervised",
        "cut-mixmo",
        "mixshare",
        "mixvit",
        "samosa",
        "scimix",
        "scimix-generator",
    )


def value_against(rule, hint):
    """A value of the other option with which this one has no effect."""
    if rule.above is not None:
        return rule.above
    while typing.get_origin(hint) is not typing.Literal:
        if hint is bool:
            return not rule.values[0]
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    return next(value for value in typing.get_args(hint) if value not in rule.values)


def words_of(hint):
    """Those that ``hint`` allows."""
    parts = typing.get_args(hint)
    return parts if typing.get_origin(hint) is typing.Literal else tuple(w for part in parts for w in words_of(part))


def other_than(hint, default):
    for value in (*words_of(hint), 0.75, 3, True, False, [2.0], "some-run"):
        _, found = tried(lambda value=value: fit("option", value, hint), UsageError)
        if found not in (None, default):
            return value
    raise AssertionError(f"no value of {hint}")


def test_a_recipe_says_nothing_that_has_no_effect_and_given_values_win():
    run = resolve(RunOptions(data="cifar100", optimizer="adamw", schedule="constant"), 32)
    assert (run.momentum, run.milestones, run.gamma, run.cosine_epochs) == (None, None, None, None)
    with pytest.raises(UsageError, match="gamma is an option of schedule step: leave it out with schedule cosine"):
        resolve(RunOptions(data="digits", gamma=0.5), 16)
    assert resolve(RunOptions(data="cifar100", warmup_epochs=0.0, weight_decay=0.0), 32).warmup_epochs == 0


def test_whole_numbers_have_bounds():
    """A number of thousands of digits fits no library beneath."""
    for options in (RunOptions, *METHODS.values()):
        for name, hint in hints_of(options).items():
            for kind in parts_of(hint):
                if typing.get_origin(kind) is typing.Annotated and typing.get_args(kind)[0] is int:
                    (bounds,) = (each for each in typing.get_args(kind)[1:] if isinstance(each, Interval))
                    assert bounds.ge is not None, name
                    assert bounds.le is not None, name
                else:
                    assert kind is not int, name


def parts_of(hint):
    """What a value of the type may be, each with its bounds."""
    if typing.get_origin(hint) is typing.Annotated and typing.get_args(hint)[0] is not int:
        hint = typing.get_args(hint)[0]
    inside = typing.get_args(hint) if typing.get_origin(hint) in (types.UnionType, typing.Union, tuple) else ()
    return [part for each in inside for part in parts_of(each)] or [hint]
