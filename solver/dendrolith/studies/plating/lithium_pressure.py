"""Pressure of the lithium in cracks: one unknown a segment, implicit, with its crack's compliance.

    C_kl p_l + V⁰_k − V_Li,k − Δt (V_m/F) I_k(p) ≥ 0,   p_k ≥ 0,   their product is 0

V⁰ is the opening without pressure and C what a unit of each pressure opens, at the present damage.
Both hold until the stiffness changes. The potentials of I are those predicted for the step.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import all_agree, global_max, global_sums
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import PieceFinder
from dendrolith.fields.state import owned_values, set_owned_values
from dendrolith.observables.nodal import metal
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.lithium_pressure import EQUILIBRIUM, LithiumPressure
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.crack_nodes import CrackNodes
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.segments import find_segments
from dendrolith.studies.plating.stress import Stress
from dendrolith.studies.plating.wall_current import WallCurrent

FloatArray = npt.NDArray[np.float64]

UNIT_STRAIN = 1e-4  # pressure over E at which compliances are found
MOST_ITERATIONS = 60
ACCURACY = 1e-11  # of the pressures, over the largest F|η|/V_m


class CrackPressure:
    """Segments of lithium in cracks and their pressures.

    Args:
        laws: of the cell.
        domain: its mesh.
        law: how lithium presses.
        cracks: as ways of lithium.
        nodes: of cracks.
        access: of lithium.
        current: that goes into openings.

    Attributes:
        count: of segments.
        pressures: (count,) p_k [Pa].
    """

    name = "lithium_pressure"

    def __init__(
        self,
        laws: Laws,
        domain: Domain,
        law: LithiumPressure,
        cracks: Cracks,
        nodes: CrackNodes,
        access: PoreAccess,
        current: WallCurrent,
    ) -> None:
        self._f, self._laws, self._law = laws.f, laws, law
        self._law_of_cracks = cracks
        self._nodes, self._access, self._current = nodes, access, current
        (self._openings,), (self._broken,) = laws.openings, laws.damages
        self._comm, self._owned = domain.comm, len(nodes.volume)
        lithium, electrolyte = in_numbers(laws.lithium), in_numbers(laws.phases["electrolyte"])
        self._threshold, self._V_m = lithium.metal_threshold, lithium.molar_volume
        self._E_eq = in_numbers(laws.kinetics).equilibrium_potential
        space = laws.f.scalar_space
        self._finder = PieceFinder(domain, space, nodes.volume)
        self._unit = UNIT_STRAIN * electrolyte.young_modulus
        xi, v = laws.f.xi_middle, ufl.TestFunction(space)
        self._slope = fem.form(ufl.sqrt(ufl.inner(ufl.grad(xi), ufl.grad(xi))) * v * laws.m.dx)
        self._b = compat.create_vector(self._slope)
        self.count, self.pressures = 0, np.zeros(0)
        self._rest: FloatArray = laws.f.u.x.array.copy()  # displacement without pressure
        self._units: list[FloatArray] = []  # and what a pressure of 1 Pa adds to it
        self._made_with: FloatArray = np.zeros(0)
        self._dt, self._solved = 0.0, -1
        self._reference: tuple[FloatArray, FloatArray] = (np.zeros(0), np.zeros(0))

    # ------------------------------------------------------------------ a step

    def prepare(self, dt: float) -> None:
        """Find the segments of a step of `dt` [s], and where lithium may go (collective)."""
        f, openings, self._dt = self._f, self._openings, dt
        eta = f.component(ELECTRONIC) - f.component(IONIC) - self._E_eq
        lithium = (metal(f.xi.x.array, self._threshold) > 0) & (self._nodes.opened() > 0.5)
        label, self.count = find_segments(self._comm, self._finder, lithium, eta)
        openings.segment.x.array[:] = self._nodes.neighbours.nearest(label, self._nodes.reach)
        compat.assemble_vector(self._b, self._slope)
        openings.density.x.array[: self._owned] = self._b.array / self._nodes.volume
        openings.density.x.scatter_forward()
        openings.plates.x.array[: self._owned] = self._access.walls
        openings.plates.x.scatter_forward()
        self._current.find()
        self._share_stripping()
        if self._law.mode == EQUILIBRIUM:
            self._impose(eta)

    def _share_stripping(self) -> None:
        """Let openings give no more than they hold: s = 1, or what of it lasts a step."""
        strips = self._openings.strips
        strips.x.array[:] = 1.0
        taken = self._sums(np.maximum(-self._current.values()[0], 0.0) * self._nodes.volume)
        held = self._sums(self._openings.volume.x.array[: self._owned] * self._nodes.volume)
        needed = taken * self._dt * self._V_m / FARADAY
        share = np.divide(held, needed, out=np.ones_like(held), where=needed > 0)
        share[held <= 0] = 0.0
        strips.x.array[:] = np.clip(share, 0.0, 1.0)[self._label()]

    def _impose(self, eta: FloatArray) -> None:
        """The pressure of the literature, at once."""
        pressed = np.where(self._label() > 0, self._law.imposed(eta, self._V_m), 0.0)
        self._openings.pressure.x.array[:] = pressed

    def solve(self, stress: Stress) -> None:
        """Displacement and pressures at the present damage (collective).

        Raises:
            SolverDiverged: a solve failed, or no pressures were found.
        """
        if self._law.mode == EQUILIBRIUM:
            stress.solve()
            return
        if not self._is_known(stress):
            self._respond(stress)
        self._balance()
        u = self._f.u.x.array
        u[:] = self._rest
        for p, unit in zip(self.pressures, self._units, strict=True):
            u += p * unit

    def _is_known(self, stress: Stress) -> bool:
        """Is the response to pressure that of the present stiffness and segments (collective)?"""
        made_with = self._stiffness()
        same = self._solved == stress.mechanics.solved and len(self._units) == self.count
        same = same and np.array_equal(made_with, self._made_with)
        return all_agree(self._comm, same)

    def _stiffness(self) -> FloatArray:
        """All that the response depends on beside the lithium of the last solve."""
        d, opens = self._broken.d.x.array, self._broken.opens.x.array
        return np.concatenate([d, opens, self._openings.segment.x.array])

    def _respond(self, stress: Stress) -> None:
        """Find V⁰ and C, and the displacements that belong to them."""
        u, pressure, label = self._f.u.x.array, self._openings.pressure.x.array, self._label()
        pressure[:] = 0.0
        stress.solve()
        self._rest = u.copy()
        self._units = []
        for k in range(1, self.count + 1):
            pressure[:] = np.where(label == k, self._unit, 0.0)
            stress.solve(other_load_alone=True)
            self._units.append((u - self._rest) / self._unit)
        self._made_with, self._solved = self._stiffness(), stress.mechanics.solved
        self._find_compliance()

    def _find_compliance(self) -> None:
        """V⁰ [m³, in 2-D m²] and C [m³/Pa, in 2-D m²/Pa] of these displacements."""
        u = self._f.u.x.array
        present = u.copy()
        u[:] = self._rest
        self._at_rest = self._sums(self._nodes.openings())[1:]
        self._compliance = np.zeros((self.count, self.count))
        for k, unit in enumerate(self._units):
            u[:] = unit
            self._compliance[:, k] = self._sums(self._nodes.openings())[1:]
        u[:] = present

    def _balance(self) -> None:
        """Find p by Newton's method on the complementarity, min(p, V − V_Li) = 0."""
        per_charge, C = self._dt * self._V_m / FARADAY, self._compliance
        lithium, p = self._sums(self._held())[1:], self._kept_pressures()
        scale = self._largest_pressure()
        for _ in range(MOST_ITERATIONS):
            self._put(p)
            current, slopes = self._current.values()
            i, slope = (self._sums(part * self._nodes.volume)[1:] for part in (current, slopes))
            gap = C @ p + self._at_rest - lithium - per_charge * i
            J = C - per_charge * np.diag(slope)
            pressed = p - gap / np.maximum(np.diag(J), np.finfo(float).tiny) > 0
            step = np.where(pressed, 0.0, -p)
            if pressed.any():
                rest = gap + J @ step
                step[pressed] = np.linalg.solve(J[np.ix_(pressed, pressed)], -rest[pressed])
            p = p + step
            if np.abs(step).max(initial=0.0) <= ACCURACY * scale:
                self.pressures = np.maximum(p, 0.0)
                self._put(self.pressures)
                return
        raise SolverDiverged("pressure of lithium", "was not found")

    def _kept_pressures(self) -> FloatArray:
        """(count,) pressures to begin with: the largest that the nodes of a segment had."""
        before = self._openings.pressure.x.array[: self._owned]
        return np.array(
            [
                global_max(self._comm, np.where(self._label()[: self._owned] == k, before, 0.0))
                for k in range(1, self.count + 1)
            ]
        )

    def _largest_pressure(self) -> float:
        """F|η|/V_m of the largest η in a segment [Pa]."""
        f = self._f
        eta = f.component(ELECTRONIC) - f.component(IONIC) - self._E_eq
        driven = np.where(self._label() > 0, np.abs(eta), 0.0)
        return max(global_max(self._comm, driven), 1e-6) * FARADAY / self._V_m

    def _held(self) -> FloatArray:
        """(n_owned,) lithium that needs room in an opening [m³, in 2-D m²]."""
        f, owned, (capacity,) = self._f, self._owned, self._laws.capacities
        gained = metal(f.xi.x.array, self._threshold) - metal(f.xi_initial.x.array, self._threshold)
        within = capacity.x.array * gained * self._law_of_cracks.share(self._nodes.opened())
        held: FloatArray = (within + self._openings.volume.x.array)[:owned] * self._nodes.volume
        return held

    def _put(self, p: FloatArray) -> None:
        """Let the lithium of each segment press by `p` [Pa]."""
        self._openings.pressure.x.array[:] = np.append(0.0, p)[self._label()]

    def _label(self) -> npt.NDArray[np.int64]:
        """(n_local,) number of the segment, 0: none."""
        number: npt.NDArray[np.int64] = np.rint(self._openings.segment.x.array).astype(np.int64)
        return number

    def _sums(self, values: FloatArray) -> FloatArray:
        """(1 + count,) sums of (n_owned,) values outside of segments, and in each (collective)."""
        label = self._label()[: self._owned]
        sums = np.bincount(label, values, minlength=self.count + 1).astype(np.float64)
        return global_sums(self._comm, sums)

    # ------------------------------------------------------------------ energy

    def hold_reference(self) -> None:
        """From here on pressures do work on what damage opens."""
        self._reference = self._nodes.openings(), self.pressed()

    def work(self) -> float:
        """Done by the pressures since then [J, in 2-D J/m] (collective)."""
        opened, pressure = self._reference
        mean = (pressure + self.pressed()) / 2
        done = mean * (self._nodes.openings() - opened)
        return float(global_sums(self._comm, np.array([done.sum()]))[0])

    def rise(self, before: FloatArray) -> float:
        """Of the largest pressure with the damage as it was, since `before` [Pa] (collective)."""
        return global_max(self._comm, self._reference[1] - before)

    def pressed(self) -> FloatArray:
        """(n_owned,) pressure at the nodes [Pa]."""
        values: FloatArray = self._openings.pressure.x.array[: self._owned].copy()
        return values

    def settle(self, stress: Stress) -> None:
        """The stress at the nodes is that of the present displacement."""
        self._solved = stress.mechanics.solved

    def reject(self) -> None:
        """Responses are found again."""
        self._solved = -1

    def save(self) -> CheckpointData:
        """The displacements that pressures are found with."""
        u, present = self._f.u, self._f.u.x.array.copy()
        kept = {}
        for name, values in self._displacements().items():
            u.x.array[:] = values
            kept[name] = owned_values(u)
        u.x.array[:] = present
        return CheckpointData({"count": self.count}, kept)

    def _displacements(self) -> dict[str, FloatArray]:
        return {"rest": self._rest, **{f"unit{k}": unit for k, unit in enumerate(self._units)}}

    def restore(self, data: CheckpointData, stress: Stress) -> None:
        """Take them back; fields of the state are restored already (collective)."""
        u, present, found = self._f.u, self._f.u.x.array.copy(), []
        self.count = int(data.numbers["count"])
        names = ["rest", *(f"unit{k}" for k in range(self.count))]
        for name in (name for name in names if name in data.nodal):
            set_owned_values(u, data.nodal[name])
            found.append(u.x.array.copy())
        u.x.array[:] = present
        self._rest, *self._units = found
        self._made_with, self._solved = self._stiffness(), stress.mechanics.solved
        self._find_compliance()
