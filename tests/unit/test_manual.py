"""What dendrolith says of its own input: manual, starter file, schema, citations, completion."""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import ruamel.yaml

from dendrolith.config import citations as cited
from dendrolith.config import completion as shell
from dendrolith.config import json_schema as for_editors
from dendrolith.config import reference as manual
from dendrolith.config import starter as template
from dendrolith.core.bibliography import PAPERS, cited_in, spelled_out
from dendrolith.core.errors import ConfigError
from dendrolith.networks.register import INPUTS as STUDIES
from dendrolith.networks.register import input_of, load
from dendrolith.results.new_file import write_new
from dendrolith.studies.register import DEFAULT
from tests.studies import INPUTS

pytestmark = pytest.mark.serial


ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "configs" / "quickstart.yaml"
PLATING = STUDIES[DEFAULT]

reference = functools.partial(manual.reference, PLATING.config)
declarations = functools.partial(manual.declarations, PLATING.config)
keys = functools.partial(manual.keys, PLATING.config)
json_schema = functools.partial(for_editors.json_schema, PLATING.config)
complete_key = functools.partial(shell.complete_key, PLATING.config)
complete_override = functools.partial(shell.complete_override, PLATING.config)


def starter():
    return template.starter(PLATING.config, PLATING.starter())


def citations(config):
    return cited.citations(config, input_of(config).sources(config))


def citation_list(config, *, bibtex=False):
    return cited.citation_list(config, input_of(config).sources(config), bibtex=bibtex)


def written(text, tmp_path):
    file = tmp_path / "case.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def plain(path_or_text):
    return ruamel.yaml.YAML(typ="safe", pure=True).load(path_or_text)


def test_the_starter_is_the_quickstart(tmp_path):
    """What a first run does is what README shows, but for the published coupling of that."""
    import dataclasses

    config = load(written(starter(), tmp_path))
    assert load(QUICKSTART).elasticity.coupling == "driving_force"
    quickstart = load(QUICKSTART, ["elasticity.coupling=overpotential"])
    assert dataclasses.replace(config, title="") == dataclasses.replace(quickstart, title="")


def test_the_starter_explains_every_key(tmp_path):
    """Each key with its meaning, used or behind #; but for phases, which come from their sets."""
    text = starter()
    joined = " ".join(line.strip().lstrip("# ") for line in text.splitlines())
    for key, declaration in declarations().items():
        if key.startswith(("materials.lithium.", "materials.pore.", "materials.electrolyte.")):
            continue
        assert re.search(rf"^[ #-]*{key.rsplit('.', 1)[-1]}: ", text, re.MULTILINE), key
        assert declaration.meaning in joined, key
        assert all(choice in text for choice in declaration.choices), key
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    "section", ["ion_transport", "arrhenius", "anisotropy", "noise", "electrodes", "solver"]
)
def test_sections_of_the_starter_can_be_switched_on(section, tmp_path):
    """Take the # away from a whole section, nothing else."""
    lines = starter().splitlines()
    first = lines.index(f"#{section}:")
    last = next((k for k in range(first, len(lines)) if not lines[k].startswith("#")), len(lines))
    lines[first:last] = [line[1:] for line in lines[first:last]]
    config = load(written("\n".join(lines), tmp_path))
    assert getattr(config, section) is not None
    untouched = load(written(starter(), tmp_path))
    absent_before = getattr(untouched, section) is None
    assert absent_before == (section not in ("electrodes", "solver"))


def test_keys_of_the_starter_can_be_switched_on_one_by_one(tmp_path):
    """Nothing but a clean complaint about what does not go with the rest."""
    lines, accepted, refused = starter().splitlines(), 0, []
    for number, line in enumerate(lines):
        if not re.match(r"^  +#[a-z_]+: \S", line):
            continue
        changed = [*lines[:number], line.replace("#", "", 1), *lines[number + 1 :]]
        try:
            load(written("\n".join(changed), tmp_path))
            accepted += 1
        except ConfigError as error:
            refused.append(str(error))
    assert accepted > 20
    assert all(re.search(r"does nothing|needs one of|is no file in", error) for error in refused), (
        refused
    )


def test_every_key_has_a_meaning_and_sources_are_known():
    assert len(keys()) > 90
    for key, declaration in declarations().items():
        assert declaration.meaning, key
        spelled_out(declaration.source)
    said = reference("lithium_metal")
    assert "Masias et al. 2019, 10.1007/s10853-018-2971-3" in said
    assert "above 0 m, required" in said
    with pytest.raises(ConfigError, match="did you mean elasticity"):
        reference("elasticitie")


