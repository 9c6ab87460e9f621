"""Files that are known again by what they hold."""

import hashlib

from contentmix.data.learnt import Learnt, digest


def test_a_digest_is_of_the_size_and_of_the_first_64_kib(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"abc")
    assert digest(one) == "3-" + hashlib.blake2b(b"abc", digest_size=8).hexdigest()
    start = bytes(65_536)
    one.write_bytes(start + b"a")
    two.write_bytes(start + b"b")
    assert digest(one) == digest(two) == "65537-" + hashlib.blake2b(start, digest_size=8).hexdigest()
    two.write_bytes(start[1:] + b"bb")
    assert digest(one) != digest(two)


def test_photos_are_known_by_their_place_or_by_what_they_hold(tmp_path):
    for name, content in (("known", b"abc"), ("copy", b"abc"), ("other", b"abd"), ("larger", b"abcd")):
        (tmp_path / name).write_bytes(content)
    by_content = Learnt(digests=frozenset([digest(tmp_path / "known")]))
    assert [name for name in ("known", "copy", "other", "larger", "gone") if tmp_path / name in by_content] == [
        "known", "copy",
    ]  # fmt: skip
    (tmp_path / "link").symlink_to("other")
    assert tmp_path / "link" in Learnt(paths=frozenset([(tmp_path / "other").resolve()]))
