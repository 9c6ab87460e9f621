"""A run as a page in the browser, and what the page answers."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec

import pytest
from PIL import Image

from contentmix.data import load_data
from contentmix.errors import DataError, UsageError
from contentmix.runs.config import Config
from contentmix.runs.demo import answer, pair_kind, pair_picture
from contentmix.runs.mix_pictures import mixed_photos
from contentmix.runs.model import load_model
from tests.cli.helpers import contentmix, one_line


@pytest.fixture
def photos(tmp_path):
    """Two digits as files."""
    test = load_data("digits").test
    paths = [tmp_path / f"{i}.png" for i in range(2)]
    for path, image in zip(paths, test.images, strict=False):
        Image.fromarray(image[0].numpy()).save(path)
    return paths


def test_without_gradio_one_line_says_what_to_install(run, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert contentmix("demo", run) == 2
    assert one_line(capsys) == "contentmix: the demo needs its extra: pip install 'contentmix[demo]'"


def test_a_photo_is_answered_by_classes_doubt_and_votes(run, photos, tmp_path):
    model = load_model(run)
    said = answer(model, photos[0])
    values = list(said.probabilities.values())
    assert len(values) == 5
    assert values == sorted(values, reverse=True)
    best = next(iter(said.probabilities))
    assert said.words.startswith(f"{best}, {100 * values[0]:.1f} %; doubt 0.")
    assert len(said.votes) == 2
    assert set(said.votes) <= set(model.inputs.classes)
    (tmp_path / "broken.png").write_text("no image")
    with pytest.raises(DataError, match="broken.png"):
        answer(model, tmp_path / "broken.png")


def test_two_photos_are_mixed_as_the_run_mixes(run, photos):
    model = load_model(run)
    assert pair_kind(model) == "mixes"
    first, again, other = (pair_picture(model, *photos, seed) for seed in (0, 0, 1))
    assert first == again != other
    assert first.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("method", "options"), [("supervised", {"mix": "cutmix"}), ("mixmatch", {}), ("mixvit", {"members": 3})]
)
def test_any_mix_of_images_is_shown(method, options):
    a, b = load_data("digits").test.images[:2].float() / 255
    assert mixed_photos(Config(method, options), a, b, 2, 0).startswith(b"\x89PNG")
    with pytest.raises(UsageError, match="supervised with mix none mixes nothing"):
        mixed_photos(Config("supervised"), a, b, 2, 0)


@pytest.mark.skipif(find_spec("gradio") is None, reason="needs the extra demo")
def test_the_page_is_served_to_this_machine_alone(run, photos):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "contentmix", "demo", run, "--port", port]
    with subprocess.Popen([*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            page = served(f"http://127.0.0.1:{port}/", server)
            assert "Two photos: mixes" in page
            assert "googleapis" not in page
            with socket.socket() as other:
                assert other.connect_ex(("127.0.0.2", port)) != 0, "no other address answers"
            path = upload(port, photos[0])
            said = call(port, "predict", [{"path": path, "meta": {"_type": "gradio.FileData"}}])
            assert "doubt 0." in said
            assert '"confidences"' in said
            photos[1].write_text("no image")
            broken = {"path": upload(port, photos[1]), "orig_name": "1.png", "meta": {"_type": "gradio.FileData"}}
            for name, data in (("predict", [broken]), ("combine", [broken, broken, 0])):
                assert "cannot be read (it is no image)" in call(port, name, data)
        finally:
            server.terminate()
        assert "Traceback" not in server.stdout.read()


def served(address, server):
    for _ in range(240):
        assert server.poll() is None, server.stdout.read()
        try:
            with urllib.request.urlopen(address) as found:
                return found.read().decode()
        except OSError:
            time.sleep(0.5)
    raise AssertionError("nothing was served for two minutes")


def upload(port, path):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n%b\r\n--x--\r\n'
        % path.read_bytes()
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    with urllib.request.urlopen(
        urllib.request.Request(f"http://127.0.0.1:{port}/gradio_api/upload", body, kind)
    ) as found:
        return json.load(found)[0]


def call(port, name, data):
    address = f"http://127.0.0.1:{port}/gradio_api/call/{name}"
    kind = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address, json.dumps({"data": data}).encode(), kind)) as found:
        event = json.load(found)["event_id"]
    with urllib.request.urlopen(f"{address}/{event}") as found:
        return found.read().decode()
