"""Photos as they are read: upright, scaled, all that are damaged named at once."""

import logging
import os
from pathlib import Path

import numpy
import pytest
from PIL import Image, ImageDraw

from contentmix.data import ArraySet, FileSet, Reading, load_data, read_image
from contentmix.data.folders import size_for
from contentmix.data.photos import read_photo
from contentmix.data.picture_kinds import is_image_name
from contentmix.errors import DataError
from tests.data.photo_files import make

pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_stand_as_their_viewer_shows_them(tmp_path, orientation):
    """The white edge of the stored pixels is on top; EXIF says where it is shown (orientations 1 to 8)."""
    stored = numpy.zeros((16, 16, 3), numpy.uint8)
    stored[:4] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "x.png", exif=exif)
    shown = read_image(tmp_path / "x.png", 16, 1)[0].float()
    edges = {"top": shown[:3], "bottom": shown[-3:], "left": shown[:, :3], "right": shown[:, -3:]}
    expected = {1: "top", 2: "top", 3: "bottom", 4: "bottom", 5: "left", 6: "right", 7: "right", 8: "left"}
    assert max(edges, key=lambda edge: edges[edge].mean()) == expected[orientation]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "I;16"])
def test_pixels_that_are_stored_as_they_are_stand_upright_too(tmp_path, mode):
    """The left edge is dark, and on top where orientation 6 turns it."""
    ramp = numpy.tile(numpy.linspace(0, 65535, 24), (16, 1)).astype(numpy.uint16)
    image = Image.fromarray(ramp) if mode == "I;16" else Image.fromarray((ramp // 257).astype(numpy.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    (image if mode == "I;16" else image.convert(mode)).save(tmp_path / "t.tif", exif=exif)
    shown = read_photo(tmp_path / "t.tif", 1)
    assert shown.size == (16, 24)
    rows = numpy.asarray(shown)
    assert (rows == rows[:, :1]).all()
    assert rows[0, 0] == 0
    assert (numpy.diff(rows[:, 0].astype(int)) > 0).all()


def test_grey_of_16_bits_and_of_floats_is_scaled(tmp_path):
    ramp = numpy.tile(numpy.linspace(0, 65535, 8), (8, 1))
    # 255 k / 7, rounded.
    expected = [0, 36, 73, 109, 146, 182, 219, 255]
    Image.fromarray(ramp.astype(numpy.uint16)).save(tmp_path / "16.png")
    Image.fromarray(ramp.astype(numpy.int32)).save(tmp_path / "32.tif")
    Image.fromarray((ramp / 65535).astype(numpy.float32)).save(tmp_path / "float.tif")
    for name in ("16.png", "32.tif", "float.tif"):
        for channels in (1, 3):
            pixels = read_image(tmp_path / name, 8, channels)
            assert pixels.shape == (channels, 8, 8)
            assert pixels[-1, 3].tolist() == expected, name


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (numpy.full((8, 8), 1.5, numpy.float32), "run from 1.5 to 1.5, where floats are read from 0 to 1"),
        (numpy.full((8, 8), numpy.nan, numpy.float32), "run from nan to nan"),
        (numpy.full((8, 8), -3, numpy.int32), "run from -3 to -3, where integers are read from 0 to 65535"),
    ],
)
def test_what_cannot_be_scaled_is_refused_by_name(tmp_path, values, reason):
    Image.fromarray(values).save(tmp_path / "odd.tif")
    with pytest.raises(DataError, match=f"image .*odd.tif cannot be read .*{reason}"):
        read_image(tmp_path / "odd.tif", 8, 3)


@pytest.fixture
def spoilt(tmp_path):
    """Photos of which two are damaged in their pixels, and one is no image."""
    folder = make(tmp_path / "photos", count=12, size=80, suffix="jpg")
    for name in ("a/3.jpg", "b/5.jpg"):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) * 2 // 3])
    (folder / "b" / "notes.txt").write_text("hello")
    return folder


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("size", [16, 72])
def test_all_bad_files_are_named_at_once_or_left_out(spoilt, size, caplog):
    with pytest.raises(DataError) as error:
        load_data(str(spoilt), image_size=size)
    message = str(error.value)
    assert "3 of 25 images" in message
    assert all(name in message for name in ("3.jpg", "5.jpg", "notes.txt", "--skip-broken"))
    assert "\n" not in message
    with caplog.at_level(logging.WARNING):
        source = load_data(str(spoilt), image_size=size, reading=Reading(skip_broken=True))
    assert len(source.train) + len(source.test) == 22
    assert "3 of 25 images" in caplog.text
    assert all(name in caplog.text for name in ("3.jpg", "5.jpg", "notes.txt"))


