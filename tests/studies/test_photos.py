"""Runs of a study are of the same photos, whenever each is made."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from contentmix.data import Reading, load_data, split_of, write_split
from contentmix.errors import UsageError
from contentmix.studies.photos import check_photos
from tests.data.photo_files import make


@dataclass(frozen=True)
class Job:
    folder: Path
    data: Path
    done: bool = False
    config: SimpleNamespace = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "config", SimpleNamespace(run=SimpleNamespace(data=str(self.data))))


def test_a_study_does_not_go_on_where_photos_have_come_or_gone(tmp_path):
    data = make(tmp_path / "photos", count=6)
    (data / "a" / "2.png").write_text("no image")
    made, missing = (Job(tmp_path / name, data) for name in ("made", "missing"))
    made.folder.mkdir()
    write_split(split_of(load_data(str(data), image_size=8, reading=Reading(skip_broken=True))), made.folder)
    check_photos([missing, made])  # what was left out is not new
    Image.new("RGB", (9, 9)).save(data / "b" / "late.png")
    (data / "b" / "4.png").unlink()
    with pytest.raises(
        UsageError, match=r"have changed since run .*made was made, 1 new and 1 gone .*b/4.png, b/late.png"
    ):
        check_photos([missing, made])
    check_photos([replace(made, done=True)])  # nothing is to be made any more
