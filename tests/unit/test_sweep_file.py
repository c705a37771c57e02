"""A sweep file: what its blocks give, and what is refused with line and column."""

import ast
import csv
import itertools
import shlex
import subprocess
import sys

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.studies.register import load
from dendrolith.sweeps.collect import collect
from dendrolith.sweeps.engine import How, run_sweep
from dendrolith.sweeps.expand import expand
from dendrolith.sweeps.folder import open_sweep
from dendrolith.sweeps.plan import read_plan
from dendrolith.sweeps.points import points_of
from dendrolith.sweeps.status import sweep_status
from tests.studies import CONFIGS, SWEEPS

pytestmark = pytest.mark.serial

BASE = CONFIGS / "circuit" / "leaky_cell.yaml"
R, J = "circuit.series_resistance", "control.0.current"


def plan_of(text, folder):
    path = folder / "sweep.yaml"
    path.write_text(f"base: {BASE}\n{text}", encoding="utf-8")
    return path


def parameters(text, folder, *keys):
    points = points_of(read_plan(plan_of(text, folder)))
    return [tuple(point.parameters[key].value for key in keys) for point in points]


def test_a_grid_has_every_combination(tmp_path):
    text = (
        f"grid:\n  {R}: [1 Ohm m^2, 2 Ohm m^2]\n  {J}: {{from: 1 A/m^2, to: 3 A/m^2, count: 3}}\n"
    )
    assert parameters(text, tmp_path, R, J) == list(itertools.product((1.0, 2.0), (1.0, 2.0, 3.0)))


def test_ranges_have_units_and_spacings(tmp_path):
    text = f"grid:\n  {J}: {{from: 0.1 mA/cm^2, to: 100 A/m^2, count: 3, spacing: log}}\n"
    np.testing.assert_allclose(parameters(text, tmp_path, J), [(1.0,), (10.0,), (100.0,)])


def test_zip_takes_first_with_first(tmp_path):
    text = f"zip:\n  {R}: [1 Ohm m^2, 2 Ohm m^2]\n  {J}: [5 A/m^2, 6 A/m^2]\n"
    assert parameters(text, tmp_path, R, J) == [(1.0, 5.0), (2.0, 6.0)]


def test_a_list_may_name_other_keys_in_each_point(tmp_path):
    points = points_of(
        read_plan(plan_of(f"list:\n- {{{R}: 3 Ohm m^2}}\n- {{{J}: 6 A/m^2}}\n", tmp_path))
    )
    assert [p.config.circuit.series_resistance for p in points] == [3.0, 0.002]
    assert [p.config.control[0].current for p in points] == [50.0, 6.0]


def test_null_leaves_a_section_out(tmp_path):
    text = f"base: {CONFIGS / 'quickstart.yaml'}\nlist:\n- {{pores: null}}\n- {{pores.seed: 2}}\n"
    (tmp_path / "sweep.yaml").write_text(text, encoding="utf-8")
    without, other = points_of(read_plan(tmp_path / "sweep.yaml"))
    assert without.config.pores is None
    assert other.config.pores.seed == 2
    assert not any(key.startswith("pores") for key in without.parameters)


def test_a_latin_hypercube_has_one_point_in_each_part(tmp_path):
    text = (
        "latin_hypercube:\n  count: 20\n  seed: 7\n  over:\n"
        f"    {R}: {{from: 1 Ohm m^2, to: 2 Ohm m^2}}\n"
        f"    {J}: {{from: 1 A/m^2, to: 100 A/m^2, spacing: log}}\n"
    )
    found = np.array(parameters(text, tmp_path, R, J))
    shares = np.column_stack([found[:, 0] - 1, np.log10(found[:, 1]) / 2])
    for column in shares.T:
        assert sorted(np.floor(20 * column).astype(int)) == list(range(20))
    assert (found == np.array(parameters(text, tmp_path, R, J))).all()
    other = parameters(text.replace("seed: 7", "seed: 8"), tmp_path, R, J)
    assert not (found == np.array(other)).any()


