"""What a person opens the page of a run for."""

import base64
import io
import json
import re
from dataclasses import replace

import pytest
import torch
from PIL import Image

from contentmix.errors import DataError
from contentmix.report import DETAILS, Details, load_details, thumbnail, write_report
from contentmix.report.detail_figures import confusion_figure, coverage_figure
from tests.report.helpers import details, save_run


def save_with(folder, made, seed=0):
    made.save(save_run(folder, seed) / DETAILS)
    return folder


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    folder = save_with(tmp_path_factory.mktemp("page") / "run", details())
    return write_report([folder], folder / "report.html").read_text()


def test_they_come_back_as_they_were_and_are_not_asked_of_older_runs(tmp_path):
    folder = save_with(tmp_path / "run", details())
    assert load_details(folder) == details()
    (folder / DETAILS).unlink()
    assert load_details(folder) is None
    assert "Which classes it knows" not in write_report([folder], tmp_path / "page.html").read_text()


def test_classes_and_the_baseline_are_counted():
    cat, dog, owl = details().per_class
    assert [(each.train, each.test, each.right) for each in (cat, dog, owl)] == [(20, 5, 4), (40, 10, 10), (8, 5, 2)]
    assert [each.accuracy for each in (cat, dog, owl)] == [80, 100, 40]
    assert (cat.taken_for, dog.taken_for, owl.taken_for) == ("dog (1)", "", "cat (3)")
    # Dogs are most of the training images; 10 of 20 test images are dogs.
    assert (details().majority.name, details().baseline) == ("dog", 50)
    assert [counts for _, counts in details().matrix] == [[4, 1, 0], [0, 10, 0], [3, 0, 2]]
    assert details().decided == [(0.5, 100, 0.875), (0.9, 83.25, 0.5), (1, 80, 0.25)]


def test_a_class_without_test_images_has_no_accuracy_and_stands_last(tmp_path):
    made = replace(details(), confusions=[[0, 0, 4], [2, 0, 3]])
    page = write_report([save_with(tmp_path / "run", made)], tmp_path / "page.html").read_text()
    rows = re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td><td>(\d+ of \d+)", page)
    assert rows == [("&lt;owl&gt;", "0.0", "0 of 3"), ("cat", "100.0", "4 of 4"), ("dog", "-", "0 of 0")]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c.pop("views"),
        lambda c: c.update(confusions=[]),
        lambda c: c.update(confusions=[[0, 3, 1]]),
        lambda c: c.update(confusions=[[0, 1, 0]]),
        lambda c: c.update(confusions=[[0, 1]]),
        lambda c: c.update(train_counts=[1, 2]),
        lambda c: c.update(train_counts=[1, 2, -3]),
        lambda c: c["coverage"].pop("share"),
        lambda c: c["coverage"].update(share=[0.5]),
        lambda c: c["temperature"]["reliability"].update(count=[1]),
        lambda c: c["temperature"]["reliability"].update(accuracy=["high", 1]),
        lambda c: c["temperature"].update(value="warm"),
        lambda c: c["mistakes"][0].update(image="http://elsewhere/"),
        lambda c: c["mistakes"][0].update(image=base64.b64encode(b"<svg>").decode()),
        lambda c: c["mistakes"][0].update(probability=None),
    ],
)
def test_what_is_damaged_is_refused(tmp_path, spoil):
    path = save_with(tmp_path / "run", details()) / DETAILS
    content = json.loads(path.read_text())
    spoil(content)
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=f"{path} is not a record of details"):
        Details.load(path)


@pytest.mark.parametrize(
    "text",
    [
        # The figures first.
        "<b>90.0 %</b>of 60 test images are right", "<b>50.0 %</b>would be, if “dog” were said of all",
        "<b>40.0 %</b>in the hardest class, “&lt;owl&gt;” (2 of 5)", "<b>100.0 %</b>on the 50 % that it is surest of",
        "<b>6.2 points</b>between its probabilities and the truth, with temperature (ECE)", "<b>2 s</b>of training on cpu, 2 epochs",
        # Classes and confusions.
        '<tr><td>&lt;owl&gt;</td><td>40.0</td><td>2 of 5</td>', '<td class="text">cat (3)</td>', "would be right in 50.0 %",
        '<td style="--share: 0.45">3</td>', '<td style="--share: 0.00"></td>', '<td style="--share: 0.75">10</td>',
        # Pictures.
        '<span class="does-not-hold">cat</span>, is &lt;owl&gt;', "97 %, owls/&lt;1&gt;.jpg", '<span class="holds">dog</span>', "31 %, b.jpg",
        # Probabilities.
        'alt="as the network gives them"', 'alt="at temperature 1.500"', "Probabilities at &lt;T&gt;", "0.5000 at that temperature",
        "is by other temperatures: each half of the test set",
        # Doubts: what is left to a person, accuracy on the others, least probability.
        "<td>0 %</td><td>80.0</td><td>25 %</td>", "<td>10 %</td><td>83.2</td><td>50 %</td>", "<td>50 %</td><td>100.0</td><td>88 %</td>",
        'alt="accuracy over coverage"', "What it was trained on", 'alt="training loss"', "<h2>Cost</h2>",
    ],
)  # fmt: skip
def test_the_page_answers(html, text):
    assert text in html


