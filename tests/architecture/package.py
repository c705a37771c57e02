"""The package as the rules of the house see it: files, rooms, imports, names, counts."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "solver" / "dendrolith"
FILES = sorted(PACKAGE.rglob("*.py"))
# From the ground up: a file imports from its own room or from rooms before it.
ROOMS = (
    "core", "physics", "control", "domain", "fields", "shapes", "config", "solvers", "schemes",
    "observables", "traces", "studies", "results", "impedance", "networks", "sweeps", "convergence",
    "simulation", "doctor",
    "cli_options", "cli_run", "cli_verbs", "cli_sweep", "cli_converge", "cli_creep",
    "cli_impedance", "cli_signals", "cli",
    "__init__", "__main__",
)  # fmt: skip
# Words of an optional part of a plating cell: who compares one of them asks whether it is there.
OPTIONAL_PARTS = {
    "activation_volume", "anisotropy", "arrhenius", "binary", "coupling", "damage",
    "elastic", "elasticity", "evolution", "ion_transport", "ionic_conductivity_ratio", "islands",
    "mechanics", "noise", "pores", "protrusions", "salt", "concentrations", "scheme", "stress",
    "surface_mobility", "voltage_unknown",
}  # fmt: skip


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path: Path) -> str:
    """Dotted name of a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def room_of(path: Path) -> str:
    """Folder below the package, or the file itself where it lies at the top."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def place_of(module: str) -> str:
    """The room of an imported module."""
    return module.split(".")[1] if "." in module else "__init__"


MODULES = {module_of(path): path for path in FILES}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """All that a file imports, inside functions and for the type checker too."""
    found: list[str] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names = (f"{module}.{name.name}" for name in node.names)
            found += [name if name in MODULES else module for name in names]
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names]
    return tuple(dict.fromkeys(found))


def circles() -> list[list[str]]:
    """Modules that import each other, directly or not."""
    names = list(MODULES)
    pairs = [
        (names.index(module), names.index(other))
        for module, path in MODULES.items() for other in imports(path) if other in MODULES
        if other != module
    ]  # fmt: skip
    graph = coo_array((np.ones(len(pairs)), tuple(zip(*pairs, strict=True))), (len(names),) * 2)
    count, label = connected_components(graph, connection="strong")
    members = [[m for m, k in zip(names, label, strict=True) if k == c] for c in range(count)]
    return [circle for circle in members if len(circle) > 1]


@cache
def docstrings(path: Path) -> set[int]:
    """Identities of the constants of a file that are docstrings or stand alone."""
    return {
        id(node.value) for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip


def strings(path: Path) -> list[str]:
    """Texts of a file that are no docstrings."""
    return [
        node.value for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and id(node) not in docstrings(path)
    ]  # fmt: skip


def names(path: Path) -> set[str]:
    """Identifiers of a file: names, attributes, arguments, keywords, imported modules."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        for attribute in ("id", "attr", "arg", "name"):
            value = getattr(node, attribute, None)
            if isinstance(value, str):
                found |= set(value.split("."))
        if isinstance(node, ast.ImportFrom):
            found |= set((node.module or "").split("."))
    return found


def modules_that_name(law: str) -> list[str]:
    """Modules in whose code (docstrings aside) a law occurs as a name or as a text.

    Signals have a noise of their own: the room of traces does not count.
    """
    word = re.compile(rf"(^|_){law}(_|$)", re.IGNORECASE)
    return [
        module for module, path in MODULES.items()
        if room_of(path) != "traces" and (any(word.search(name) for name in names(path))
        or any(text == law or text.startswith(f"{law}.") for text in strings(path)))
    ]  # fmt: skip


def _subject(node: ast.expr) -> str:
    """Last word of what is compared."""
    if isinstance(node, ast.Attribute):
        return node.attr.lstrip("_")
    return node.id.lstrip("_") if isinstance(node, ast.Name) else ""


def questions(path: Path) -> list[int]:
    """Lines that ask whether an optional part is there, or which kind of it."""
    lines = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Compare):
            asked = [_subject(node.left)]
        elif isinstance(node, ast.If | ast.IfExp):
            asked = [_subject(node.test)]
        elif isinstance(node, ast.BoolOp):
            asked = [_subject(value) for value in node.values]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            asked = [_subject(node.operand)]
        else:
            continue
        lines += [node.lineno for word in asked if word in OPTIONAL_PARTS]
    return lines