def test_a_latin_hypercube_takes_every_whole_number(tmp_path):
    text = "latin_hypercube:\n  count: 8\n  seed: 7\n  over: {time.max_steps: {from: 10, to: 3}}\n"
    assert sorted(parameters(text, tmp_path, "time.max_steps")) == [(n,) for n in range(3, 11)]


def test_seeds_and_blocks_multiply(tmp_path):
    base = CONFIGS / "quickstart.yaml"
    source = {
        "base": str(base),
        "set": {"time.end": "3 s"},
        "grid": {"elasticity.pressure": ["1 MPa", "2 MPa"]},
        "seeds": {"keys": ["pores.seed"], "count": 3, "first": 10},
    }
    points = points_of(read_plan(source))
    assert [(p.config.elasticity.pressure, p.config.pores.seed) for p in points] == list(
        itertools.product((1e6, 2e6), (10, 11, 12))
    )
    assert {p.config.time.end for p in points} == {3.0}
    assert len({p.name for p in points}) == 6


def test_names_are_those_of_the_resolved_inputs(tmp_path):
    """Other words for the same values are the same point; other values or defaults are not."""
    names = [
        points_of(read_plan(plan_of(f"grid:\n  {J}: [{value}]\n", tmp_path)))[0].name
        for value in ("50 A/m^2", "5 mA/cm^2", "51 A/m^2")
    ]
    assert names[0] == names[1] != names[2]
    titled = points_of(read_plan(plan_of("grid:\n  title: [a name]\n", tmp_path)))
    assert titled[0].name == names[0]


def test_expanding_writes_inputs_an_index_and_scripts(tmp_path):
    path = plan_of(f"grid:\n  {J}: [25 A/m^2, 50 A/m^2]\n", tmp_path)
    made = expand(path, tmp_path / "out")
    assert (made.new, made.left) == (2, 0)
    with (tmp_path / "out" / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row[f"{J} [A/m^2]"]) for row in rows] == [25.0, 50.0]
    for row, current in zip(rows, (25.0, 50.0), strict=True):
        config = load(tmp_path / "out" / "points" / row["point"] / "config.yaml")
        assert config.control[0].current == current
    array = (tmp_path / "out" / "array.sh").read_text(encoding="utf-8")
    assert len(array.splitlines()) <= 40
    assert "#SBATCH --array=1-2%100" in array
    subprocess.run(["bash", "-n", str(tmp_path / "out" / "array.sh")], check=True)


