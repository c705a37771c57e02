"""The papers behind a config: of the physics that is present, the values taken, the solvers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from ruamel.yaml.nodes import MappingNode

from dendrolith.config.document import child
from dendrolith.config.materials import material_set
from dendrolith.core.bibliography import PAPERS, cited_in
from dendrolith.core.declare import declaration_of, dotted_name
from dendrolith.core.version import VERSION

Sources = Iterable[tuple[str, str]]  # (papers by their keys, what they are cited for)


def citations(config: Any, sources: Sources) -> dict[str, list[str]]:
    """What each paper is cited for: key in `bibliography.PAPERS` → parts of the config.

    Args:
        config: of any study.
        sources: what its study cites beyond the declarations, `Study.sources`.
    """
    reasons: dict[str, list[str]] = {}
    for source, reason in [*sources, *_declared(config, ""), *_material_sets(config, "")]:
        for key in cited_in(source):
            if reason not in reasons.setdefault(key, []):
                reasons[key].append(reason)
    return reasons


def citation_list(config: Any, sources: Sources, *, bibtex: bool = False) -> str:
    """The papers with what they are cited for, as text or as BibTeX."""
    found = citations(config, sources)
    if bibtex:
        return "\n\n".join(f"% {', '.join(found[key])}\n{PAPERS[key].bibtex(key)}" for key in found)
    lines = [f"dendrolith {VERSION}\n    CITATION.cff"]
    return "\n".join([*lines, *(f"{', '.join(found[key])}\n    {PAPERS[key]}" for key in found)])


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


def _material_sets(part: Any, dotted: str) -> Iterator[tuple[str, str]]:
    """Sources of the values in the sets that a section and those below it name."""
    for field in dataclasses.fields(part):
        value, sets = getattr(part, field.name), declaration_of(field).sets
        name = dotted_name(dotted, field.name)
        if dataclasses.is_dataclass(value):
            yield from _material_sets(value, name)
        elif sets and value is not None:
            for source in _sources_in(material_set(sets, value)):
                yield source, f"{name}: {value}"


def _sources_in(material: MappingNode) -> Iterator[str]:
    for _, entries in material.value:
        for _, entry in entries.value:
            source = child(entry, "source")
            if source is not None:
                yield source.value