@pytest.mark.parametrize("name", STUDIES)
def test_the_schema_accepts_what_dendrolith_accepts(name):
    """Every shipped input by the schema of its study, and the starter."""
    study = STUDIES[name]
    schema = for_editors.json_schema(study.config)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    shipped = [plain(file) for file in INPUTS]
    own = [values for values in shipped if values.get("study", DEFAULT) == name]
    assert own
    for values in (*own, plain(template.starter(study.config, study.starter()))):
        check.validate(values)
    assert json.dumps(schema, allow_nan=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mesh_size: 1 um", "mesh_sise: 1 um"),
        ("mesh_size: 1 um", "mesh_size: 1"),
        ("access: blocked", "access: block"),
        ("fraction: 0.1625", "fraction: 0.9"),
        ("fraction: 0.1625", "fraction: 10 um"),
        ("seed: 3", "seed: 1.5"),
        ("  every: 2 s", "  never: 2 s"),
        ("kinetics:", "kinetic:"),
    ],
)
def test_the_schema_refuses_what_an_editor_should_mark(old, new):
    text = QUICKSTART.read_text(encoding="utf-8")
    assert old in text
    check = jsonschema.Draft202012Validator(json_schema())
    assert list(check.iter_errors(plain(text.replace(old, new))))


def test_citations_follow_the_config():
    base = citations(load(QUICKSTART))
    assert {"cao2023", "hu2017", "deng2016", "baratta2023", "henson2002"} <= set(base)
    assert "materials.electrolyte_set: LPSCl" in base["deng2016"]
    assert not {"kobayashi1993", "hong2018", "amestoy2001", "ni2012"} & set(base)
    more = citations(
        load(
            QUICKSTART,
            ["anisotropy.strength=0.05", "noise.amplitude=0.02", "solver.linear=mumps",
             "elasticity.coupling=overpotential", "materials.electrolyte_set=LLZO",
             "lithium_metal.molar_volume=13.1 cm^3/mol"],
        )
    )  # fmt: skip
    assert {"kobayashi1993", "hong2018", "monroe2004", "amestoy2001", "ni2012"} <= set(more)
    assert "henson2002" not in more
    assert "lithium_metal.molar_volume" in base["masias2019"]
    assert "lithium_metal.molar_volume" not in more["masias2019"]


def test_steps_are_cited_by_their_scheme():
    benchmark = ROOT / "configs" / "pfhub" / "1a.yaml"
    for scheme, paper, other in (
        ("rosenbrock", "sandu1997", "eyre1998"),
        ("stabilised", "eyre1998", "sandu1997"),
    ):
        found = citations(load(benchmark, [f"time.scheme={scheme}"]))
        assert found[paper] == ["steps"]
        assert other not in found


def test_citations_as_text_and_bibtex():
    config = load(QUICKSTART)
    said = citation_list(config)
    assert "https://doi.org/10.1002/adfm.202307998" in said
    entries = citation_list(config, bibtex=True)
    assert entries.count("@article{") == len(citations(config))
    assert entries.count("{") == entries.count("}")


def test_the_further_laws_of_the_manual_are_read():
    page = (ROOT / "solver" / "manual" / "running.md").read_text(encoding="utf-8")
    block = page.partition("**Further laws**")[2].partition("```yaml\n")[2].partition("```")[0]
    given = [line.partition("  #")[0].strip().replace(": ", "=", 1) for line in block.splitlines()]
    config = load(QUICKSTART, given)
    assert len(given) == 4
    assert all(getattr(config, line.partition("=")[0]) is not None for line in given)


def test_every_paper_is_named_somewhere():
    """And every key that looks like one is known."""
    package = ROOT / "solver" / "dendrolith"
    texts = [declaration.source for declaration in declarations().values()]
    for file in [*package.rglob("*.py"), *package.rglob("materials/*/*.yaml")]:
        if file.name != "bibliography.py":
            texts.append(file.read_text(encoding="utf-8"))
    assert {key for text in texts for key in cited_in(text)} == set(PAPERS)
    with pytest.raises(KeyError, match="nobody1999"):
        cited_in("as in nobody1999")


def test_completion_of_keys():
    assert complete_key("elasticity.coup") == ["elasticity.coupling"]
    assert complete_override("geometry.mesh_s") == ["geometry.mesh_size="]
    assert complete_override("pores.access=b") == ["pores.access=blocked"]
    assert "control.0.until.charge=" in complete_override("control")
    assert complete_override("no_such_key=x") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dendrolith ch", ["check "]),
        ("dendrolith report --fi", ["--figures "]),
        ("dendrolith reference noise.a", ["noise.amplitude "]),
    ],
)
def test_completion_in_the_shell(line, expected, tmp_path):
    """The protocol of argcomplete, as bash speaks it."""
    answer = tmp_path / "answer"
    subprocess.run(
        [sys.executable, "-m", "dendrolith"],
        env={**os.environ, "_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)),
             "_ARGCOMPLETE_IFS": "\n", "ARGCOMPLETE_USE_TEMPFILES": "1",
             "_ARGCOMPLETE_STDOUT_FILENAME": str(answer)},
        check=False, timeout=60, capture_output=True,
    )  # fmt: skip
    assert answer.read_text(encoding="utf-8").split("\n") == expected


def test_a_new_file_never_replaces_one(tmp_path):
    file = tmp_path / "a.yaml"
    write_new(file, "first")
    with pytest.raises(ConfigError, match="exists"):
        write_new(file, "second")
    assert file.read_text(encoding="utf-8") == "first"
    with pytest.raises(ConfigError, match="cannot be written"):
        write_new(tmp_path / "no" / "such" / "folder.yaml", "x")
