"""What is built installs alone and works without the repository."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Python 3.11 has it from 3.11.4 on.
_SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"


def build(kind, source, out):
    """Call the build backend as pip does, in a process of its own; the file that it makes."""
    out.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", BUILD, f"build_{kind}", str(out)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (file,) = out.iterdir()
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from the sdist alone, so that this has all that is needed."""
    folder = tmp_path_factory.mktemp("dist")
    copied = ("src", "pyproject.toml", "README.md", "LICENSE")
    (folder / "repository").mkdir()
    for name in copied:
        source, target = ROOT / name, folder / "repository" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, target)
    sdist = build("sdist", folder / "repository", folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, **_SAFELY)
    return build("wheel", folder / sdist.name.removesuffix(".tar.gz"), folder / "wheel")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An empty environment with the wheel, and with the dependencies of this one but nothing of the repository."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False)
    (site,) = place.glob("lib/python*/site-packages")
    dependencies = next(path for path in sys.path if path.endswith("site-packages"))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        place / "bin" / "python",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    done = run(*pip, "--disable-pip-version-check", wheel, cwd=place)
    assert done.returncode == 0, done.stderr
    # Not a site folder: what is installed there in editable mode stays out.
    (site / "dependencies.pth").write_text(dependencies)
    return place / "bin"


def run(*words, cwd):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([*map(str, words)], cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_what_is_not_python_travels_too(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    templates = {path.name for path in (ROOT / "src" / "contentmix" / "report").glob("*.html")}
    assert templates == {Path(name).name for name in names if name.endswith(".html")}
    assert not [name for name in names if name.startswith(("tests", "docs", "benchmarks", "tools"))]
    assert "contentmix/py.typed" in names


def test_it_trains_where_there_is_no_repository(installed, tmp_path):
    where = run(
        installed / "python",
        "-c",
        "import contentmix; print(contentmix.__file__, contentmix.__version__)",
        cwd=tmp_path,
    )
    assert where.returncode == 0, where.stderr
    file, version = where.stdout.split()
    assert Path(file).is_relative_to(installed.parent)
    assert version == PROJECT["version"]
    quick = ["--epochs", 1, "--network", "wrn-10-1", "--batch-size", 128, "--no-progress", "--device", "cpu"]
    done = run(installed / "contentmix", "train", "cut-mixmo", "--data", "digits", *quick, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "top-1" in done.stdout
    assert (tmp_path / "runs" / "cut-mixmo-digits-seed0" / "report.html").is_file()


def test_the_version_stands_in_one_place():
    """Two documents repeat it, one of them as the last that it tells of."""
    assert str(yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]) == PROJECT["version"]
    told = re.findall(r"^## \[(\d[^]]*)]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert told[0] == PROJECT["version"]
