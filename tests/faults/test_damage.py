"""Every region of every file of a run flipped, truncated, emptied or missing: noticed, or harmless."""

import shutil
from dataclasses import replace
from fnmatch import fnmatch

import pytest

from contentmix.cli import main
from contentmix.data import read_indices, read_split, write_split
from contentmix.errors import ContentmixError, UsageError
from contentmix.report import load_record, read_predictions, read_run, write_report
from contentmix.report.quality import load_quality
from contentmix.report.robustness import CorruptionFigures, RobustnessRecord, load_corrupted
from contentmix.report.usage import load_usage
from contentmix.runs.config import config_of
from contentmix.runs.model import load_model
from contentmix.runs.train import resume
from contentmix.training import read_checkpoint
from tests.faults import FULL
from tests.faults.figures import tried
from tests.faults.methods import make_photos, words_of

REGIONS = 64 if FULL else 4
# What reads each file, and whether it has a digest, so that each changed byte is seen; of text, only what makes no sense.
READERS = {
    "model.safetensors": (lambda run, _: load_model(run), True),
    "predictions.safetensors": (lambda _, path: read_predictions(path), True),
    "checkpoints/*": (lambda _, path: read_checkpoint(path), True),
    "results.json": (lambda run, _: load_record(run), False),
    "metrics.csv": (lambda run, _: read_run(run), False),
    "details.json": (lambda run, _: write_report([run], run / "again.html"), False),
    "config.yaml": (lambda run, _: config_of(run), False),
    "labelled.txt": (lambda _, path: read_indices(path, 1617), False),
    "split.json": (lambda run, _: read_split(run), False),
    "usage.json": (lambda run, _: load_usage(run), False),
    "quality.json": (lambda run, _: load_quality(run), False),
    "corruptions.json": (lambda run, _: load_corrupted(run), False),
}
# Made for the eye, and read by nothing.
SEEN = ("report.html", "usage-*.svg", "usage-*.png", "tensorboard/*")
# Text that may end early and still be whole: the last line without its end, and what has fewer lines.
LINES = ("config.yaml", "labelled.txt")


@pytest.fixture(scope="module")
def run(servers, tmp_path_factory):
    """A run with a file of every kind: of photos, some unlabelled, analysed, and measured."""
    folder = tmp_path_factory.mktemp("damaged")
    photos, run = make_photos(folder / "photos"), folder / "run"
    servers.finish(*words_of("mimo", photos, select=["--validation", "0.3"]), "--out", run)
    servers.finish("analyze", run)
    whole = {"corruption": "fog", "severity": 1, "top1": 40.0, "top5": 90.0, "nll": 1.5}
    record = RobustnessRecord(
        runs=["run"], data="photos", source="generated", images=4, members=2, average="logits",
        figures=(CorruptionFigures(**whole),),
    )  # fmt: skip
    record.save(run / "corruptions.json")
    (run / "quality.json").write_text('{"hybrids": {"s_c": 50.0, "s_r": 20.5, "accepted": null}}\n')
    (run / "labelled.txt").write_text("3\n14\n159\n")
    return run


def test_every_file_of_a_run_is_damaged_here(run):
    for path in run.rglob("*"):
        name = path.relative_to(run).as_posix()
        known = [pattern for pattern in (*READERS, *SEEN) if fnmatch(name, pattern)]
        assert path.is_dir() or len(known) == 1, name


def refused(read, run, path):
    """Whether the file is refused in one line that names it; another error than ours is a fault."""
    said, _ = tried(lambda: read(run, path), ContentmixError)
    assert "\n" not in said
    assert not said or path.name in said or str(run) in said
    return said != ""


@pytest.mark.parametrize("pattern", READERS)
def test_damage_is_noticed_or_harmless(pattern, run, tmp_path, note):
    read, digest = READERS[pattern]
    copy = shutil.copytree(run, tmp_path / "run")
    paths = sorted(copy.glob(pattern))
    assert paths
    for path in paths:
        content = path.read_bytes()
        assert not refused(read, copy, path)
        header = 8 + int.from_bytes(content[:8], "little") if path.suffix == ".safetensors" else 0
        for place in sorted({i * (len(content) - 1) // REGIONS for i in range(REGIONS + 1)}):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            seen = refused(read, copy, path)
            note(f"flips in {pattern}", "noticed" if seen else "another text that can be read")
            # What is not a tensor stands in the header: names are checked one by one.
            assert seen or not digest or place < header, f"{path.name} flipped at {place} of {len(content)}"
        for cut in (0, *(i * len(content) // REGIONS for i in range(1, REGIONS)), len(content) - 1):
            path.write_bytes(content[:cut])
            seen = refused(read, copy, path)
            note(f"truncations of {pattern}", "noticed" if seen else "what is left can be read")
            assert seen or (cut and path.name in LINES) or cut == len(content) - 1, f"{path.name} cut to {cut}"
        path.write_bytes(content)


def test_what_is_made_for_the_eye_harms_nothing(run, tmp_path, note):
    copy = shutil.copytree(run, tmp_path / "run")
    for pattern in SEEN:
        for path in copy.glob(pattern):
            path.write_bytes(b"\xff\0")
    for path, (read, _) in ((next(copy.glob(pattern)), reader) for pattern, reader in READERS.items()):
        assert not refused(read, copy, path)
    note("pictures, pages and logs damaged", "harmless", len(SEEN))


def test_a_list_of_photos_that_was_changed_after_a_kill_is_an_error_that_names_it(run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "results.json").unlink()
    lists = read_split(copy)
    write_split(replace(lists, train=lists.train[1:], test=(*lists.test, lists.train[0])), copy)
    with pytest.raises(UsageError, match="split.json is not what the run was trained with: put that back"):
        resume(copy)
    shutil.copy(run / "split.json", copy)
    resume(copy)


def test_a_run_folder_that_is_copied_while_it_is_held_is_a_run(finished, tmp_path):
    """A lock is a file of the process that holds it, nothing of the run."""
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run" / ".lock").write_text("")
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", str(tmp_path / "run")])
    assert stop.value.code == 0
