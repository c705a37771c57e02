"""Inputs nobody thought of: configs after the declarations, and shipped files with bytes changed.

Both as Hypothesis strategies of what an input file holds, in bytes.
"""

from __future__ import annotations

import dataclasses
import typing
from pathlib import Path

from hypothesis import strategies as st

from dendrolith.config.document import compose_text
from tests.regression.fuzz_values import KEYS, at_bounds, broken, declared, extreme, tame
from tests.studies import RUNS

ROOT = Path(__file__).parents[2]
SHIPPED = [
    *RUNS,
    ROOT / "tests/unit/bad_configs/base.yaml",
]
# A plane cell with everything common and one in space, each of about a thousand nodes.
PLANE = """
geometry: {lithium_thickness: 10 um, electrolyte_thickness: 24 um, height: 24 um, mesh_size: 1 um}
protrusions: {count: 1, height: 5 um, width: 6 um}
pores:
  fraction: 0.1
  mean_diameter: 4.6 um
  seed: 3
  access: blocked
  walls: {wall_width: 2.1 um}
materials: {lithium_set: Li, electrolyte_set: LPSCl}
lithium_metal: {interface_width: 4 um, capillary_mobility: 2.8e-12 m^2/s}
kinetics: {exchange_current_density: 5000 A/m^2}
control:
- {current: 1 mA/cm^2, until: {charge: 1 C/cm^2, voltage_above: 0.5 V}}
- {voltage: 0.1 V}
elasticity: {pressure: 5 MPa}
time: {end: 10 s}
output: {every: 1 s}
"""
SPACE = """
geometry:
  lithium_thickness: 8 um
  electrolyte_thickness: 16 um
  height: 14 um
  depth: 14 um
  mesh_size: 2 um
  cell_type: hexahedron
protrusions: {count: 4, height: 5 um, width: 6 um}
materials: {lithium_set: Li, electrolyte_set: LLZO, pore: {poisson_ratio: 0.3}}
lithium_metal: {interface_width: 6 um, capillary_mobility: 2.8e-12 m^2/s}
kinetics: {exchange_current_density: 100 A/m^2, temperature: 330 K}
control: [{voltage: 0.05 V, until: {time: 1 min}}, {rest: 1 s}]
ion_transport: {transference_number: 0.4, reference_concentration: 1 mol/l}
time: {end: 10 s, scheme: backward_euler}
output: {every: 1 s}
"""


def plain(text: str) -> typing.Any:
    """Nodes as nested dictionaries and lists of text."""

    def inner(node: typing.Any) -> typing.Any:
        if isinstance(node.value, str):
            return node.value
        if node.id == "sequence":
            return [inner(entry) for entry in node.value]
        return {key.value: inner(value) for key, value in node.value}

    return inner(compose_text(text, "start"))


def lines(tree: typing.Any, depth: int = 0) -> typing.Iterator[str]:
    """YAML of nested dictionaries and lists; text stands as it is, whatever it breaks."""
    entries = tree.items() if isinstance(tree, dict) else [("-", entry) for entry in tree]
    for name, value in entries:
        head = "  " * depth + (name if name == "-" else f"{name}:")
        if isinstance(value, str) or not value:
            yield f"{head} {value or '{}'}" if not isinstance(value, str) else f"{head} {value}"
        else:
            yield head
            yield from lines(value, depth + 1)


def required(draw: st.DrawFn, kind: typing.Any, path: tuple[str | int, ...]) -> dict[str, object]:
    """A section with the keys it needs."""
    made: dict[str, object] = {}
    for key in declared(kind, path):
        if len(key.path) == len(path) + 1 and key.field.default is dataclasses.MISSING:
            section = dataclasses.is_dataclass(key.kind)
            made[str(key.path[-1])] = (
                required(draw, key.kind, key.path) if section else tame(draw, key)
            )
    return made


