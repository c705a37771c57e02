"""The preconditioner of both potentials where nodes stand in columns and rows: their own multigrid.

In 2-D, with equal cells and sides that are not joined, unless the input chooses another one.
"""

from __future__ import annotations

import numpy as np

from dendrolith.solvers.box_multigrid import BoxMultigrid, BoxNodes
from dendrolith.solvers.petsc_options import petsc_options
from dendrolith.studies.plating.model import Model

CHOSEN_BY = ("charge_pc_", "charge_fieldsplit_")  # options that name another one


def box_cycle(model: Model) -> list[BoxMultigrid]:
    """The cycle of both potentials of a cell, if it can have one (collective)."""
    domain, geometry, solver = model.domain, model.config.geometry, model.config.solver
    in_rows = domain.structured and domain.drawn is domain.mesh and geometry.dim == 2
    chosen = any(name.startswith(CHOSEN_BY) for name in petsc_options(solver.petsc_options))
    if chosen or not in_rows:
        return []
    space, counts = model.f.scalar_space, np.array(geometry.counts)
    owned = space.dofmap.index_map.size_local
    points = space.tabulate_dof_coordinates()[:owned, :2]
    place = np.rint(points / geometry.extents * counts).astype(np.int64)
    columns, rows = map(int, counts + 1)
    return [BoxMultigrid(domain.comm, BoxNodes(place, columns, rows), model.f.components)]
