"""What of the fields is written, and by which numbers a checkpoint knows nodes and cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from dolfinx import fem, mesh

from dendrolith.domain.domain import Domain
from dendrolith.fields.numbering import original_cells, original_numbers

IntArray = npt.NDArray[np.int64]


def _none() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class FieldFile:
    """Fields that are written together, all of one element.

    Attributes:
        name: of the file, ``fields/<name>.bp``.
        functions: the fields, in order; their names are those in the file.
        update: brings derived fields up to date before they are read.
    """

    name: str
    functions: tuple[fem.Function, ...]
    update: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Layout:
    """Which nodes and cells this rank owns, by numbers that do not depend on the ranks.

    Attributes:
        nodes: (n_owned,) numbers of the nodes.
        cells: (n_owned,) numbers of the cells.
        drawn: the cells with joined sides apart, for output; None where no sides are joined.
    """

    nodes: IntArray = field(default_factory=_none)
    cells: IntArray = field(default_factory=_none)
    drawn: mesh.Mesh | None = None

    @classmethod
    def of(cls, domain: Domain, space: fem.FunctionSpace) -> Layout:
        """Those of a mesh and its scalar P1 space."""
        nodes = original_numbers(domain, space)[: space.dofmap.index_map.size_local]
        drawn = None if domain.mesh is domain.drawn else domain.drawn
        return cls(nodes, original_cells(domain), drawn)
