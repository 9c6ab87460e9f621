"""Where a result comes from: software versions and, where known, the commit."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("contentmix", "torch", "torchvision", "timm", "pytorch-lightning", "numpy")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"  # its source is on the path


def commit() -> str | None:
    """The commit of the installed source, with ``+changes`` where the tree differs from it; None outside a checkout.

    $CONTENTMIX_COMMIT wins: a copy on another machine may have no history, or only a part of it.
    """
    named = os.environ.get("CONTENTMIX_COMMIT")
    if named:
        return named
    folder = Path(__file__).parent
    try:
        command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--dirty=+changes"]
        run = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.strip()
