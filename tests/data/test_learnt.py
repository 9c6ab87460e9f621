"""Files that are known again by what they hold."""

import hashlib

import pytest
from PIL import Image

from contentmix.data.learnt import Learnt, digest, digest_of_start


@pytest.mark.parametrize("side", [256, 1000])  # read whole, and in parts
def test_photos_on_one_plain_background_are_told_apart(side, tmp_path):
    for name in ("red", "blue"):
        photo = Image.new("RGB", (side, side), "white")
        photo.paste(name, (side // 4, 3 * side // 4, side // 2, side - 9))
        photo.save(tmp_path / f"{name}.ppm")
    red, blue = tmp_path / "red.ppm", tmp_path / "blue.ppm"
    assert blue not in Learnt(digests=frozenset([digest(red)]))
    # Lists of older runs are compared by the rule that made them.
    assert blue in Learnt(digests=frozenset([digest_of_start(red)]))


def test_a_file_that_is_not_read_whole_is_known_by_its_end_too(tmp_path):
    for name in "ab":
        (tmp_path / name).write_bytes(bytes(2**24) + name.encode())
    assert digest(tmp_path / "a") != digest(tmp_path / "b")


def test_older_digests_are_of_the_size_and_of_the_first_64_kib(tmp_path):
    (tmp_path / "one").write_bytes(b"abc")
    assert digest_of_start(tmp_path / "one") == "3-" + hashlib.blake2b(b"abc", digest_size=8).hexdigest()


def test_photos_are_known_by_their_place_or_by_what_they_hold(tmp_path):
    for name, content in (("known", b"abc"), ("copy", b"abc"), ("other", b"abd"), ("larger", b"abcd")):
        (tmp_path / name).write_bytes(content)
    by_content = Learnt(digests=frozenset([digest(tmp_path / "known")]))
    assert [name for name in ("known", "copy", "other", "larger", "gone") if tmp_path / name in by_content] == [
        "known", "copy",
    ]  # fmt: skip
    (tmp_path / "link").symlink_to("other")
    assert tmp_path / "link" in Learnt(paths=frozenset([(tmp_path / "other").resolve()]))
