"""From a config to a problem of the benchmark: mesh, composition, block, observables, output."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.fields.bind import bind
from dendrolith.fields.measures import Measures, nodal_volume
from dendrolith.fields.output import FieldFile, Layout
from dendrolith.fields.state import State
from dendrolith.observables.energy import Amounts
from dendrolith.schemes.cahn_hilliard import CahnHilliard
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.rosenbrock import ERROR_ORDER, RosenbrockCahnHilliard
from dendrolith.studies.pfhub.schema import COMPOSITION, ROSENBROCK, STABILISED, Config, Ripples
from dendrolith.studies.study import Setup

SCHEMES = {STABILISED: (CahnHilliard, 1), ROSENBROCK: (RosenbrockCahnHilliard, ERROR_ORDER)}


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The square with its composition at the start (collective)."""
    domain = create_box(comm, config.geometry)
    state, m = State(domain.mesh, [COMPOSITION]), Measures.of(domain)
    c, alloy = state["c"], bind(config.alloy, domain.mesh)
    folded = config.geometry.folded
    c.interpolate(lambda x: ripples(config.start, folded(x)))
    c.x.scatter_forward()
    state.accept()
    scheme, order = SCHEMES[config.time.scheme]
    block = scheme(
        c,
        config.alloy,
        config.alloy.mobility,
        m,
        nodal_volume(state.scalar_space, m),
        what="demixing",
        prefix="composition_",
    )
    gradient = alloy.gradient_energy(c) * m.dx
    energy = Amounts(
        {
            "free_energy [1]": fem.form(alloy.bulk_energy(c) * m.nodes + gradient),
            "gradient_energy [1]": fem.form(gradient),
            "mass [1]": fem.form(c * m.nodes),
        }
    )
    problem = Problem(domain.comm, [block], state=state, order=order, what="demixing")
    return Setup(
        problem, [energy], [FieldFile("cell", (c,))], [Layout.of(domain, state.scalar_space)]
    )


def ripples(start: Ripples, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Composition c at the start at points (3, n)."""
    cos, (x, y) = np.cos, x[:2]
    waves = (
        cos(0.105 * x) * cos(0.11 * y)
        + (cos(0.13 * x) * cos(0.087 * y)) ** 2
        + cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y)
    )
    values: npt.NDArray[np.float64] = start.mean + start.amplitude * waves
    return values
