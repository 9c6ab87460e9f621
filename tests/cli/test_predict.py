"""``contentmix predict``: every photo that can be read, whatever the others are like."""

import csv
import io
import json
import os
import shutil
from stat import S_ISDIR

import pytest
from PIL import Image
from rich.console import Console

from contentmix.cli.counting import counting
from contentmix.cli.growing_file import GrowingFile
from contentmix.cli.predict import printable
from contentmix.cli.predicted_files import JsonFile
from contentmix.data import load_data
from contentmix.errors import DataError
from contentmix.runs import predict as predicting
from tests.cli.helpers import contentmix, one_line


@pytest.fixture
def digits(tmp_path):
    """Twelve digits as files."""
    folder = tmp_path / "digits"
    folder.mkdir()
    for i, image in enumerate(load_data("digits").test.images[:12, 0]):
        Image.fromarray(image.numpy()).save(folder / f"{i:02d}.png")
    return folder


def predicted(run, *words):
    target = run.parent / "said.json"
    target.unlink(missing_ok=True)
    code = contentmix("predict", run, *words, "--json", target)
    return code, json.loads(target.read_text())


def test_files_folders_and_patterns_each_photo_once(run, digits):
    for name in ("notes.txt", "invoice.pdf"):
        (digits / name).write_text("no photo")
    code, said = predicted(run, digits / "03.png", digits, f"{digits}/*.png")
    assert code == 0
    assert [each["image"] for each in said] == [str(digits / f"{i:02d}.png") for i in (3, 0, 1, 2, *range(4, 12))]


def test_batches_say_what_single_photos_say(run, digits, monkeypatch):
    _, together = predicted(run, digits)
    monkeypatch.setattr(predicting, "BATCH", 5)
    _, in_parts = predicted(run, digits)
    assert [each["votes"] for each in in_parts] == [each["votes"] for each in together]
    for mine, other in zip(in_parts, together, strict=True):
        assert mine["classes"][0]["probability"] == pytest.approx(other["classes"][0]["probability"], abs=1e-5)
        assert mine["doubt"] == pytest.approx(other["doubt"], abs=1e-5)


