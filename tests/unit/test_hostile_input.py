"""Input made to harm: refused at once, with little memory, and nothing is run."""

import cProfile
import os
import pstats
import subprocess
import sys

import pytest

from dendrolith.config.document import compose_text, is_null, is_number, is_whole_number, truth
from dendrolith.core.errors import ConfigError
from dendrolith.solvers.petsc_options import petsc_options, tuned
from dendrolith.studies.register import load

pytestmark = pytest.mark.serial

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)
TINY = """
geometry: {lithium_thickness: 8 um, electrolyte_thickness: 16 um, height: 14 um, depth: 14 um,
  mesh_size: 2 um}
protrusions: {count: COUNT, height: 5 um, width: 6 um}
materials: {lithium_set: Li, electrolyte_set: LLZO}
lithium_metal: {interface_width: 6 um, capillary_mobility: 2.8e-12 m^2/s}
kinetics: {exchange_current_density: 100 A/m^2}
control: [{voltage: 0.05 V}]
time: {end: 10 s}
output: {every: 1 s}
"""
HOSTILE = {
    "tag that runs code": ('!!python/object/apply:os.system ["touch harmed"]', "tags"),
    "tag on a key": ("!!python/name:os.system : 1", "tags"),
    "bomb of aliases": (BOMB, "anchors"),
    "alias of itself": ("a: &a [*a]", "anchors"),
    "brackets, 1e5 deep": ("[" * 100_000, "nested more than 32"),
    "braces, 1e5 deep": ("{a: " * 100_000, "nested more than 32"),
    "dashes, 1e5 deep": ("- " * 100_000, "nested more than 32"),
    "question marks, 1e5 deep": ("? " * 100_000, "nested more than 32"),
    "sections, 1e3 deep": ("".join(" " * k + "a:\n" for k in range(1000)), "nested more than 32"),
    "a hundred thousand keys": ("".join(f"a{k}: 1\n" for k in range(100_000)), "entries"),
    "a hundred thousand problems": ("geometry: 1\n" * 9_000, "problems more"),
    "a megabyte of one word": ("geometry: " + "x" * 999_000, "must be a section"),
    "a key of a megabyte": ("x" * 999_000 + ": 1", "not valid YAML"),
    "a number of a megabyte": ("time: {max_steps: " + "9" * 999_000 + "}", "too many digits"),
    "a length of a megabyte": ("time: {end: " + "9" * 999_000 + " s}", "not a number with"),
    "a power tower as unit": ("time: {end: 1 s^9^9^9^9^9}", "unreadable unit"),
    "a power tower as number": ("time: {end: 9**9**9**9 s}", "unreadable unit"),
    "a sentence as unit": ("time: {end: 1 thing else reads as in quickstart.yaml}", "unreadable"),
    "letters as unit": ("time: {end: 1 s s s s s s s s s s s s s s s s s s s.}", "unreadable unit"),
    "an escape of no character": ('a: "\\UFFFFFFFF"', "stands for no character"),
    "protrusions beyond count": (TINY.replace("COUNT", str(2**63 - 1)), "do not fit"),
    "protrusions of no width": (
        TINY.replace("COUNT", "9").replace("h: 6 um}", "h: 1e-9 um}"),
        "far below the mesh size",
    ),
    "lobes beyond count": ("anisotropy: {strength: 0.1, mode: 1000000000}", "at most 12"),
    "YAML 1.1": ("%YAML 1.1\n---\na: yes", "directives"),
    "a tag directive": ("%TAG !e! tag:x,2000:\n---\na: 1", "directives"),
    "a null character": ("a: \0", "not valid YAML"),
    "UTF-16": ("geometry: {}".encode("utf-16"), "not UTF-8"),
    "bytes of no text": (bytes(range(256)) * 100, "not UTF-8"),
    "100 MB": (None, "larger than"),
}
# Python calls that say "at once": six for each byte of the largest file, half a second to two
# of one core. Counted, because seconds belong to the machine.
MOST_CALLS = 6_000_000


def refuse(file, overrides=()):
    """The problems for which `file` is refused, with no more work than `MOST_CALLS`."""
    profile = cProfile.Profile(builtins=False)
    with profile, pytest.raises(ConfigError) as caught:
        load(file, overrides)
    assert pstats.Stats(profile).total_calls < MOST_CALLS
    return caught.value.problems


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_at_once(name, tmp_path):
    """In this process: work; what it says; that nothing was run."""
    content, complaint = HOSTILE[name]
    file = tmp_path / "case.yaml"
    if content is None:
        with file.open("wb") as opened:
            opened.truncate(100_000_000)
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = refuse(file)
    assert any(complaint in line for line in said), said[:3]
    assert len(said) <= 51
    assert all(len(line) < 600 + len(str(file)) for line in said)
    assert not (tmp_path / "harmed").exists()


CHECK = """
import pathlib, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))  # a hang is a failure, not a wait
from dendrolith.cli import main
code = main(["check", "case.yaml"])
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
sys.exit(code)
"""


