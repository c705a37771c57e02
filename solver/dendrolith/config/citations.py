"""The papers behind a config: of the physics that is present, the values taken, the solvers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from dendrolith import __version__
from dendrolith.config.document import child
from dendrolith.config.materials import SET_KEYS, material_set
from dendrolith.core.bibliography import PAPERS, cited_in
from dendrolith.core.declare import declaration_of, dotted_name
from dendrolith.studies.plating.schema import BDF2, Config


def citations(config: Config) -> dict[str, list[str]]:
    """What each paper is cited for: key in `bibliography.PAPERS` → parts of the config."""
    reasons: dict[str, list[str]] = {}
    for source, reason in [*_software(config), *_declared(config, ""), *_materials(config)]:
        for key in cited_in(source):
            if reason not in reasons.setdefault(key, []):
                reasons[key].append(reason)
    return reasons


def citation_list(config: Config, *, bibtex: bool = False) -> str:
    """The papers with what they are cited for, as text or as BibTeX."""
    found = citations(config)
    if bibtex:
        return "\n\n".join(f"% {', '.join(found[key])}\n{PAPERS[key].bibtex(key)}" for key in found)
    lines = [f"dendrolith {__version__}\n    CITATION.cff"]
    return "\n".join([*lines, *(f"{', '.join(found[key])}\n    {PAPERS[key]}" for key in found)])


def _software(config: Config) -> Iterator[tuple[str, str]]:
    yield "baratta2023; alnaes2014", "finite elements"
    yield "balay2024", "solvers"
    if config.solver.linear == "mumps":
        yield "amestoy2001", "solver.linear: mumps"
    else:
        yield "henson2002; baker2011; tang2009; eisenstat1996", "solver.linear: iterative"
    if config.time.scheme == BDF2:
        yield "hairer1993", "time.scheme: bdf2"


def _declared(part: Any, dotted: str) -> Iterator[tuple[str, str]]:
    """Sources of the sections that are present and of the values that come from them."""
    for field in dataclasses.fields(part):
        value, declaration = getattr(part, field.name), declaration_of(field)
        name = dotted_name(dotted, field.name)
        if value is None:
            continue
        if dataclasses.is_dataclass(value):
            yield declaration.source, name
            yield from _declared(value, name)
        elif _rests_on_source(field, value):
            yield declaration.source, name


def _rests_on_source(field: dataclasses.Field[Any], value: Any) -> bool:
    """A default rests on its source; without one, and for words, the choice to use it does."""
    has_value = field.default is not dataclasses.MISSING and isinstance(field.default, float)
    return bool(value == field.default if has_value and field.default else value != field.default)


def _materials(config: Config) -> Iterator[tuple[str, str]]:
    for key, kind in SET_KEYS.items():
        name = getattr(config.materials, key)
        if name is None:
            continue
        for _, entries in material_set(kind, name).value:
            for _, entry in entries.value:
                source = child(entry, "source")
                if source is not None:
                    yield source.value, f"materials.{key}: {name}"
