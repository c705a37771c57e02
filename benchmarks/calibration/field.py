"""Lithium cracks a cell under a ramp of current: damage, potential and filling on one mesh.

    ∇·σ = 0,  σ = ∂/∂ε [g(d) ψ⁺ + ψ⁻];   d: AT1, irreversible, toughness by facet
    work of the lithium ∫ p (−u·∇d),  p = (F/V_m) η on the walls of the metal, else 0
    ∇·(σ ∇φ) = 0 outside broken cells,  σ ∂φ/∂n = g φ on anode, counter electrode and walls

Metal is what is broken and joined to the anode; its potential is 0, so η = φ. A crack runs dry
while p is held. Then it fills and both are solved again. A short circuit is metal at the counter
electrode, or metal that breaks what is farther than a grain from where it was at one current: p
rises with the length of the crack.
The time of filling is noted: that which the current into the metal near a new part takes for the
volume by which that part is open.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI
from scipy.spatial import cKDTree

from benchmarks.calibration.drawing import Drawing
from benchmarks.calibration.numerics import BROKEN, Numerics
from benchmarks.calibration.potential import Potential
from dendrolith.core import compat
from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import integral
from dendrolith.domain.box import create_box
from dendrolith.domain.extents import Box
from dendrolith.fields.bind import bind
from dendrolith.fields.connected import PieceFinder
from dendrolith.fields.measures import Measures, nodal_volume
from dendrolith.fields.state import State
from dendrolith.fields.table import DG0, DG1, Field
from dendrolith.networks.schema import Config
from dendrolith.physics.elasticity import strain_tensor
from dendrolith.physics.fracture import Fracture, Solid
from dendrolith.schemes.alternating import RUNNING, SWEEPS, Alternating, Opening
from dendrolith.schemes.staggering import Staggering
from dendrolith.solvers.bounded import BOUNDED, BoundedSolver
from dendrolith.solvers.elastic import ElasticSolver
from dendrolith.solvers.options import reused_factors

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

NEGLIGIBLE = 1e-9  # residual of the damage over G_c h
SETTLED = Staggering(tolerance=1e-2, energy_tolerance=1e-4, sweeps=8, depth=5)
MOST_LAYERS = 300  # iterations of Newton's method: the active set retreats by a layer in each
LOOKS = 3  # at where the volume grows, in a sweep
MOST_SWEEPS = 64  # at one load, beside what grows
STRIDE = 8  # steps of the ramp that are tried at once while no crack grows
FIELDS = (
    Field("u", "u", "m", "displacement", components=0, evolves=True),
    Field("d", "d", "1", "damage", evolves=True),
    Field("opens", "opens", "1", "volume grows", element=DG1, evolves=True),
    Field("metal", "metal", "1", "metal", element=DG0),
    Field("conducts", "conducts", "1", "conduction of ions over that of grains", element=DG0),
    Field("phi", "phi", "V m^2/A", "potential per current density"),
    Field("p", "p", "Pa", "pressure of lithium"),
    Field("new", "new", "1", "where a crack has just run"),
    Field("ratio", "q", "1", "toughness over that of a grain"),
)


class _Grew(Exception):
    """A crack grows in a stride of more than one step."""


class Cell:
    """One microstructure.

    Args:
        drawing: of the network.
        config: the input of the graph model: material, kinetics, protocol.
        numerics: of this model.
    """

    def __init__(self, drawing: Drawing, config: Config, numerics: Numerics) -> None:
        self._config, self._numerics = config, numerics
        graph = drawing.graph
        self._width, self._thickness = graph.width, graph.thickness
        box = Box(
            length=graph.thickness, height=graph.width, mesh_size=numerics.h,
            cell_type="quadrilateral", periodic=True,
        )  # fmt: skip
        self._domain = create_box(MPI.COMM_SELF, box)
        self._m = Measures.of(self._domain)
        self.state = State(self._domain.mesh, FIELDS)
        space = self.state.scalar_space
        x = space.tabulate_dof_coordinates()[:, :2].copy()
        x[:, 1] %= graph.width * (1 - 1e-9)
        self.x = x
        self._corners = space.dofmap.list
        self._lower, self._upper = fem.Function(space), fem.Function(space)
        self._upper.x.array[:] = 1.0
        ratio = drawing.toughness(x, config.electrolyte, numerics.ell, numerics.band)
        self.state["ratio"].x.array[:] = ratio
        self._seed(drawing.broken())
        self._finder = PieceFinder(
            self._domain, space, nodal_volume(space, self._m).array.copy(), (BROKEN,)
        )
        self._mechanics()
        self._potential = Potential(self._domain, self._m, self.state, config, numerics)
        self.count = {"sweeps": 0, "solves": 0, "running": 0, "growths": 0}
        self._metal = np.zeros(len(x), dtype=bool)

    def _near(self, nodes: npt.NDArray[np.int64]) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """Distance of each node from the nearest of `nodes`, and which that is; periodic."""
        images = [self.x[nodes] + np.array([0.0, k * self._width]) for k in (-1, 0, 1)]
        away, which = cKDTree(np.concatenate(images)).query(self.x)
        return away, nodes[which % len(nodes)]

    def _seed(self, broken: BoolArray) -> None:
        """Damage of broken cells, with the profile of a crack beside them."""
        h = self._numerics.h
        middle = self._middles()
        column = np.clip((middle[:, 0] / h).astype(int), 0, broken.shape[0] - 1)
        row = (middle[:, 1] / h).astype(int) % broken.shape[1]
        core = np.unique(self._corners[broken[column, row]])
        self._lower.x.array[core] = 1.0
        away, _ = self._near(core)
        self.state["d"].x.array[:] = np.maximum(1 - away / (2 * self._numerics.ell), 0.0) ** 2
        self.state["d"].x.array[core] = 1.0

    def _middles(self) -> FloatArray:
        """(n_cells, 2) middles of the cells [m]."""
        geometry = self._domain.mesh.geometry
        return np.asarray(geometry.x[geometry.dofmap].mean(axis=1)[:, :2])

    def _mechanics(self) -> None:
        """Forms and solvers of displacement and damage."""
        config, numerics, m = self._config.electrolyte, self._numerics, self._m
        mesh, state = self._domain.mesh, self.state
        damage = Fracture(config.toughness, numerics.ell, residual=numerics.residual)
        law = bind(damage.solved_on(numerics.h), mesh)
        solid = bind(Solid(config.young_modulus, config.poisson_ratio), mesh)
        u, d, ratio = state["u"], state["d"], state["ratio"]
        tensile, compressive = solid.energies(strain_tensor(u), state["opens"])
        elastic = (law.degradation(d) * tensile + compressive) * m.nodes
        surface = ratio * law.local_energy(d) * m.nodes + ratio * law.gradient_energy(d) * m.dx
        work = -state["p"] * ufl.inner(u, ufl.grad(d)) * m.dx
        self._energy, self._work = fem.form(elastic + surface), fem.form(work)
        self._surface = fem.form(surface)
        self._opened = fem.form(-state["new"] * ufl.inner(u, ufl.grad(d)) * m.dx)
        grows = ufl.conditional(ufl.ge(ufl.tr(strain_tensor(u)), 0.0), 1.0, 0.0)
        points = compat.interpolation_points(state["opens"].function_space)
        self._opening = Opening(state["opens"], fem.Expression(grows, points), [d])
        v, z = ufl.TestFunction(u.function_space), ufl.TestFunction(d.function_space)
        balance = ufl.derivative(elastic - work, u, v)
        still = fem.Constant(mesh, 0.0)
        held = [
            fem.dirichletbc(
                still,
                fem.locate_dofs_topological(u.function_space.sub(axis), 1, self._domain.side(side)),
                u.function_space.sub(axis),
            )
            for side, axis in (("left", 0), ("right", 0), ("right", 1))
        ]
        self._elastic = ElasticSolver(
            u,
            fem.form(balance),
            fem.form(ufl.derivative(balance, u)),
            held,
            reused_factors(mesh.comm.size, mesh.geometry.dim),
        )
        growth = ufl.derivative(elastic + surface - work, d, z)
        self._bounded = BoundedSolver(
            d, fem.form(growth), fem.form(ufl.derivative(growth, d)), lower=self._lower,
            upper=self._upper, what="damage", prefix="damage_",
            negligible=NEGLIGIBLE * config.toughness * numerics.h,
            options={**BOUNDED, "snes_max_it": MOST_LAYERS},
        )  # fmt: skip
        self._worked = 0.0
        self._sweeps = Alternating(
            d, self._lower, self._upper, self._bounded, self._equilibrium, self._look,
            lambda: integral(self._energy), SETTLED, self._work_done,
        )  # fmt: skip

    def _equilibrium(self) -> None:
        """Displacement together with where the volume grows; the rest is left to the next sweep."""
        for _ in range(LOOKS):
            self.count["solves"] += 1
            self._elastic.solve()
            if self._look():
                return

    def _look(self, *, anew: bool = False) -> bool:
        """Where the volume grows; what is broken bears no pressure and counts as if it did."""
        return self._opening.look(held=self._bears_nothing)

    def _release(self) -> None:
        """Broken cells bear nothing from here on."""
        opens, d = self.state["opens"], self.state["d"].x.array
        whole = (d[self._corners] > BROKEN).all(axis=1)
        self._bears_nothing = np.zeros(len(opens.x.array), dtype=bool)
        self._bears_nothing[opens.function_space.dofmap.list[whole]] = True
        opens.x.array[self._bears_nothing] = 1.0

    def _work_done(self) -> float:
        before, self._worked = self._worked, integral(self._work)
        return self._worked - before

    def fill(self) -> bool:
        """Metal is all that is broken and joined to the anode; is that a short circuit?"""
        self._metal, shorted = self._find_metal()
        self._solve_potential()
        return shorted

    def _solve_potential(self) -> None:
        """φ and p of 1 A/m², with what is broken now."""
        self._potential.solve(self.state["d"].x.array > BROKEN, self._metal, self._corners)
        self.pressure = np.zeros(len(self.x))
        nodes = np.flatnonzero(self._metal)
        if len(nodes):
            away, nearest = self._near(nodes)
            near = away <= 2 * self._numerics.ell + self._numerics.h
            phi, volume = self.state["phi"].x.array, self._config.lithium.molar_volume
            self.pressure[near] = FARADAY / volume * phi[nearest[near]]

    def pressed(self) -> tuple[FloatArray, FloatArray]:
        """Where metal lies along x, ascending [m], and the largest p of 1 A/m² there [Pa]."""
        x, pressure = self.x[self._metal, 0], self.pressure[self._metal]
        columns = np.rint(x / self._numerics.h).astype(int)
        places = np.unique(columns)
        highest = np.array([pressure[columns == k].max() for k in places])
        return places * self._numerics.h, highest

    def bears(self, current: float) -> bool:
        """Does nothing break at this current density [A/m²]? What would is not kept."""
        try:
            self._relax(current, watch=True)
        except _Grew:
            return False
        return True

    def _find_metal(self) -> tuple[BoolArray, bool]:
        """Nodes that are broken and joined to the anode; do they reach the counter electrode?"""
        pieces = self._finder.find(self.state["d"].x.array)[BROKEN]
        metal = pieces.connected()[: len(self.x)]
        # the last 2ℓ are held by the counter electrode
        near = self._thickness - 2 * self._numerics.ell
        return metal, bool(np.any(self.x[metal, 0] > near))

    def _relax(self, current: float, *, watch: bool) -> bool:
        """Displacement and damage at a current density; have they settled?

        What breaks with `watch` is refused. Once something has broken the rest is left to the next
        call: by then lithium is in it.
        """
        state = self.state
        state["p"].x.array[:] = current * self.pressure
        self._release()
        before = state["d"].x.array > BROKEN

        def look() -> None:
            if watch and np.any((state["d"].x.array > BROKEN) & ~before):
                raise _Grew

        spent = 0
        while True:
            last = state["d"].x.array.copy()
            counts = self._sweeps.balance(swept=look)
            # what opens and closes for ever moves no damage
            still = self._sweeps.change(last) < SETTLED.tolerance
            spent += int(counts[SWEEPS])
            self.count["sweeps"] += int(counts[SWEEPS])
            grown = bool(np.any((state["d"].x.array > BROKEN) & ~before))
            if not counts[RUNNING] or still or grown or spent >= MOST_SWEEPS:
                break
        self._lower.x.array[:] = state["d"].x.array
        self._elastic.end_step()
        self.count["running"] += int(spent >= MOST_SWEEPS)
        return not counts[RUNNING] or still or spent >= MOST_SWEEPS

    def _fill_time(self, new: BoolArray, current: float) -> float:
        """Time that lithium takes into what has just broken [s]."""
        reach = 2 * self._numerics.ell
        self.state["new"].x.array[:] = 0.0
        away, _ = self._near(np.flatnonzero(new))
        self.state["new"].x.array[away <= reach] = 1.0
        volume = max(integral(self._opened), 0.0)
        fed = current * float(self._potential.into_walls[(away <= reach) & self._metal].sum())
        if fed <= 0:
            return np.inf
        return FARADAY / self._config.lithium.molar_volume * volume / fed

    def run(self) -> dict[str, Any]:
        """Ramp up to the short circuit or to the highest current; what is kept of it."""
        protocol, clock = self._config.protocol, time.process_time()
        shorted = self.fill()
        done, stride, fills = 0, STRIDE, []
        step = 1 if shorted else 0
        while not shorted and done < protocol.steps:
            n = min(stride, protocol.steps - done)
            kept = {name: self.state[name].x.array.copy() for name in ("u", "d", "opens")}
            try:
                settled = self._relax(protocol.step * (done + n), watch=n > 1)
            except _Grew:
                for name, values in kept.items():
                    self.state[name].x.array[:] = values
                self._elastic.end_step()
                self.count["sweeps"] += 1
                stride = n // 2
                continue
            done += n
            whole = kept["d"] > BROKEN
            shorted, grew = self._follow(done, whole, fills, settled=settled)
            step = done
            stride = STRIDE // 2 if grew else stride
        return {
            "step": step if shorted else 0,
            "current": protocol.step * step if shorted else None,
            "fill_times": fills,
            "length": integral(self._surface) / self._config.electrolyte.toughness,
            "cpu": time.process_time() - clock,
            **self.count,
        }

    def _ran(self, broke: BoolArray, before: BoolArray) -> bool:
        """Has anything that broke come farther than a grain from the metal before?"""
        away, _ = self._near(np.flatnonzero(before))
        return bool(away[broke].max(initial=0.0) > self._config.structure.grain_size)

    def _follow(
        self, step: int, whole: BoolArray, fills: list[float], *, settled: bool
    ) -> tuple[bool, bool]:
        """Fill what has broken and load it anew, until nothing breaks.

        Args:
            step: of the ramp.
            whole: which nodes were broken before this step.
            fills: gets the time of each filling [s].
            settled: damage has.

        Returns:
            whether there is a short circuit, and whether anything has grown.
        """
        protocol, grew, before = self._config.protocol, False, self._metal
        while True:
            metal, shorted = self._find_metal()
            new = metal & ~self._metal
            if new.any():
                shorted |= self._ran(metal & ~whole, before)
            if not new.any():
                if settled:
                    return False, grew
                settled = self._relax(protocol.step * step, watch=False)
                continue
            grew = True
            self.count["growths"] += 1
            fills.append(self._fill_time(new, protocol.step * step))
            self._metal = metal
            if shorted:
                return True, grew
            self._solve_potential()
            settled = self._relax(protocol.step * step, watch=False)
