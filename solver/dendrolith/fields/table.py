"""Declarations of fields: name, symbol, unit, meaning and element, stated once for all who ask."""

from __future__ import annotations

from dataclasses import dataclass

P1, DG0, DG1, QUADRATURE = "P1", "DG0", "DG1", "quadrature"


@dataclass(frozen=True, slots=True)
class Field:
    """What is known of a field.

    Attributes:
        name: as files, tables and the state call it.
        symbol: as equations print it; what follows an underscore is an index.
        unit: SI; ``"1"`` for a pure number.
        meaning: a phrase for titles and manuals.
        element: `P1`, `DG0`, `DG1` or `QUADRATURE`.
        components: number of components; 0: as many as space has dimensions.
        evolves: a rejected step returns it to its last accepted values.
        restarts: a checkpoint holds it.
    """

    name: str
    symbol: str
    unit: str
    meaning: str
    element: str = P1
    components: int = 1
    evolves: bool = False
    restarts: bool = False
