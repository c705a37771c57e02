"""`crack_length` of slits whose length is known, with the damage that costs least beside them."""

from types import SimpleNamespace

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.core.parallel import integral
from dendrolith.domain.place import Place
from dendrolith.physics.fracture import Fracture
from dendrolith.shapes.seed_crack import SeedCrack
from dendrolith.solvers.bounded import BoundedSolver
from dendrolith.studies.plating.observables.cracks import shortest_edge
from dendrolith.studies.plating.schema import Geometry
from dendrolith.studies.plating.seeds import put_cracks

ELL, H, LENGTH, FOIL = 4.0, 1.0, 50.0, 20.0
BOX = Geometry(FOIL, 100.0, 61.0, H)


def length(model, begin, *, foil):
    """Of a slit from x = `begin` on; in foil damage is 0."""
    law = Fracture(1.0, ELL, model=model)
    plane = mesh.create_rectangle(MPI.COMM_WORLD, [[0, 0], [120, 61]], [120, 61])
    d, least, most = (fem.Function(fem.functionspace(plane, ("Lagrange", 1))) for _ in range(3))
    ends = (Place(begin, 30.5), Place(begin + LENGTH, 30.5))
    put_cracks(d, (SeedCrack(ends),), law, BOX)
    x = d.function_space.tabulate_dof_coordinates()[:, 0]
    most.x.array[:] = np.where((x <= FOIL) & foil, 0.0, 1.0)
    least.x.array[:] = np.minimum(d.x.array >= 1, most.x.array)
    d.x.array[:] = np.minimum(d.x.array, most.x.array)
    nodes = ufl.dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})
    cost = law.local_energy(d) * nodes + law.gradient_energy(d) * ufl.dx
    residual = ufl.derivative(cost, d)
    solver = BoundedSolver(
        d, fem.form(residual), fem.form(ufl.derivative(residual, d)), lower=least, upper=most,
        what="damage", prefix=f"slit_{model}_{foil}_", negligible=1e-12,
    )  # fmt: skip
    solver.solve()
    solver.destroy()
    h = shortest_edge(SimpleNamespace(mesh=plane, comm=plane.comm))
    assert h == pytest.approx(H)
    return integral(fem.form(law.length_density(d, h) * ufl.dx))


@pytest.mark.parametrize("model", ["AT1", "AT2"])
def test_a_slit_counts_its_length(model):
    """But for 0.1 to 0.3 ℓ that an end adds, and 0.4 to 0.6 ℓ that a mouth at foil takes."""
    end = (length(model, 35.0, foil=False) - LENGTH) / 2
    mouth = length(model, FOIL, foil=True) - LENGTH - end
    assert 0.1 * ELL < end < 0.3 * ELL
    assert -0.6 * ELL < mouth < -0.35 * ELL
