"""The script that makes records: what it gives to Python, and what of each run it keeps."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "records" / "gpu.sh"
MEASURED = ("results.json", "config.yaml", "metrics.csv", "usage.json", "corruptions.json", "cost.json", "ood.json")
NAMED = r'init: /a/b/half-seed0\n  "/a/b/half-seed0"\n'
# In place of Python: a study is one run with a file of every kind, and leaves what it was given.
STAND_IN = f"""#!/bin/sh
case "$2" in
  zipfile) echo "$4" >> unpacked.txt; exec {sys.executable} "$@" ;;
  contentmix) mkdir -p runs/half-seed0; for f in {" ".join(MEASURED)}; do printf '{NAMED}' > runs/half-seed0/$f; done
    {sys.executable} -c "import small; print(small.beside())" > given.txt ;;
esac
"""


@pytest.fixture
def perform(tmp_path):
    """Runs the script in a checkout of its own, with a wheel whose module reads a file beside it."""
    records = tmp_path / "docs" / "records"
    records.mkdir(parents=True)
    shutil.copy(SCRIPT, records)
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(STAND_IN)
    python.chmod(0o755)
    (tmp_path / "wheels").mkdir()
    with zipfile.ZipFile(tmp_path / "wheels" / "small-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("small/__init__.py", "import os\ndef beside(): return os.listdir(os.path.dirname(__file__))")
        wheel.writestr("small/version.info", "1.0")
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}", "NO_MPS": "1"}

    def run():
        words = ["bash", records / "gpu.sh", "cheap-ensembles", "runs"]
        subprocess.run(words, cwd=tmp_path, env=environment, check=True, timeout=60)
        return records / "cheap-ensembles-gpu" / "half-seed0"

    return run


def test_all_that_was_measured_of_a_run_is_kept_without_this_machine_s_folders(perform):
    record = perform()
    assert {path.name for path in record.iterdir()} == set(MEASURED)
    for name in ("config.yaml", "ood.json", "corruptions.json"):
        assert (record / name).read_text() == 'init: half-seed0\n  "half-seed0"\n'


def test_wheels_are_unpacked_once_and_imported(perform, tmp_path):
    for _ in range(2):
        perform()
        assert "version.info" in (tmp_path / "given.txt").read_text()
    assert len((tmp_path / "unpacked.txt").read_text().splitlines()) == 1
