"""Which corruptions figures are of."""

from contentmix.data import CIFAR_C, CORRUPTIONS
from contentmix.runs.robustness import kinds_of
from contentmix.thesis.tables import TABLES


def test_all_19_of_cifar_c_are_covered_where_their_files_are(tmp_path):
    assert kinds_of("generated") == tuple((name, severity) for name in CORRUPTIONS for severity in range(1, 6))
    assert kinds_of(str(tmp_path)) == kinds_of("generated")  # what is missing of these is an error
    (tmp_path / "saturate.npy").touch()
    assert {name for name, _ in kinds_of(str(tmp_path))} == {*CORRUPTIONS, "saturate"}
    for name in CIFAR_C:
        (tmp_path / f"{name}.npy").touch()
    assert len(CIFAR_C) == 19
    assert [name for name, severity in kinds_of(str(tmp_path)) if severity == 5] == list(CIFAR_C)


def test_table_3_2_wants_cifar_c_s_files_at_the_thesis_s_scale():
    assert TABLES["3.2"].scale("thesis").corruptions == "cifar-c"