def test_without_a_temperature_there_is_one_diagram(tmp_path):
    page = write_report([save_with(tmp_path / "run", details(temperature=1.0))], tmp_path / "page.html").read_text()
    assert "at temperature" not in page
    assert "at that temperature" not in page
    assert page.count('alt="as the network gives them"') == 1


def test_no_column_is_cut_and_figures_come_first(html):
    assert html.count("<table") == html.count('<div class="scroll"><table') >= 5
    style = html[: html.index("</style>")]
    # A table that is wider than its place scrolls in it, and shadows say so; neither a grid nor a row of panels is widened by it.
    assert ".scroll { overflow-x: auto; }" in style
    assert "100% no-repeat local" in style
    assert "100% no-repeat scroll" in style
    assert ".cards > * { min-width: 0; }" in style
    assert "minmax(min(100%, 34rem), 1fr)" in style, "a column is never wider than the screen"
    assert re.search(r"\.cards \.panels > \* \{[^}]*min-width: 0;", style)
    assert "overflow: hidden" not in style
    assert "text-overflow" not in style
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in html
    assert html.index('class="tiles"') < html.index("<table"), "a phone shows the figures first"


def test_the_page_is_dark_where_that_is_wanted_and_light_on_paper(html):
    assert "color-scheme: light dark" in html
    dark = html[html.index("@media screen and (prefers-color-scheme: dark)") :]
    assert "img.drawing { filter: invert" in dark[: dark.index("body {")]
    drawn = re.findall(r'<img[^>]*src="data:image/svg[^>]*>', html)
    assert drawn
    assert all('class="drawing"' in each for each in drawn)
    photos = re.findall(r'<img[^>]*src="data:image/(?:png|jpeg)[^>]*>', html)
    assert len(photos) == 3
    assert not any("drawing" in each for each in photos), "photos are not inverted"


def test_several_runs_have_theirs_folded(tmp_path):
    runs = [save_with(tmp_path / f"run{seed}", details(), seed) for seed in (0, 1)]
    page = write_report(runs, tmp_path / "page.html").read_text()
    assert page.count("<summary>mimo, seed") == 2
    assert page.count("Which classes it knows") == 2


def test_many_classes_are_a_picture_and_a_list_of_the_hardest(tmp_path):
    names, many = [f"class {i}" for i in range(25)], range(25)
    made = replace(details(), classes=names, train_counts=[5] * 25, confusions=[[i, i, i + 1] for i in many])
    page = write_report([save_with(tmp_path / "run", made)], tmp_path / "page.html").read_text()
    assert 'alt="confusion matrix"' in page
    assert 'class="matrix"' not in page
    assert "The other 5 classes" in page
    shares = confusion_figure(replace(made, confusions=[[0, 0, 3], [0, 2, 1], [4, 1, 2]])).axes[0].images[0].get_array()
    assert shares[0, [0, 1, 2]].tolist() == pytest.approx([0.75**0.5, 0, 0.5])
    assert shares[4, 1] == 1


def test_accuracy_is_drawn_over_the_share_that_is_decided():
    (axes,) = coverage_figure(details()).axes
    assert axes.lines[0].get_xdata().tolist() == [0.5, 0.9, 1.0]
    assert axes.lines[0].get_ydata().tolist() == [100.0, 83.25, 80.0]


@pytest.mark.parametrize(
    ("channels", "size", "kind", "side"), [(1, 16, "PNG", 16), (3, 32, "PNG", 32), (3, 224, "JPEG", 96)]
)
def test_a_thumbnail_is_small_and_small_images_stay_as_they_are(channels, size, kind, side):
    pixels = (torch.arange(channels * size * size) % 251).view(channels, size, size).byte()
    image = Image.open(io.BytesIO(base64.b64decode(thumbnail(pixels))))
    assert (image.format, image.size, len(image.getbands())) == (kind, (side, side), channels)
    if kind == "PNG":
        assert bytes(pixels.permute(1, 2, 0).reshape(-1).tolist()) == image.tobytes()
