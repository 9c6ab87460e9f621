"""The import table of docs/architecture.md, held against the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "contentmix"
ROOT = {"batch", "catalogue", "choices", "devices", "digests", "durations", "errors", "files", "given", "keys"}
BELOW_TRAINING = {"options", "data", "mixing", "networks", "losses", "metrics", "subnetworks", "hybrids"}
ROOMS = {
    "options": set(),
    "data": set(),
    "mixing": set(),
    "networks": {"mixing"},
    "losses": set(),
    "metrics": set(),
    "subnetworks": {"mixing", "networks"},
    "hybrids": {"networks", "losses"},
    "training": BELOW_TRAINING,
    "report": set(),
    "runs": {"training", "report", *BELOW_TRAINING},
    "studies": {"runs", "report", "options"},
    "thesis": {"studies"},
    "transforms": {"mixing"},
    "api": {"studies", "runs", "report", "metrics", "networks", "data"},
    "cli": {"thesis", "studies", "runs", "report", "options", "data", "metrics", "networks"},
}


def imports(path: Path) -> set[str]:
    """Every module that ``path`` names in an import, wherever it stands in the file."""
    return imports_of(ast.parse(path.read_text()))


def imports_of(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
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


def test_only_the_search_imports_optuna():
    users = {
        path.stem for path in SOURCE.rglob("*.py") if any(name.split(".")[0] == "optuna" for name in imports(path))
    }
    assert users == {"search"}


def loads_of_torch(tree: ast.AST) -> list[ast.Call]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if ast.unparse(call.func) in {"torch.load", "torch.serialization.load"}]


def reads_weights_only(call: ast.Call) -> bool:
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return given.get("weights_only") == "True"


def test_no_module_can_unpickle():
    """One file reads what other programs saved by ``torch.save``: tensors and plain values, nothing that is executed."""
    readers = set()
    for path in SOURCE.rglob("*.py"):
        tree, named = ast.parse(path.read_text()), imports(path)
        assert not named & {"pickle", "cloudpickle", "dill", "joblib"}, path
        assert not named & {"torch.load", "torch.serialization", "torch.serialization.load"}, path
        if calls := loads_of_torch(tree):
            assert all(map(reads_weights_only, calls)), path
            readers.add(path.stem)
    assert readers == {"foreign_checkpoint"}


@pytest.mark.parametrize(
    "call", ["torch.load(f)", "torch.load(f, weights_only=False)", "torch.load(f, 'cpu', weights_only=maybe)"]
)
def test_a_load_that_could_unpickle_is_seen(call):
    (found,) = loads_of_torch(ast.parse(f"x = {call}"))
    assert not reads_weights_only(found)


def graph(room: str) -> dict[str, set[str]]:
    """Which modules of ``room`` each of them imports; those for type checkers alone do not count."""
    modules = {
        ".".join(("contentmix", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in (SOURCE / room).rglob("*.py")
    }
    found = {}
    for module, path in modules.items():
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                node.body = []
        named = imports_of(tree)
        # Of ``from a import b`` the module a, unless b is one too.
        found[module] = {other for other in named if other in modules and other != module}
    return found


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_no_room_has_a_circle(room):
    edges, done, under_way = graph(room), set(), []

    def visit(module):
        assert module not in under_way, f"a circle: {' -> '.join([*under_way[under_way.index(module) :], module])}"
        if module in done:
            return
        under_way.append(module)
        for other in sorted(edges[module]):
            visit(other)
        under_way.pop()
        done.add(module)

    for module in edges:
        visit(module)


def test_no_method_is_asked_by_name_what_it_can():
    """What training may ask of a method is in ``Method``, with defaults."""
    for room in ("training", "runs", "studies", "cli"):
        for path in (SOURCE / room).rglob("*.py"):
            assert not re.search(r"(getattr|hasattr)\((self\.)?(\w+\.)?method\b", path.read_text()), path


@pytest.mark.parametrize("room", ["options", "thesis"])
def test_what_only_declares_needs_nothing_heavy(room):
    """Help, lists and most mistakes are answered from these rooms."""
    modules = [
        ".".join(("contentmix", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
        for path in (SOURCE / room).rglob("*.py")
    ]
    code = f"import sys, importlib\nfor m in {modules!r}: importlib.import_module(m)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "numpy", "matplotlib", "timm", "torchvision"} & set(done.stdout.split())
