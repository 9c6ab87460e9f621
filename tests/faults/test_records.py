"""Damaged records are refused in one line, wherever they are read."""

import json

import pytest

from contentmix.errors import DataError
from contentmix.report import load_details, load_record, read_predictions, read_run, write_report
from contentmix.report.quality import load_quality
from contentmix.report.robustness import load_corrupted
from contentmix.report.usage import load_usage


def changed(copy, **changes):
    path = copy / "results.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **changes}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parameters": float("nan")}, "results.json is not a record: it holds NaN"),
        ({"parameters": float("inf")}, "it holds Infinity"),
        ({"parameters": "many"}, 'its parameters is "many"'),
        ({"parameters": None}, "its parameters is null"),
        ({"seed": 1.5}, "its seed is 1.5"),
        ({"seed": True}, "its seed is true"),
        ({"train": []}, r"its train is \[\]"),
        ({"versions": {"torch": 2}}, "its versions is"),
        ({"evaluations": []}, "it holds no evaluation"),
        ({"evaluations": [3]}, "differs in average"),
        ({"evaluations": {"last": 1}}, "its evaluations is"),
        ({"more": 1}, "of this version: it differs in more"),
    ],
)  # fmt: skip
def test_results_of_another_shape_are_refused(changes, message, copy):
    changed(copy, **changes)
    with pytest.raises(DataError, match=message):
        load_record(copy)


@pytest.mark.parametrize(
    ("figure", "value"),
    [("top1", "9.5"), ("top1", None), ("images", 3.5), ("temperatures", [None]), ("reliability", [])],
)
def test_evaluations_of_another_shape_are_refused(figure, value, copy):
    evaluations = json.loads((copy / "results.json").read_text())["evaluations"]
    evaluations[-1][figure] = value
    changed(copy, evaluations=evaluations)
    with pytest.raises(DataError, match=f"its {figure} is"):
        load_record(copy)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff\xfe", b'{"parameters": 1e999}', b"[" * 100_000])
@pytest.mark.parametrize(
    ("name", "load"),
    [("results.json", load_record), ("usage.json", load_usage), ("quality.json", load_quality), ("corruptions.json", load_corrupted), ("details.json", load_details)],
)  # fmt: skip
def test_what_is_no_record_is_refused(name, load, content, copy):
    (copy / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{copy / name} is not a record"):
        load(copy)


@pytest.mark.parametrize(
    ("name", "content", "load"),
    [
        ("usage.json", {"blocks": [], "activity": [[0.4]], "images": 1, "fixed": 0}, load_usage),
        ("usage.json", {"blocks": [], "activity": [["a", "b"]], "images": 1, "fixed": 0}, load_usage),
        ("usage.json", {"blocks": [{"name": "x"}], "activity": [], "images": 1, "fixed": 0}, load_usage),
        ("quality.json", {"hybrids": {"s_c": "high"}}, load_quality),
        ("corruptions.json", {"mean": 3}, load_corrupted),
        ("corruptions.json", {"mean": {"top1": "high"}}, load_corrupted),
    ],
)
def test_measures_of_another_shape_are_refused(name, content, load, copy):
    (copy / name).write_text(json.dumps(content))
    with pytest.raises(DataError, match=f"{copy / name} is not a record"):
        load(copy)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "hello\n",
        lambda text: text[: text.index("\n") + 1],
        lambda text: text[: len(text) - 9],  # within the last row
        lambda text: "\n".join(text.splitlines()[:2]) + "\n",  # between two rows
        lambda text: text.replace("1,", "one,"),
        lambda text: text.replace("\n2,", "\n3,"),
        lambda text: text.replace("\n2,", "\n2,nan,"),
        lambda text: text[:30] + '"' + text[30:],
    ],
    ids=["empty", "text", "heading", "halved row", "halved", "words", "another epoch", "more", "a quote"],
)
def test_a_damaged_history_is_refused(damage, copy):
    path = copy / "metrics.csv"
    path.write_text(damage(path.read_text()))
    with pytest.raises(DataError, match="metrics.csv"):
        read_run(copy)


@pytest.mark.parametrize("content", [b"", b"seed: 3", b"a: [", b"\xff", b"- 1"])
def test_a_damaged_configuration_is_refused_by_a_report(content, copy, tmp_path):
    (copy / "config.yaml").write_bytes(content)
    with pytest.raises(DataError, match=r"config.yaml (cannot be read|is no configuration)"):
        write_report([copy], tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_damaged_predictions_are_refused(copy):
    path = copy / "predictions.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    with pytest.raises(DataError, match="do not match the digest"):
        read_predictions(path)
