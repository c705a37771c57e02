"""The reader and the sections, without plating: any study brings its own."""

import ast
import dataclasses
from dataclasses import dataclass
from pathlib import Path

import pytest

import dendrolith
from dendrolith.config.json_schema import json_schema
from dendrolith.config.load import load
from dendrolith.config.materials import set_choice
from dendrolith.config.reference import declarations, keys, reference
from dendrolith.config.starter import starter
from dendrolith.config.table import read_columns
from dendrolith.core.declare import choice, quantity, section, sequence, text
from dendrolith.core.errors import ConfigError
from dendrolith.core.sections import Section, present, sections, speaking
from dendrolith.networks.register import input_of
from dendrolith.networks.register import load as load_any
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.study import Plating
from dendrolith.studies.register import STUDIES
from dendrolith.studies.study import Study

pytestmark = pytest.mark.serial

PACKAGE = Path(dendrolith.__file__).parent
CONFIGS = Path(__file__).parents[2] / "configs"


@dataclass(frozen=True, slots=True)
class Metal:
    electronic_conductivity: float = quantity("S/m", "conductivity", above=0)
    young_modulus: float = quantity("Pa", "modulus", above=0)
    poisson_ratio: float = quantity("1", "ratio", above=0)


@dataclass(frozen=True, slots=True)
class Sample:
    lithium: Metal = section("the metal")
    metal_set: str | None = set_choice("lithium", "where its values come from")


@dataclass(frozen=True, slots=True)
class Load(Section):
    force: float = quantity("N", "force", above=0)

    def conflicts(self, config):
        return [("force", "is too much")] if self.force > config.limit else []


@dataclass(frozen=True, slots=True)
class Bar:
    sample: Sample = section("what is loaded")
    study: str = choice(("bar",), "what is simulated", default="bar")
    title: str = text("one line", default="")
    limit: float = quantity("N", "largest force", default=10.0, above=0)
    loads: tuple[Load, ...] = sequence("one after another", default=())
    preload: Load | None = section("before", default=None)


class Bars(Study):
    """A bar under loads."""

    name, config = "bar", Bar

    def setup(self, config, comm):
        raise NotImplementedError

    def equations(self, config):
        return []


KNOWN = {"bar": Bars(), "plating": Plating()}


def read(values, *overrides, default="bar"):
    return load(values, overrides, KNOWN, default)


def test_the_key_chooses_the_study():
    assert isinstance(read({"sample": {"metal_set": "Li"}}), Bar)
    base = PACKAGE.parents[1] / "tests/unit/bad_configs/base.yaml"
    assert isinstance(read(base, default="plating"), Config)
    assert isinstance(read(base, "study=plating"), Config)
    with pytest.raises(ConfigError) as caught:
        read({"study": "baar", "sample": 5})
    assert caught.value.problems == [
        "input: study: 'baar' is not one of: bar, plating; did you mean bar?"
    ]


def test_any_section_may_be_filled_from_a_set():
    config = read({"sample": {"metal_set": "Li", "lithium": {"poisson_ratio": 0.2}}})
    assert config.sample.lithium.young_modulus == 7.82e9
    assert config.sample.lithium.poisson_ratio == 0.2
    with pytest.raises(ConfigError) as caught:
        read({"sample": {"metal_set": "Na"}})
    assert len(caught.value.problems) == 1
    assert "sample.metal_set: 'Na' is not one of: Li" in caught.value.problems[0]


def test_sections_that_are_present_speak():
    config = read({"sample": {"metal_set": "Li"}, "loads": [{"force": "1 N"}, {"force": "2 N"}]})
    assert [name for name, _ in sections(config)] == [
        "", "sample", "sample.lithium", "loads.0", "loads.1",
    ]  # fmt: skip
    assert [load.force for load in present(config, Load)] == [1, 2]
    assert [name for name, _ in speaking(config)] == ["loads.0", "loads.1"]
    with pytest.raises(ConfigError) as caught:
        read({"sample": {"metal_set": "Li"}, "preload": {"force": "11 N"}})
    assert caught.value.problems == ["input: preload.force: is too much"]


def test_the_manual_follows_the_dataclass():
    assert keys(Bar)[:2] == ["sample", "sample.lithium"]
    assert "loads.0.force" in declarations(Bar)
    assert "force: N, above 0 N, required" in reference(Bar, "preload")
    schema = json_schema(Bar)
    assert schema["required"] == ["sample"]
    assert "required" not in schema["properties"]["sample"]["properties"]["lithium"]
    values = "sample:\n  metal_set: Li\nlimit: 3 N  # optional\npreload:\n  force: 1 N\n"
    written = starter(Bar, values)
    assert "#limit: 3 N" in written
    assert "\n  force: 1 N" in written


def test_the_reader_knows_no_study_and_no_solver():
    for path in (PACKAGE / "config").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith(("dendrolith.studies", "dendrolith.solvers")), path


def laws():
    """Every equation that a law states, with the docstring of its module."""
    for path in sorted((PACKAGE / "physics").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = " ".join(ast.get_docstring(tree).split())
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                name = getattr(targets[0], "id", "").lower()
                if name.endswith(("equation", "effects", "right_sides")):
                    parts = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
                    yield from ((path.stem, part, told) for part in parts)


def test_equations_stand_in_the_docstring_of_their_law():
    found = list(laws())
    assert len(found) > 10
    for module, equation, told in found:
        assert " ".join(equation.split()) in told, f"{module}: {equation}"


def test_every_section_with_an_equation_states_it():
    stated = [electronic_potential.EQUATION, ionic_potential.EQUATION]
    assert all(stated)
    for study in STUDIES.values():
        for kind in kinds_of(study.config):
            if issubclass(kind, Section) and kind.equation:
                assert kind.equations is not Section.equations, kind


def kinds_of(kind):
    from dendrolith.config.keys import keys_of

    for key in keys_of(kind):
        if key.is_section:
            yield key.kind
            yield from kinds_of(key.kind)


def test_configs_are_plain_dataclasses():
    for study in STUDIES.values():
        names = [field.name for field in dataclasses.fields(study.config)]
        assert {"study", "title", "time", "output", "checkpoint"} <= set(names)


def test_a_table_as_a_spreadsheet_writes_it(tmp_path):
    """With a mark of the byte order; its first column was not found."""
    path = tmp_path / "slot.csv"
    path.write_text("from [m], to [m]\n0, 1e-4\n", encoding="utf-8-sig")
    assert read_columns(str(path), ("from [m]", "to [m]")) == [(0.0, 1e-4)]


def test_check_counts_networks_of_drawn_densities():
    config = load_any(CONFIGS / "networks" / "seed004.yaml")
    ((name, networks), *_) = input_of(config).size(config)
    assert (name, networks.rpartition(" + ")[2]) == ("networks", "6000 between")