def test_one_bad_photo_stops_no_other(run, digits, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")  # no path is folded, however long
    (digits / "05.png").write_text("no image")
    code, said = predicted(run, digits, digits / "none.png", digits / "?.jpg")
    assert code == 1
    assert len([each for each in said if "classes" in each]) == 11
    failed = {each["image"]: each["error"] for each in said if "error" in each}
    assert set(failed) == {str(digits / name) for name in ("05.png", "none.png", "?.jpg")}
    captured = capsys.readouterr()
    (line,) = captured.err.strip().splitlines()
    assert "3 of 14 could not be predicted" in line
    for reason in ("05.png cannot be read (it is no image)", "none.png does not exist", "no image matches"):
        assert reason in line
    assert str(digits / "11.png") in captured.out


def test_the_most_probable_classes_and_every_vote_in_a_table_of_commas(run, digits, tmp_path):
    assert contentmix("predict", run, digits, "--top", 3, "--csv", tmp_path / "said.csv") == 0
    rows = list(csv.DictReader((tmp_path / "said.csv").read_text().splitlines()))
    assert len(rows) == 12
    for row in rows:
        probabilities = [float(row[f"probability_{rank}"]) for rank in (1, 2, 3)]
        assert probabilities == sorted(probabilities, reverse=True)
        assert len({row[f"class_{rank}"] for rank in (1, 2, 3)}) == 3
        assert {row["member_1"], row["member_2"]} <= set(map(str, range(10)))
        assert 0 <= float(row["doubt"]) <= 1
    assert contentmix("predict", run, digits, "--csv", tmp_path / "said.csv") == 2  # it exists


def test_mistakes_are_told(run, digits, capsys):
    assert contentmix("predict", run, digits, "--top", 11) == 2
    assert "top is 11, but run" in one_line(capsys)
    assert contentmix("predict", run) == 2
    assert "no image is given" in one_line(capsys)
    (digits / "empty").mkdir()
    assert contentmix("predict", run, digits / "empty") == 1
    assert "empty holds no image" in one_line(capsys)


def test_names_are_printed_whole_and_as_they_are(run, digits, tmp_path, capsys):
    deep = tmp_path / ("a long name of a folder " * 3)
    (deep / "x[").mkdir(parents=True)
    names = ["IMG [final].png", "x[/a].png", "IMG_0001.png", "IMG_0002.png"]
    for name in names:
        shutil.copyfile(digits / "00.png", deep / name)
    assert contentmix("predict", run, *(deep / name for name in names)) == 0
    out = capsys.readouterr().out
    # Names are folded over lines of their column, the first.
    shown = "".join(
        "".join(line.replace("\u2502", "|").split("|")[1].split()) for line in out.splitlines() if "\u2502" in line
    )
    for name in names:
        assert "".join(name.split()) in shown


def test_signs_that_would_move_the_cursor_or_cannot_be_shown_are_escaped():
    assert printable("a\x1b[2Jb\n", "utf-8") == "a\\x1b[2Jb\n"
    assert printable("\udcff", "utf-8") == "\\udcff"
    assert printable("\u00e9", "ascii") == "\\xe9"


def test_one_file_for_two_outputs_is_refused_before_any_work(run, digits, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    for other in ("said", "./said", "digits/../said", "link/said", tmp_path / "said"):
        assert contentmix("predict", run, digits, "--csv", "said", "--json", other) == 2
        assert "said is asked for twice" in one_line(capsys)
    assert contentmix("hybrids", run, "--oracle", run, "--out", "said", "--json", "said") == 2
    assert "said is asked for twice" in one_line(capsys)
    assert not (tmp_path / "said").exists()


@pytest.mark.parametrize("name", ["[final] IMG.png", '["a.png"]', "[", "{}", '{"a": 1}'])
def test_names_that_begin_like_json_are_names(name, run, digits, monkeypatch):
    monkeypatch.chdir(digits)
    shutil.copyfile("00.png", name)
    code, said = predicted(run, name)
    assert code == 0
    assert [each["image"] for each in said] == [name]


def test_every_command_takes_such_names(capsys):
    for command in ("evaluate", "report", "export", "analyze", "resume", "hybrids"):
        words = ["--format", "onnx"] if command == "export" else []
        assert contentmix(command, "[no run]", *words) in (1, 2)
        assert "[no run]" in one_line(capsys)


@pytest.fixture
def fives(monkeypatch):
    """Batches are of five photos."""
    monkeypatch.setattr(predicting, "BATCH", 5)
    monkeypatch.setattr("contentmix.cli.predict.BATCH", 5)


@pytest.mark.usefixtures("fives")
def test_what_was_done_before_ctrl_c_is_printed_and_in_both_files(run, digits, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "400")
    (digits / "01.png").write_text("no image")
    read = predicting.read_image

    def interrupted(path, *shape):
        if path.name == "10.png":  # of the third batch
            raise KeyboardInterrupt
        return read(path, *shape)

    monkeypatch.setattr(predicting, "read_image", interrupted)
    table, listed = tmp_path / "said.csv", tmp_path / "said.json"
    assert contentmix("predict", run, digits, digits / "none.png", "--csv", table, "--json", listed) == 130
    captured = capsys.readouterr()
    assert captured.err.strip() == f"contentmix: interrupted after 10 of 13 photos; {table} is kept; {listed} is kept"
    names = [str(digits / f"{i:02d}.png") for i in range(10)]
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["image"] for row in rows] == [each["image"] for each in json.loads(listed.read_text())] == names
    assert [bool(row["error"]) for row in rows] == [i == 1 for i in range(10)]
    for i, name in enumerate(names):
        assert (name in captured.out) == (i != 1)


@pytest.mark.usefixtures("fives")
def test_ctrl_c_while_the_first_batch_is_written_names_the_file_that_has_it(run, digits, tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(JsonFile, "add", interrupted)
    table = tmp_path / "said.csv"
    assert contentmix("predict", run, digits, "--csv", table, "--json", tmp_path / "said.json") == 130
    assert capsys.readouterr().err.strip() == f"contentmix: interrupted after 5 of 12 photos; {table} is kept"


@pytest.mark.usefixtures("fives")
def test_files_of_many_batches_are_as_of_one(run, digits, tmp_path, monkeypatch):
    (digits / "01.png").write_text("no image")
    words = ["predict", run, digits, digits / "none.png"]
    for batch in (5, 64):
        monkeypatch.setattr("contentmix.cli.predict.BATCH", batch)
        assert contentmix(*words, "--csv", tmp_path / f"{batch}.csv", "--json", tmp_path / f"{batch}.json") == 1
    for kind in ("csv", "json"):
        assert (tmp_path / f"5.{kind}").read_bytes() == (tmp_path / f"64.{kind}").read_bytes()
    text = (tmp_path / "5.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_of_many_photos_that_cannot_be_read_the_first_are_told(run, digits, capsys):
    for path in digits.iterdir():
        path.write_text("no image")
    assert contentmix("predict", run, digits) == 1
    line = one_line(capsys)
    assert "12 of 12 could not be predicted" in line
    assert line.count("it is no image") == 10
    assert line.endswith("; and 2 others")


def test_a_growing_file_is_in_order_after_every_part_and_when_one_fails(tmp_path, monkeypatch):
    path = tmp_path / "said.json"
    file = GrowingFile(path, end="]")
    file.add("[1")
    assert path.read_text() == "[1]"
    file.add(",2")
    assert path.read_text() == "[1,2]"

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)  # once the part is written
        with pytest.raises(DataError, match="disk full: .*said.json"):
            file.add(",3")
        assert path.read_text() == "[1,2]"
        with pytest.raises(DataError, match="disk full"):
            GrowingFile(tmp_path / "new").add("x")
        assert not (tmp_path / "new").exists()
    with pytest.raises(DataError, match="File exists"):
        GrowingFile(path).add("x")
    assert path.read_text() == "[1,2]"


def test_the_name_of_a_growing_file_is_flushed_once(tmp_path, monkeypatch):
    folders, flush = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flush(handle), folders.append(S_ISDIR(os.fstat(handle).st_mode))))
    file = GrowingFile(tmp_path / "said.csv")
    file.add("1")
    file.add("2")
    assert folders == [False, True, False]


def test_progress_is_a_bar_on_a_terminal_and_else_a_line_for_each_thousand(capsys):
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100, highlight=False, _environ={"TERM": "xterm"})
    with counting(3000, terminal) as count:
        count(1500)
        terminal.print("a row")
    shown = terminal.file.getvalue()
    assert "1500/3000" in shown
    assert "\x1b[2Ka row" in shown  # the bar is erased first, and drawn again below
    with counting(3000, Console(file=io.StringIO())) as count:
        for done in range(64, 3000, 64):
            count(done)
    assert capsys.readouterr().err.splitlines() == ["1,024 of 3,000 photos", "2,048 of 3,000 photos"]
