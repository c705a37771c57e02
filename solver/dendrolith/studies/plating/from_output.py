"""The fields of a cell from those that a run has written."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc
from scipy.spatial import cKDTree

from dendrolith.core.parallel import all_agree
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.output import POTENTIALS

FloatArray = npt.NDArray[np.float64]
SAME_PLACE = 1e-6  # of the extent of the cell


def take_fields(
    laws: Laws,
    volume: PETSc.Vec,
    access: str | None,
    points: FloatArray,
    values: Mapping[str, FloatArray],
) -> None:
    """Put what was written at a time into the fields of a cell (collective).

    Potentials are relative to the counter electrode then, which no law can tell.

    Args:
        laws: of the cell.
        volume: of each node [m³, in 2-D m²].
        access: how lithium enters a pore; None: there is none.
        points: (n, 3) nodes [m].
        values: (n,) by the name of the field.

    Raises:
        ValueError: the nodes are not those of the cell, or a field is absent, on all ranks.
    """
    f = laws.f
    where = f.scalar_space.tabulate_dof_coordinates()
    distance, place = cKDTree(points).query(where)
    extent = float(np.ptp(points, axis=0).max())
    if not all_agree(f.state.domain.comm, bool((distance <= SAME_PLACE * extent).all())):
        raise ValueError("the fields were written on another mesh than that of config.yaml")
    wanted = {function.name: function.x.array for function in (f.xi, f.rho, *laws.shown)}
    wanted |= {name: f.component(kind) for name, kind in POTENTIALS.items()}
    for _ in laws.mechanics:
        wanted[f.pressure.name] = f.pressure.x.array
    for name, array in wanted.items():
        if name not in values:
            raise ValueError(f"the fields lack {name}: take the checkpoint, without --at")
        array[:] = values[name][place]
    f.xi_middle.x.array[:] = f.xi.x.array
    PoreAccess(laws, volume, access).update()