def enter(draw: st.DrawFn, tree: typing.Any, path: tuple[str | int, ...]) -> typing.Any:
    """The section that holds the last of a path, made where it is absent; None if it is none."""
    for depth, name in enumerate(path[:-1]):
        if isinstance(tree, list):
            tree = tree[draw(st.integers(0, len(tree) - 1))] if tree else None
        elif isinstance(tree, dict):
            if name not in tree:
                listed = isinstance(path[depth + 1], int)
                there = path[: depth + 1 + listed]
                kind = next(key.kind for key in KEYS if key.path == there)
                made = {} if path[0] == "materials" else required(draw, kind, there)
                tree[name] = [made] if listed else made
            tree = tree[name]
    return tree if isinstance(tree, dict) else None


def change(draw: st.DrawFn, tree: typing.Any) -> None:
    """Change, add or remove one key or section anywhere."""
    key = draw(st.sampled_from(KEYS))
    inside, name = enter(draw, tree, key.path), key.path[-1]
    if inside is None or isinstance(name, int):
        return
    how = draw(
        st.sampled_from(
            ["tame"] * 6 + ["bounds", "extreme", "extreme", "extreme", "broken", "remove"]
        )
    )
    if how == "remove":
        inside.pop(name, None)
    elif dataclasses.is_dataclass(key.kind):
        if how == "broken":
            inside[name] = broken(draw, key)
        elif name not in inside:
            inside[name] = required(draw, key.kind, key.path)
        elif key.field.default is not dataclasses.MISSING:
            del inside[name]
    elif how == "tame" or (how != "broken" and (key.kind in (bool, str))):
        inside[name] = tame(draw, key, inside.get(name))
    else:
        inside[name] = {"bounds": at_bounds, "extreme": extreme, "broken": broken}[how](draw, key)


@st.composite
def configs(draw: st.DrawFn) -> bytes:
    """A small cell with one to three keys changed as their declarations suggest."""
    tree = plain(draw(st.sampled_from([PLANE, PLANE, SPACE])))
    for _ in range(draw(st.integers(1, 3))):
        change(draw, tree)
    return ("\n".join(lines(tree)) + "\n").encode("utf-8", "surrogatepass")


PIECES = [
    b" ", b"\n", b"\t", b"#", b":", b"-", b"?", b"|", b">", b"{", b"}", b"[", b"]", b",", b"&a ",
    b"*a", b"!", b"%", b"@", b"'", b'"', b"\\", b"\0", b"\r", b"\xff", b"\xc2\x85", b"\xe2\x80\xa8",
    b"\xef\xbb\xbf", b"---\n", b"...\n", b"<<: ", b'"\\x', b'"\\U', b"e", b"E9", b"0", b"9", b".",
    b"/", b"^", b"um", b"\xc2\xb5m", b"- ", b": ", b"\n  ", b"1 m", b"true", b"~",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """Name of a shipped file, and its content with bytes, spans or lines changed."""
    file = draw(st.sampled_from(SHIPPED))
    content = bytearray(file.read_bytes())
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 1, 1, 2, 4, 30])))
        how = draw(
            st.sampled_from(["flip", "delete", "insert", "insert", "repeat", "line", "splice"])
        )
        if how == "flip" and start < len(content):
            content[start] ^= 1 << draw(st.integers(0, 7))
        elif how == "delete":
            del content[start:end]
        elif how == "insert":
            content[start:start] = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
        elif how == "repeat":
            content[end:end] = content[start:end] * draw(st.integers(1, 40))
        elif how == "line":
            rows = content.splitlines(keepends=True)
            row = draw(st.integers(0, max(len(rows) - 1, 0)))
            rows[row : row + 1] = draw(st.sampled_from([[], rows[row : row + 1] * 2]))
            content = bytearray(b"".join(rows))
        elif how == "splice":
            other = draw(st.sampled_from(SHIPPED)).read_bytes()
            content[start:] = other[draw(st.integers(0, len(other))) :]
    return file.name, bytes(content)
