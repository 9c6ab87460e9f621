"""Data sets of Hugging Face's library: as values, and by name from folders that it reads."""

import pytest
import torch
from PIL import Image

import contentmix as cm
from contentmix.catalogue import check_data_name, data_label, hub_address
from contentmix.runs.config import config_from
from contentmix.runs.continued import what_decides
from contentmix.runs.source import located

datasets = pytest.importorskip("datasets")
pytestmark = pytest.mark.filterwarnings("default")  # of the library

CLASSES = ["square", "bar"]


@pytest.fixture(scope="module", autouse=True)
def quiet(tmp_path_factory):
    datasets.disable_progress_bars()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
        yield


def image(label, bright=200):
    """A square, or a bar, 12 x 10 px, on black."""
    picture = Image.new("RGB", (12, 10))
    picture.paste((bright, 0, 0), (2, 2, 10, 8) if label == 0 else (5, 0, 7, 10))
    return picture


def table(count, names=CLASSES, **extra):
    """``count`` images whose classes alternate, by the order of ``names``."""
    labels = [names.index(CLASSES[i % 2]) for i in range(count)]
    columns = {"img": [image(i % 2, 100 + i) for i in range(count)], "kind": labels}
    features = {
        "img": datasets.Image(),
        "kind": datasets.ClassLabel(names=names),
        **{name: each[0] for name, each in extra.items()},
    }
    columns |= {name: each[1] for name, each in extra.items()}
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What ``datasets`` reads: parquet files named after splits."""
    place = tmp_path_factory.mktemp("hub") / "shapes"
    place.mkdir()
    table(20).to_parquet(place / "train-0.parquet")
    table(6).to_parquet(place / "test-0.parquet")
    return place


def test_a_dataset_is_data():
    source = cm.as_data(table(20), name="shapes")
    assert (source.classes, source.channels, source.image_size) == (("square", "bar"), 3, 10)
    assert (len(source.train), len(source.test)) == (16, 4)
    corner = source.train.images[:, 0, 2, 2]  # of a square it is red, of a bar black; the outer columns are cropped
    assert torch.equal(corner > 0, source.train.labels == 0)


def test_a_dict_of_datasets_says_what_is_tested_on():
    splits = datasets.DatasetDict({"train": table(20), "validation": table(4), "test": table(6)})
    assert len(cm.as_data(splits).test) == 6
    del splits["test"]
    assert len(cm.as_data(splits).test) == 4
    assert len(cm.as_data(datasets.DatasetDict({"everything": table(20)})).train) == 16
    with pytest.raises(cm.DataError, match="own has the splits a, b, and none is called train"):
        cm.as_data(datasets.DatasetDict({"a": table(4), "b": table(4)}))


def test_classes_are_found_by_their_names_in_whatever_order():
    source = cm.as_data(table(20), table(6, names=["bar", "square"]))
    assert torch.equal(source.test.images[:, 0, 2, 2] > 0, source.test.labels == 0)
    with pytest.raises(cm.DataError, match="class 'disc' of the test set of own is not among the 2 classes"):
        cm.as_data(table(20), table(6, names=["disc", "bar", "square"]).map(lambda _: {"kind": 0}))
    assert cm.as_data(table(20), classes=["Quadrat", "Balken"]).classes == ("Quadrat", "Balken")


def test_labels_of_text_and_of_plain_numbers():
    words = table(20).remove_columns("kind").add_column("label", [CLASSES[i % 2] for i in range(20)])
    source = cm.as_data(words)
    assert source.classes == ("bar", "square")
    assert torch.equal(source.train.images[:, 0, 2, 2] > 0, source.train.labels == 1)
    numbers = table(20).remove_columns("kind").add_column("target", [i % 2 for i in range(20)])
    assert cm.as_data(numbers).classes == ("0", "1")


def test_a_column_that_is_not_the_only_one_is_named():
    coarse = (datasets.ClassLabel(names=["all", "none"]), [i % 2 for i in range(20)])
    both = table(20, coarse=coarse)
    with pytest.raises(
        cm.DataError, match=r"more than one column of the training set of own could be the label .*kind \(ClassLabel\)"
    ):
        cm.as_data(both)
    assert cm.as_data(both, label_column="coarse").classes == ("all", "none")
    with pytest.raises(cm.DataError, match="has no column 'fine' for the label"):
        cm.as_data(both, label_column="fine")
    with pytest.raises(cm.DataError, match="no column of the training set of own could be the image"):
        cm.as_data(table(4).remove_columns("img"))


def test_large_images_are_brought_to_224_px():
    photo = datasets.Dataset.from_dict(
        {"img": [Image.new("L", (300, 260))] * 10, "label": [0, 1] * 5},
        features=datasets.Features({"img": datasets.Image(), "label": datasets.ClassLabel(names=CLASSES)}),
    )
    assert cm.as_data(photo).train.images.shape[1:] == (1, 224, 224)
    assert cm.as_data(photo, image_size=32).image_size == 32


def test_a_run_names_what_the_library_reads(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder.parent)
    run = cm.train(
        "supervised",
        data=f"hf:{folder}",
        network="wrn-10-1",
        epochs=1,
        batch_size=8,
        progress=False,
        out=tmp_path / "run",
    )
    assert run.record.final.images == 6
    assert run.config.run.data == f"hf:{folder}"
    assert cm.evaluate_run(run).top1 == run.record.final.top1
    assert cm.evaluate_run(run, data=table(6, names=["bar", "square"])).top1 == run.record.final.top1
    assert (
        located(config_from({"method": "mimo", "data": "hf:shapes?label=kind"}).run).data == f"hf:{folder}?label=kind"
    )


def test_splits_and_columns_are_named_after_the_name(folder):
    source = cm.load_data(f"hf:{folder}?train=test&test=train&image=img&label=kind")
    assert (source.name, len(source.train), len(source.test)) == ("shapes", 6, 20)
    with pytest.raises(cm.UsageError, match=r"have no split 'dev' \(there are: train, test\)"):
        cm.load_data(f"hf:{folder}?train=dev")
    with pytest.raises(cm.DataError, match="cannot be read"):
        cm.load_data(f"hf:{folder}?config=other")


def test_names_of_the_hub(tmp_path):
    assert hub_address("hf:uoft/cifar100@main?label=fine_label") == ("uoft/cifar100", "main", {"label": "fine_label"})
    assert data_label("hf:uoft/cifar100@main?label=fine_label") == "cifar100"
    for name, said in (
        ("hf:a/b?lable=x", "unknown word 'lable'; did you mean 'label'"),
        ("hf:", "name no set of the hub"),
    ):
        with pytest.raises(cm.UsageError, match=said):
            check_data_name(name)
    config = config_from({"method": "mimo", "data": "hf:a/b"})
    assert what_decides(config, tmp_path)["data"] == "hf:a/b", "unlike a folder, it does not move"


def test_without_the_library_its_extra_is_named(monkeypatch):
    monkeypatch.setattr("contentmix.data.hub.find_spec", lambda _: None)
    with pytest.raises(cm.UsageError, match=r"pip install 'contentmix\[hub\]'"):
        cm.load_data("hf:a/b")
