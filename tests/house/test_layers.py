"""The import table of docs/architecture.md, held against the code."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "contentmix"
ROOT = {"batch", "keys", "errors", "files"}
ROOMS = {
    "data": set(),
    "mixing": set(),
    "networks": {"mixing"},
    "losses": set(),
    "metrics": set(),
    "subnetworks": {"mixing", "networks"},
    "hybrids": {"networks", "losses"},
    "training": {"data", "mixing", "networks", "losses", "metrics", "subnetworks", "hybrids"},
    "experiments": {"training", "data", "mixing", "networks", "losses", "metrics", "subnetworks", "hybrids", "report"},
    "report": set(),
    "cli": {"experiments", "report", "data", "metrics", "networks"},
}


def imports(path: Path) -> set[str]:
    """Every module that ``path`` names in an import, wherever it stands in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.update({node.module} | {f"{node.module}.{alias.name}" for alias in node.names})
    return found


def rooms_named(path: Path) -> set[str]:
    parts = (name.split(".") for name in imports(path) if name.startswith("contentmix."))
    return {part[1] for part in parts if (SOURCE / part[1]).is_dir()}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_the_table_allows(room):
    for path in (SOURCE / room).rglob("*.py"):
        surplus = rooms_named(path) - ROOMS[room] - {room}
        assert not surplus, f"{path.relative_to(SOURCE)} imports {sorted(surplus)}"


def test_every_folder_is_in_the_table():
    assert {path.parent.name for path in SOURCE.glob("*/__init__.py")} <= set(ROOMS)


def test_root_modules_import_nothing_of_ours_but_each_other():
    for name in ROOT:
        assert not rooms_named(SOURCE / f"{name}.py")


def test_networks_use_nothing_of_mixing_but_apply():
    for path in (SOURCE / "networks").rglob("*.py"):
        assert not {name for name in imports(path) if name.startswith("contentmix.mixing")} - {
            "contentmix.mixing.apply",
            "contentmix.mixing.apply.mix_images",
            "contentmix.mixing.apply.mix_members",
        }


def test_only_training_imports_lightning():
    users = {
        path.relative_to(SOURCE).parts[0]
        for path in SOURCE.rglob("*.py")
        if any(name.split(".")[0] in {"pytorch_lightning", "lightning"} for name in imports(path))
    }
    assert users == {"training"}


def test_only_the_cluster_imports_ray():
    users = {path.stem for path in SOURCE.rglob("*.py") if any(name.split(".")[0] == "ray" for name in imports(path))}
    assert users == {"cluster"}


def test_no_module_can_unpickle():
    for path in SOURCE.rglob("*.py"):
        named = imports(path)
        assert not named & {"pickle", "cloudpickle", "dill", "joblib"}, path
        assert "torch.load(" not in path.read_text(), path
