"""``python -m benchmarks device [--record]``: on an accelerator, is it right, and how fast.

One call does all that needs the card, in four minutes at most. Each part is a process of its own with its share of the time, so
that one that dies, or hangs, takes only itself along; what it had found stays. Without an accelerator the parts are tried in
miniature on the CPU, and nothing is recorded.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT = 232.0  # seconds, of the whole
# Name, and the latest time at which it must be done.
PARTS = {"steps": 85.0, "speed": 170.0, "compiled": LIMIT}
RECORD = Path("docs/records/device.json")


def main(words: list[str]) -> int:
    """Run the parts; 0 where all that was tried is good, or where there is no accelerator and nothing went wrong."""
    start, found = time.monotonic(), []
    from benchmarks.device.bare import provide

    lacking = provide()
    import torch

    from contentmix.devices import device_of

    device = device_of("auto").type
    name = torch.cuda.get_device_name() if device == "cuda" else device
    if device == "cpu":
        print("There is no accelerator here: the parts are tried in miniature on the CPU, and nothing is recorded.")
    print(
        f"device: {name}, torch {torch.__version__}, python {sys.version.split()[0]}, stood in for: {lacking or 'nothing'}",
        flush=True,
    )
    for part, until in PARTS.items():
        if part == "compiled" and device != "cuda":
            continue
        # What is tried on a CPU may take its time; on a card all parts share theirs.
        left = 600.0 if device == "cpu" else until - (time.monotonic() - start)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "found.jsonl"
            command = [sys.executable, "-m", "benchmarks.device", part, device, str(path), str(left - 5)]
            begun = time.monotonic()
            try:
                code = subprocess.run(command, timeout=max(left, 1.0)).returncode
            except subprocess.TimeoutExpired:
                code = "out of time"
            lines = path.read_text().splitlines() if path.exists() else []
        found += [json.loads(line) for line in lines]
        if code:
            note = {"check": {"name": f"part {part}", "good": code == "out of time", "note": f"ended with {code}"}}
            found.append(note)
        print(f"part {part}: {code or 'done'}, {time.monotonic() - begun:.0f} s", flush=True)
    return summary(found, name, device != "cpu" and "--record" in words)


def summary(found: list[dict], name: str, record: bool) -> int:
    """Print what is not good, write the record where asked, and return the exit code."""
    from benchmarks.timing import Measurement
    from contentmix.runs.provenance import commit, versions

    figures = [entry["figure"] for entry in found if "figure" in entry]
    checks = [entry["check"] for entry in found if "check" in entry]
    left_out = [entry["left_out"] for entry in found if "left_out" in entry]
    missed = [
        f"{each['name']}: {each['value']:.4g}, must be {' '.join(map(str, each['bound']))}"
        for each in figures
        if not Measurement(**{**each, "bound": each["bound"] and tuple(each["bound"])}).holds
    ]
    bad = [f"{each['name']}: {each['note']}" for each in checks if not each["good"]]
    for title, lines in (("left out", left_out), ("missed", missed), ("BAD", bad)):
        for line in lines:
            print(f"{title}: {line}")
    print(f"{len(checks) - len(bad)} of {len(checks)} checks good, {len(figures)} figures, {len(missed)} bounds missed")
    if record:
        source = {"device": name, "versions": versions(), "commit": commit()}
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(
            json.dumps({**source, "checks": checks, "figures": figures, "left_out": left_out}, indent=2) + "\n"
        )
        print(f"wrote {RECORD}")
    return int(bool(bad or missed))


def run_part(part: str, kind: str, path: str, seconds: float) -> None:
    """What a process of its own does."""
    from benchmarks.device.bare import provide

    provide()
    import logging
    import warnings

    import torch

    from benchmarks.device import speed, trained
    from benchmarks.device.parts import Report

    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    device = torch.device("cuda", 0) if kind == "cuda" else torch.device(kind)
    {"steps": trained.part, **speed.PARTS}[part](Report(path, seconds), device)