@pytest.mark.parametrize("name", ["bomb of aliases", "brackets, 1e5 deep", "100 MB"])
def test_little_memory(name, tmp_path):
    """The whole command in a process of its own, from start to end."""
    content, _ = HOSTILE[name]
    (tmp_path / "case.yaml").write_bytes(
        b" " * 100_000_000 if content is None else content.encode()
    )
    done = subprocess.run(
        [sys.executable, "-c", CHECK], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert int(done.stdout) < 200_000  # kB


@pytest.mark.parametrize("make", ["mkdir", "mkfifo"])
def test_not_a_file(make, tmp_path):
    """A folder, and a pipe that nobody writes to: neither may hang."""
    getattr(os, make)(tmp_path / "case.yaml")
    with pytest.raises(ConfigError, match="is not a file"):
        load(tmp_path / "case.yaml")


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("[" * 100_000, "must look like"),
        ("geometry.height=" + "[" * 100_000, "is not a number with a unit"),
        ("title=" + "x" * 100_000, "longer than"),
        ("." * 100_000 + "=1", "deep: there is none"),
        ("geometry.height=!!python/object/apply:os.system ['x']", "is not a number with a unit"),
        ("title=\x1b[31m", "control characters"),
    ],
)
def test_hostile_overrides(override, complaint, tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text("title: a\n", encoding="utf-8")
    said = refuse(file, [override])
    assert any(complaint in line for line in said)
    assert all(len(line) < 600 + len(str(file)) for line in said)


# what YAML 1.2 makes of a plain scalar, and other readers do not
SCALARS = [
    ("1e-3", "number"), ("1E3", "number"), ("+.5", "number"), ("5.", "number"), ("-0", "number"),
    ("010", "number"), ("1_000", "text"), ("1:30", "text"), ("1,5", "text"), ("0x1F", "whole"),
    ("0o17", "whole"), ("0b11", "text"), ("1e", "text"), ("e3", "text"), ("1e3.5", "text"),
    (".inf", "text"), (".nan", "text"), ("nan", "text"), ("inf", "text"), ("true", "flag"),
    ("True", "flag"), ("FALSE", "flag"), ("yes", "text"), ("no", "text"), ("on", "text"),
    ("off", "text"), ("y", "text"), ("tRue", "text"), ("null", "null"), ("~", "null"), ("", "null"),
    ("none", "text"), ("2026-11-21", "text"), ("'1'", "text"), ('"true"', "text"), ("''", "text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), SCALARS, ids=[text or "nothing" for text, _ in SCALARS])
def test_scalars(text, kind):
    node = compose_text(f"key: {text}\n", "case.yaml").value[0][1]
    found = {
        "number": is_number(node),
        "flag": truth(node) is not None,
        "null": is_null(node),
        "whole": is_whole_number(node) and not is_number(node),
    }
    assert [name for name, holds in found.items() if holds] == ([] if kind == "text" else [kind])


@pytest.mark.parametrize(
    "text",
    [
        "-charge_ksp_rtol 1e-9 -charge_ksp_monitor",
        "-charge_fieldsplit_0_pc_type hypre -charge_fieldsplit_0_pc_hypre_boomeramg_P_max 6",
        "-elastic_mg_levels_ksp_type chebyshev -elastic_mg_levels_pc_type sor",
        "-coupled_mat_mumps_icntl_14 50 -coupled_snes_linesearch_type l2",
        "-lithium_pc_hypre_boomeramg_coarsen_type HMIS -lithium_pc_gamg_threshold -0.01",
    ],
)
def test_petsc_options_that_tune_are_let_through(text):
    options = petsc_options(text)
    assert len(options) == 2
    for name, value in options.items():
        prefix, rest = name.split("_", 1)
        changed = tuned({"kept": 1, rest: 2}, f"{prefix}_", text)
        assert changed["kept"] == 1
        assert changed[rest] == (value or "")


@pytest.mark.parametrize(
    "text",
    [
        "-charge_ksp_view ascii:/tmp/x", "-charge_ksp_monitor /tmp/x", "-charge_ksp_type python",
        "-charge_pc_type python", "-charge_pc_type shell", "-charge_pc_python_type os.PC",
        "-options_file x", "-malloc_dump", "-info :/tmp/x", "-dll_append x", "-log_view :x",
        "-charge_mat_mumps_icntl_22 1", "-charge_ksp_view_mat binary:x", "-on_error_abort",
        "-charge_pc_hypre_boomeramg_print_debug 1", "-charge_ksp_rtol /etc/passwd", "loose",
        "-charge_ksp_rtol 1 2", "-charge_ksp_rtol $(reboot)", "-charge_ksp_rtol 'a b'",
        "-charge_ksp_rtol 'unclosed", "-start_in_debugger", "-charge_options_left", "-", "--help",
        "-lithium_pc_type fieldsplit", "-charge_fieldsplit_0_pc_type fieldsplit",
        "-charge_fieldsplit_0_ksp_view draw", "-charge_snes_monitor_solution x",
    ],
)  # fmt: skip
def test_petsc_options_that_reach_further_are_refused(text):
    with pytest.raises(ValueError, match=r".") as caught:
        petsc_options(text)
    assert str(caught.value)
