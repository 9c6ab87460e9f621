"""Folders of photos: which files are read, and as what."""

import pytest
from PIL import Image

from contentmix.data import files_in, load_data
from contentmix.errors import DataError
from tests.data.photo_files import make

pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.parametrize(
    "classes",
    [("cats", "dogs"), ("freight-train", "steam-train", "bus"), ("détest", "contest"), ("split_leaf", "te_aro")],
)
def test_classes_may_share_the_names_of_their_subfolders(tmp_path, classes):
    for each in classes:
        make(tmp_path / each, ("2023", "2024"), count=3)
    assert load_data(str(tmp_path), image_size=8).classes == tuple(sorted(classes))


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("a/up", ".."),
        ("again", "."),
        ("above", "../.."),
        ("a/x", "../b"),
        ("b/deep/x", "../../a/deep"),
        ("c", "a/deep"),
        ("a/one.png", "../b/0.png"),
        ("unlabeled", "b"),
    ],
)
def test_what_lies_in_the_folder_is_read_in_its_own_place(tmp_path, link, target):
    folder = make(tmp_path / "photos", count=5)
    for label in "ab":
        make(folder / label, ("deep",), count=2)
    (folder / link).symlink_to(target)
    source = load_data(str(folder), image_size=8)
    assert (source.classes, source.unlabelled) == (("a", "b"), None)
    found = {*source.train.names, *source.test.names}
    assert found == {
        f"{label}/{name}" for label in "ab" for name in (*(f"{i}.png" for i in range(5)), "deep/0.png", "deep/1.png")
    }


def test_links_to_what_is_hidden_in_the_folder_are_followed(tmp_path):
    make(tmp_path / "photos" / ".store", ("a", "b"), count=5)
    (tmp_path / "photos" / "a").symlink_to(".store/a")
    (tmp_path / "photos" / "b").mkdir()
    for i in range(5):
        (tmp_path / "photos" / "b" / f"{i}.png").symlink_to(f"../.store/b/{i}.png")
    source = load_data(str(tmp_path / "photos"), image_size=8)
    assert len(source.train) + len(source.test) == 10


def test_outside_folders_are_read_once_overall(tmp_path):
    folder = make(tmp_path / "photos", count=5)
    make(tmp_path / "elsewhere", ("more",), count=3)
    for label in "ab":
        (folder / label / "more").symlink_to(tmp_path / "elsewhere" / "more")
    source = load_data(str(folder), image_size=8)
    more = {name for name in (*source.train.names, *source.test.names) if "more" in name}
    assert more == {f"a/more/{i}.png" for i in range(3)}


@pytest.mark.parametrize("target", ["photos/a", "elsewhere"])
def test_one_folder_is_not_two_classes(tmp_path, target):
    folder = make(tmp_path / "photos")
    make(tmp_path, ("elsewhere",))
    for name in ("c", "d"):
        (folder / name).symlink_to(tmp_path / target)
    first = folder / ("a" if target == "photos/a" else "c")
    with pytest.raises(DataError, match=rf"{folder / '[cd]'} is a link to the same folder as {first}: remove one"):
        load_data(str(folder), image_size=8)


@pytest.mark.parametrize("link", ["test", "test/a", "test/a/more", "test/a/one.png", "val/a"])
def test_no_photo_is_in_two_splits(tmp_path, link):
    folder = tmp_path / "d"
    place = folder / link
    target = folder / "train" / place.relative_to(folder / place.relative_to(folder).parts[0])
    make(folder / "train", count=3), make(folder / "train" / "a", ("more",), count=3)
    Image.new("RGB", (9, 9)).save(folder / "train" / "a" / "one.png")
    if link != "test":
        make(folder / "test", ("a", "b") if link not in ("test/a",) else ("b",))
    if link == "val/a":
        make(folder / "val", ("b",))
    place.symlink_to(target)
    count = {"test": "10 images", "test/a": "7 images", "val/a": "7 images", "test/a/more": "3 images"}
    with pytest.raises(
        DataError,
        match=rf"{count.get(link, '1 image')} of .* in two of its splits, .*train/.* and {link.partition('/')[0]}/.*: ",
    ):
        load_data(str(folder), image_size=8)


def test_what_systems_leave_is_not_read(tmp_path):
    folder = make(tmp_path / "photos", count=4)
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store"):
        (folder / "a" / name).write_text("no image")
        (folder / name).write_text("no image")
    (folder / "__MACOSX" / "a").mkdir(parents=True)
    (folder / "__MACOSX" / "a" / "x.png").write_text("no image")
    assert load_data(str(folder), image_size=8).classes == ("a", "b")


def test_images_beside_the_class_folders_are_counted(tmp_path, caplog):
    folder = make(tmp_path / "photos", count=4)
    (folder / "notes.txt").write_text("hello")
    load_data(str(folder), image_size=8)
    assert not caplog.text
    for i in range(3):
        Image.new("RGB", (9, 9)).save(folder / f"{i}.png")
    load_data(str(folder), image_size=8)
    assert caplog.text.count(f"3 images directly in {folder} have no class and are not used") == 1


def test_hidden_files_and_folders_are_not_read_at_any_depth(tmp_path):
    folder = make(tmp_path / ".hidden" / "photos", count=4)
    before = files_in(folder / "a")
    assert len(before) == 4  # what lies above the folder may be hidden
    for place in (".thumbnails", "deep/.cache/more"):
        (folder / "a" / place).mkdir(parents=True)
        (folder / "a" / place / "x.png").write_text("no image")
    (folder / "a" / "deep" / ".DS_Store").write_text("no image")
    (folder / ".git" / "b").mkdir(parents=True)
    assert files_in(folder / "a") == before
    assert load_data(str(folder), image_size=8).classes == ("a", "b")


def test_linked_folders_are_followed_once(tmp_path):
    folder = make(tmp_path / "photos")
    make(tmp_path / "elsewhere", ("more",), count=3)
    (folder / "a" / "linked").symlink_to(tmp_path / "elsewhere" / "more")
    (folder / "a" / "linked-again").symlink_to(tmp_path / "elsewhere" / "more")
    (folder / "a" / "loop").symlink_to(folder / "a")
    (folder / "a" / "broken").symlink_to(tmp_path / "nowhere")
    found = [path.relative_to(folder / "a").as_posix() for path in files_in(folder / "a")]
    assert found == [*(f"{i}.png" for i in range(6)), *(f"linked/{i}.png" for i in range(3))]


def test_a_run_folder_is_no_data(tmp_path, monkeypatch):
    folder = make(tmp_path / "photos")
    for run in (folder / "runs" / "first", folder / "a" / "second"):
        run.mkdir(parents=True)
        described = "# method: an object\n# data: of one's own\n" if run.name == "second" else ""
        (run / "config.yaml").write_text(f"{described}method: supervised\n")
        (run / "model.safetensors").write_text("weights")
    monkeypatch.chdir(folder)
    source = load_data(".", image_size=8)
    assert (source.name, source.classes, len(source.train) + len(source.test)) == ("photos", ("a", "b"), 12)