@pytest.mark.parametrize("name", ["a folder", "it's $1; #", "two\nlines"])
def test_scripts_and_words_bear_any_name_of_a_folder(tmp_path, name, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = plan_of(f"grid:\n  {J}: [1 A/m^2]\n", tmp_path)
    assert main(["sweep", "expand", str(path), "--out", name]) == 0
    assert f"dendrolith sweep run {shlex.quote(name)} --cores 2" in capsys.readouterr().out
    subprocess.run(["bash", "-n", "array.sh"], cwd=name, check=True)
    ast.parse(
        (tmp_path / name / "Snakefile").read_text(encoding="utf-8").partition("localrules")[0]
    )


def test_extending_keeps_what_is_there(tmp_path):
    out = tmp_path / "out"
    first = expand(plan_of(f"grid:\n  {J}: [25 A/m^2, 50 A/m^2]\n", tmp_path), out)
    config = out / "points" / first.points[0] / "config.yaml"
    before = config.stat().st_mtime_ns
    text = f"grid:\n  {J}: [25 A/m^2, 75 A/m^2, 50 A/m^2]\n"
    second = expand(plan_of(text, tmp_path), out)
    assert (len(second.points), second.new, second.left) == (3, 1, 0)
    assert set(first.points) < set(second.points)
    assert config.stat().st_mtime_ns == before
    fewer = expand(plan_of(f"grid:\n  {J}: [25 A/m^2]\n", tmp_path), out)
    assert (fewer.new, fewer.left) == (0, 2)


def test_forms_of_a_new_kind_are_compiled_before_their_points(tmp_path):
    """Only those: what stands in the folder is not asked to compile its forms again."""
    out, base = tmp_path / "out", str(CONFIGS / "quickstart.yaml")
    words = {"elasticity.coupling": ["driving_force"]}
    numbers = {"elasticity.pressure": ["1 MPa", "2 MPa"]}
    first = expand({"base": base, "grid": words | numbers}, out)
    assert first.folder.facts["warm"] == [first.points[0]]
    (out / "forms.ready").touch()
    numbers["elasticity.pressure"].insert(0, "0.5 MPa")
    more = expand({"base": base, "grid": words | numbers}, out)
    assert more.folder.facts["warm"] == [first.points[0]]
    assert (out / "forms.ready").exists()
    words["elasticity.coupling"].append("overpotential")
    other = expand({"base": base, "grid": words | numbers}, out)
    assert len(other.folder.facts["warm"]) == 2
    assert not (out / "forms.ready").exists()


def test_files_are_kept_once_and_a_sweep_can_be_moved(tmp_path):
    source = {
        "base": str(CONFIGS / "images" / "pores.yaml"),
        "grid": {"elasticity.pressure": ["1 MPa", "2 MPa"]},
    }
    made = expand(source, tmp_path / "out")
    assert len(list((tmp_path / "out" / "files").iterdir())) == 1
    (tmp_path / "out").rename(tmp_path / "moved")
    for name in made.points:
        config = load(tmp_path / "moved" / "points" / name / "config.yaml")
        assert config.pores.image.startswith(str(tmp_path / "moved" / "files"))


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_files_that_a_machine_lost_are_kept_again(tmp_path, damage):
    """With the inputs that name them still there."""
    base = str(CONFIGS / "images" / "pores.yaml")
    source = {"base": base, "grid": {"elasticity.pressure": ["1 MPa", "2 MPa"]}}
    expand(source, tmp_path / "out")
    (kept,) = (tmp_path / "out" / "files").iterdir()
    before = kept.read_bytes()
    damage(kept)
    assert expand(source, tmp_path / "out").new == 0
    assert kept.read_bytes() == before


def test_the_copy_of_the_sweep_file_serves_in_its_place(tmp_path, monkeypatch):
    """Paths in it that are relative to the first file are not lost; nor are ends of lines."""
    (tmp_path / "here").mkdir()
    image = CONFIGS / "images" / "pores.yaml"
    for path in image.parent.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (picture,) = tmp_path.glob("*.png")
    text = f"# µm\r\nbase: ../{image.name}\r\ngrid: {{pores.image: ['../{picture.name}']}}\r\n"
    (tmp_path / "here" / "s.yaml").write_bytes(text.encode())
    monkeypatch.chdir(tmp_path / "here")
    first = expand("s.yaml", tmp_path / "out")
    again = expand(tmp_path / "out" / "sweep.yaml", tmp_path / "again")
    assert again.points == first.points
    expand(tmp_path / "out" / "sweep.yaml", tmp_path / "out")
    expand({"base": "../pores.yaml", "grid": {"time.end": ["1 s"]}}, tmp_path / "out")
    assert not (tmp_path / "out" / "sweep.yaml").exists()
    text = BASE.read_text(encoding="utf-8").replace("\n", "\n  ")
    path = tmp_path / "inline.yaml"
    path.write_text(f"base:\n  {text}\ngrid: {{{J}: [1 A/m^2]}}\n", encoding="utf-8")
    expand(path, tmp_path / "inline")
    assert (tmp_path / "inline" / "sweep.yaml").read_bytes() == path.read_bytes()


# what is written below the base → what is said, from the place on
BAD = {
    "grid:\n  circuit.series_resistanse: [1 Ohm m^2]": "3:3: circuit.series_resistanse: unknown "
    "key; did you mean series_resistance",
    f"grid:\n  {R}: [1 Ohm m^2, 5 V]": f"3:42: {R}: '5 V' has the wrong dimension",
    f"grid:\n  {R}: [1 Ohm m^2, 5]": f"3:42: {R}: '5' has no unit",
    f"zip:\n  {R}: [1 Ohm m^2, 2 Ohm m^2]\n  {J}: [1 A/m^2]": "4:22: "
    f"{J}: needs as many values as {R}: 2, not 1",
    f"grid:\n  {R}: [1 Ohm m^2, 1e4 Ohm cm^2]": f"3:42: {R}: '1e4 Ohm cm^2' makes the same point "
    "as '1 Ohm m^2' at",
    "grid:\n  circuit.open_circuit.full_voltage: [2 V, 4 V]": "3:39: "
    "circuit.open_circuit.full_voltage: is not above empty_voltage",
    "grid:\n  circuit.open_circuit.empty_voltage: [3 V, 9 V]": "3:45: ",
    f"set: {{{J}: 3 A/m^2}}\ngrid:\n  {J}: [1 A/m^2]": f"4:23: {J}: is given twice",
    f"grid:\n  {R}: {{from: 1 V, to: 2 Ohm m^2, count: 2}}": f"3:37: {R}.from: '1 V' has the wrong",
    f"grid:\n  {R}: {{from: 0 Ohm m^2, to: 2 Ohm m^2, count: 2, spacing: log}}": "3:30: "
    f"{R}: has an end that is not above 0",
    f"grid:\n  {R}: {{from: 1 Ohm m^2, to: 2 Ohm m^2}}": f"3:30: {R}.count: is missing",
    f"grid:\n  {R}: 3 Ohm m^2": f"3:30: {R}: must be a list, or {{from",
    f"grid:\n  {R}: []": f"3:30: {R}: is an empty list",
    "grid:\n  control.first.current: [1 A/m^2]": "3:3: control.first.current: unknown key: number",
    "grid:\n  control.7.current: [1 A/m^2]": "3:23: control.7.current: '7' is not there",
    "grid:\n  control.00.current: [1 A/m^2]": "3:3: control.00.current: unknown key: number",
    "grid:\n  study: [circuit]": "3:3: study: cannot vary",
    "grit:\n  a: [1]": "2:1: grit: unknown key; did you mean grid",
    "seeds: {keys: [circuit.seed], count: 2}": "2:16: circuit.seed: unknown key",
    "latin_hypercube: {count: 2, over: {title: {from: a, to: b}}}": "2:43: title: is no number",
    "latin_hypercube: {count: 2, seed: 1, over: {time.max_steps: {from: 1, to: 2.5}}}": "2:75: "
    "time.max_steps.to: '2.5' is not a whole number",
    f"grid: {{{J}: [1 A/m^2]}}\nrun: {{ranks: 2, launcher: \"mpirun '-n\"}}": "3:27: run.launcher: "
    "'mpirun '-n' does not fall into words",
    f"grid: {{{J}: [1 A/m^2]}}\nrun: {{launcher: 'mpirun -n {{rank}}'}}": "3:17: run.launcher: "
    "'mpirun -n {rank}': {rank} stands for nothing; {ranks} is",
    f"grid: {{{J}: [1 A/m^2]}}\nrun: {{launcher: ' '}}": "3:17: run.launcher: is empty",
    "run: {ranks: 0}": "2:14: run.ranks: '0' must be at least 1",
    "": "1:1: varies nothing",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_bad_sweeps_are_refused_before_anything_is_written(tmp_path, text):
    path, out = plan_of(text + "\n", tmp_path), tmp_path / "out"
    with pytest.raises(ConfigError) as caught:
        expand(path, out)
    assert any(line.startswith(f"{path}:{BAD[text]}") for line in caught.value.problems), (
        caught.value.problems
    )
    assert len(caught.value.problems) <= 2
    assert not out.exists()


def test_a_problem_of_many_points_is_said_once(tmp_path):
    text = f"grid:\n  {R}: [1 Ohm m^2, 5 V]\n  {J}: {{from: 1 A/m^2, to: 9 A/m^2, count: 9}}\n"
    with pytest.raises(ConfigError) as caught:
        points_of(read_plan(plan_of(text, tmp_path)))
    assert len(caught.value.problems) == 1


def test_other_folders_are_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(ConfigError, match="is no sweep"):
        expand(plan_of(f"grid:\n  {J}: [1 A/m^2]\n", tmp_path), tmp_path / "out")


@pytest.mark.parametrize(
    ("file", "content"),
    [("index.csv", ""), ("index.csv", None), ("index.csv", "point,a\nx"),
     ("index.csv", "point\nx,1\n"), ("index.csv", "\udcff"), ("index.csv", "x" * 200_000),
     ("sweep.json", "{"), ("sweep.json", "{}"),
     ("sweep.json", '{"name": 0, "title": 0, "study": 0, "base": 0, "resources": {"x": 1}, '
      '"warm": 0}')],
)  # fmt: skip
def test_a_damaged_folder_is_refused_with_the_cure(tmp_path, file, content):
    out = expand(plan_of(f"grid:\n  {J}: [1 A/m^2]\n", tmp_path), tmp_path / "out").folder.path
    (out / file).unlink()
    if content is not None:
        (out / file).write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ConfigError, match="expand the sweep into the folder again"):
        _ = (open_sweep(out).resources, open_sweep(out).index)


@pytest.mark.parametrize("file", ["Snakefile", "points/{}/config.yaml", "points/{}/end.json"])
def test_what_a_machine_lost_is_mended(tmp_path, file):
    """Files that are missing or empty: named with the cure, which is `expand`; no end is no end."""
    source = {"base": str(BASE), "grid": {J: ["1 A/m^2", "2 A/m^2"]}}
    made = expand(source, tmp_path / "out")
    lost = tmp_path / "out" / file.format(made.points[0])
    before = lost.read_bytes() if lost.exists() else None
    lost.write_bytes(b"")
    made.folder.point(made.points[0]).drop_damaged_end()
    if before is None:
        assert not lost.exists()
        return
    expand(source, tmp_path / "out")
    assert lost.read_bytes() == before
    lost.unlink()
    with pytest.raises(ConfigError, match="is missing: expand the sweep into the folder again"):
        run_sweep(made.folder, How())
    assert not (tmp_path / "out" / "LOCK.json").exists()


def test_an_input_that_was_damaged_is_written_again(tmp_path):
    """Not the empty one alone; the point goes on with what the sweep asks for."""
    source = {"base": str(BASE), "grid": {J: ["1 A/m^2"]}}
    made = expand(source, tmp_path / "out")
    config = made.folder.point(made.points[0]).config
    before = config.read_bytes()
    config.write_bytes(before[: len(before) // 2] + b"\0\xff")
    expand(source, tmp_path / "out")
    assert config.read_bytes() == before


@pytest.mark.parametrize("text", ['{"code": "a", "wall": 1, "starts": 1}', "[]", "{}",
                                  '{"code": 0, "wall": null, "starts": 1}'])  # fmt: skip
def test_a_damaged_word_on_an_end_is_none(tmp_path, text):
    """Whatever stands there, status and table come without a traceback."""
    made = expand({"base": str(BASE), "grid": {J: ["1 A/m^2"]}}, tmp_path / "out")
    point = made.folder.point(made.points[0])
    point.log.touch()
    point.run.mkdir()
    (point.path / "end.json").write_text(text, encoding="utf-8")
    (point.run / "status.json").write_text('{"steps": "x", "time": null}', encoding="utf-8")
    assert "1 stopped" in sweep_status(made.folder)
    (row,) = collect(made.folder)
    assert (row["state"], row["exit_code"], row["steps"]) == ("stopped", None, 0)


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_sweeps_that_are_shipped_expand(path, tmp_path):
    assert expand(path, tmp_path / "out").new > 1


def test_expanding_loads_no_finite_elements(tmp_path):
    path = plan_of(f"grid:\n  {J}: [1 A/m^2]\n", tmp_path)
    code = (
        "import sys; from dendrolith.cli import main;"
        f"assert main(['sweep', 'expand', {str(path)!r}, '--out', {str(tmp_path / 'o')!r}]) == 0;"
        "assert not {'dolfinx', 'petsc4py', 'mpi4py', 'snakemake', 'pyarrow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
