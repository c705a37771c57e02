"""Rules of the house that a machine can check: layers, sizes, names, documentation, versions."""

import ast
import gc
import os
import re
import statistics
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture import counts, package
from tests.architecture.package import FILES, PACKAGE, ROOMS, ROOT, imports, room_of

pytestmark = pytest.mark.serial


@pytest.fixture(autouse=True, scope="module")
def parsed():
    """Every file, parsed once; nobody looks for garbage in the trees after each test."""
    for path in FILES:
        package.tree_of(path)
    gc.freeze()


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path):
    here = room_of(path)
    if here == "__init__":
        return  # names of all rooms for scripts, imported on first use
    for module in imports(path):
        if module.split(".")[0] == "dendrolith":
            there = package.place_of(module)
            assert ROOMS.index(there) <= ROOMS.index(here), f"{path} imports {module}"


def test_the_rooms_stand_in_contributing_as_they_may_import():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE)
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert set(listed) == folders
    assert [room for room in listed if room != "materials"] == [r for r in ROOMS if r in folders]


def test_no_circle_of_imports():
    assert package.circles() == []


def test_studies_do_not_import_each_other():
    for path in FILES:
        parts = path.relative_to(PACKAGE).parts
        if parts[0] == "studies" and len(parts) > 2:
            for module in imports(path):
                place = module.split(".")[1:]
                other = place[:1] == ["studies"] and place[1:2] != [parts[1]]
                assert not other or len(place) == 2, f"{path} imports {module}"


AT_POINTS = {"finite_strain", "finite_strain_3d", "j2", "points", "powder_cap"}  # NumPy at points


def test_physics_knows_ufl_only():
    allowed = {"__future__", "ufl", "dataclasses", "math", "typing", "dendrolith"}
    for path in (PACKAGE / "physics").glob("*.py"):
        more = {"numpy"} if path.stem in AT_POINTS else set()
        for module in imports(path):
            assert module.split(".")[0] in allowed | more, f"{path} imports {module}"


def names_of_studies() -> set[str]:
    """Names of fields and of columns that studies declare."""
    found: set[str] = set()
    for path in FILES:
        if room_of(path) == "studies":
            for node in ast.walk(package.tree_of(path)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Field":
                    found |= {node.args[0].value}
            found |= {text.split(" [")[0] for text in package.strings(path) if " [" in text}
    found -= {"newton_iterations", "krylov_iterations", "fallback_solves"}  # of any solver
    return {name for name in found if re.fullmatch(r"[a-z]+_\w+|xi|rho", name)}


def test_names_of_fields_and_columns_stand_in_physics_and_studies():
    names = names_of_studies()
    assert {"xi", "phi_el", "tip_height"} <= names
    for path in FILES:
        if room_of(path) not in ("physics", "studies"):
            own = {text for text in package.strings(path) if text.split(" [")[0] in names}
            assert not own, f"{path}: {own}"


def test_only_some_rooms_open_files():
    pattern = re.compile(r"\.open\(|\bopen\(|write_text|write_bytes|savefig|VTXWriter")
    for path in FILES:
        if room_of(path) not in ("results", "traces", "config", "domain"):
            text = path.read_text(encoding="utf-8").replace("os.open(os.devnull", "")
            assert not pattern.search(text), path


def test_reductions_live_in_parallel():
    pattern = re.compile(r"\.(allreduce|bcast|gather|allgather|reduce)\(")
    for path in FILES:
        if path.name == "parallel.py":
            continue
        assert not pattern.search(path.read_text(encoding="utf-8")), path


def test_counts():
    """What a new physics costs: where it is named, and who asks whether it is there."""
    found = counts.counts()
    for law in counts.SCALAR_LAWS:
        assert found[f"modules that name {law}"] <= 3, package.modules_that_name(law)
    assert found["tests of optional parts"] <= 25
    assert found[f"importers of {counts.CENTRE}"] < 10
    assert found["circles of imports"] == 0
    assert found["fmt: skip"] <= 20


def functions(tree: ast.AST):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1


def test_sizes():
    lengths = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        cap = {"physics": 200, "simulation": 120}.get(room_of(path), 400)
        assert len(text.splitlines()) <= cap, f"{path} is longer than {cap} lines"
        tree = ast.parse(text)
        for function in functions(tree):
            assert length(function) <= 60, f"{path}: {function.name} has {length(function)} lines"
            lengths.append(length(function))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                assert length(node) <= 200, f"{path}: class {node.name} has {length(node)} lines"
    assert statistics.median(lengths) <= 12


def test_public_names_are_documented_and_annotated():
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path} has no docstring"
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}: {node.name} has no docstring"
        nested = {inner for outer in functions(tree) for inner in functions(outer)[1:]}
        for function in functions(tree):
            where = f"{path}: {function.name}"
            if not function.name.startswith("_") and function not in nested:
                assert ast.get_docstring(function), f"{where} has no docstring"
            assert function.returns is not None, f"{where} has no return annotation"
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            for argument in arguments:
                assert argument.annotation or argument.arg in ("self", "cls"), (
                    f"{where}({argument.arg})"
                )
            assert function.args.kwarg is None, f"{where} takes **{function.args.kwarg}"
            for default in [*function.args.defaults, *filter(None, function.args.kw_defaults)]:
                assert not isinstance(default, ast.List | ast.Dict | ast.Set), (
                    f"{where}: mutable default"
                )


def test_answers_are_printed_in_one_way():
    """By `print_answer`, which bears that nobody reads them."""
    for path in FILES:
        if path.name == "cli_options.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [
            n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        ]
        assert not any(call.func.id == "print" for call in calls), path


def test_forbidden_names():
    for path in FILES:
        assert not re.search(r"\bphi_e\b", path.read_text(encoding="utf-8")), path
        assert path.stem not in {"utils", "manager", "handle"}, path


def test_versions_agree():
    import dendrolith

    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert dendrolith.__version__ == version
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {version}" in citation
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def tracked() -> list[str]:
    """Files of the repository that are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = filter(None, listed.stdout.decode().split("\0"))
    return [name for name in names if (ROOT / name).is_file()]


def anchors(page: Path) -> set[str]:
    """Names of the headings of a page, as links spell them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", [name for name in tracked() if name.endswith(".md")])
def test_links_of_a_page_exist(name):
    files, page = set(tracked()), ROOT / name
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = Path(os.path.normpath(page.parent / path)) if path else page
        assert str(there.relative_to(ROOT)) in files, target
        assert not anchor or anchor in anchors(there), target


def test_no_file_over_a_megabyte():
    for name in tracked():
        assert (ROOT / name).stat().st_size <= 1_000_000, name


def test_no_absolute_paths():
    """Of somebody's machine; a container has its own."""
    pattern = re.compile(rb"(?<![\w.}])/(home|root|work)/")
    for name in tracked():
        if not name.startswith("docker/"):
            assert not pattern.search((ROOT / name).read_bytes()), name


def test_theory_names_every_physical_parameter():
    """Symbol = YAML name: each number of a physics module has its place on the theory page."""
    theory = (ROOT / "solver" / "theory.md").read_text(encoding="utf-8")
    for path in (PACKAGE / "physics").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.value, ast.Call):
                continue
            if getattr(node.value.func, "id", "") == "quantity" and path.stem != "arrhenius":
                assert node.target.id in theory, f"{path.name}: {node.target.id}"