@pytest.mark.usefixtures("on_disk")
def test_files_are_decoded_again_only_when_they_have_changed(tmp_path, monkeypatch):
    folder = make(tmp_path / "photos", count=3)
    load_data(str(folder), image_size=72)
    (folder / "a" / "1.png").write_bytes(b"of another size")
    opened = []
    true_open = Image.open
    monkeypatch.setattr(
        Image, "open", lambda file, **how: opened.append(Path(file.name).name) or true_open(file, **how)
    )
    for _ in range(2):  # what is broken is never taken as read
        with pytest.raises(DataError, match=r"1.png cannot be read"):
            load_data(str(folder), image_size=72)
    assert opened == ["1.png", "1.png"]
    Image.new("RGB", (9, 9)).save(folder / "a" / "1.png")
    load_data(str(folder), image_size=72)
    opened.clear()
    changed = (folder / "b" / "0.png").stat()
    os.utime(folder / "b" / "0.png", ns=(changed.st_atime_ns, changed.st_mtime_ns + 1))
    load_data(str(folder), image_size=72)
    assert opened == ["0.png"]


@pytest.mark.usefixtures("on_disk")
def test_a_damaged_memory_of_what_was_decoded_only_costs_time(tmp_path, cache):
    folder = make(tmp_path / "photos", count=3)
    load_data(str(folder), image_size=72)
    (memory,) = (cache / "decoded").iterdir()
    for text in ("", "[]", '{"a": 1}', "\0"):
        memory.write_text(text)
        assert load_data(str(folder), image_size=72).classes == ("a", "b")


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ([28, 28, 28], 32),  # 28 / 16 = 1.75
        ([40], 48),  # 2.5 steps of 16 are 3
        ([39], 32),
        ([9, 9, 4000], 16),  # the median, and never less than 16
        ([100, 120, 90, 101], 96),  # the lower of the two in the middle, 100
        ([3024, 3024, 64], 224),
        ([], 224),
    ],
)
def test_the_size_is_the_photos_median_as_a_multiple_of_16_and_at_most_224(sides, size):
    assert size_for(sides) == size


def test_the_size_is_at_most_what_reading_allows():
    assert [size_for([side], 64) for side in (40, 90, 300)] == [48, 64, 64]
    assert size_for([], 64) == 64


def test_photos_keep_their_own_size_and_aspect_and_few_of_them_stay_in_memory(tmp_path):
    """A centred circle in a wide, a tall and a turned photo stays as wide as it is high."""
    turned = Image.Exif()
    turned[0x0112] = 6
    for label in "ab":
        for i, (width, height) in enumerate([(200, 96), (100, 180), (150, 100)] * 4):
            image = Image.new("L", (width, height))
            x, y = width / 2, height / 2
            ImageDraw.Draw(image).ellipse([x - 30, y - 30, x + 30, y + 30], fill=255)
            (tmp_path / "p" / label).mkdir(parents=True, exist_ok=True)
            image.save(tmp_path / "p" / label / f"{i}.png", exif=turned if i % 2 else Image.Exif())
    source = load_data(str(tmp_path / "p"))
    assert source.image_size == 96  # shorter sides 96, 100 and 100: 100 is 6.25 steps of 16
    assert isinstance(source.train, ArraySet)
    lit = source.train.images[:, 0] > 127
    high, wide = lit.any(2).sum(1), lit.any(1).sum(1)
    assert (high - wide).abs().max() <= 1
    assert 55 <= high.min() <= high.max() <= 62  # 60 px of a side of 96 or 100


def test_what_memory_has_room_for_is_kept_there(tmp_path, monkeypatch):
    make(tmp_path / "p", count=5, size=80)
    # 10 photos of 3 * 80 * 80 bytes
    for room, kind in ((192_000, ArraySet), (191_999, FileSet)):
        monkeypatch.setattr("contentmix.data.folders.MEMORY_BYTES", room)
        assert isinstance(load_data(str(tmp_path / "p")).train, kind)


@pytest.mark.usefixtures("on_disk")
def test_sizes_are_remembered_with_what_was_decoded(tmp_path, monkeypatch):
    make(tmp_path / "p", count=3, size=80)
    assert load_data(str(tmp_path / "p")).image_size == 80
    monkeypatch.setattr(Image, "open", lambda file, **_: pytest.fail(f"{file.name} was opened"))
    assert load_data(str(tmp_path / "p")).image_size == 80


def test_what_cannot_be_opened_as_a_picture_is_no_photo_by_its_name():
    names = (
        "a.JPG",
        "a.mpo",
        "a.tiff",
        "invoice.pdf",
        "clip.mpg",
        "clip.MPEG",
        "a.palm",
        "a.h5",
        "a.hdf",
        "a.grib",
        "a.bufr",
        "a.eps",
        "a.wmf",
    )
    assert [name for name in names if is_image_name(Path(name))] == ["a.JPG", "a.mpo", "a.tiff"]


def test_a_program_in_the_clothes_of_a_photo_is_not_run(tmp_path, monkeypatch):
    """PostScript, which Pillow hands to Ghostscript, whatever the file is called."""
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_: pytest.fail("it was run"))
    (tmp_path / "photo.jpg").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    )
    with pytest.raises(DataError, match=r"photo.jpg.*it is no image"):
        read_photo(tmp_path / "photo.jpg", 3)
