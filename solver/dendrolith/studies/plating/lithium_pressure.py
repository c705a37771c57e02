"""Pressure of the lithium in cracks: one unknown a segment, implicit, with its crack's compliance.

    C_kl p_l + V⁰_k − V_Li,k − Δt (V_m/F) I_k(p) ≥ 0,   p_k ≥ 0,   their product is 0

V⁰ is the opening without pressure and C what a unit of each pressure opens, at the present damage.
Both hold until the stiffness changes. The potentials of I are those predicted for the step.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max, global_sums
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import PieceFinder
from dendrolith.observables.nodal import metal
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.ion_transport import thermal_voltage
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.lithium_pressure import EQUILIBRIUM, LithiumPressure
from dendrolith.studies.plating.crack_nodes import CrackNodes
from dendrolith.studies.plating.crack_response import CrackResponse
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC, PlatingFields
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.segments import find_segments
from dendrolith.studies.plating.stress import Stress
from dendrolith.studies.plating.wall_current import WallCurrent

FloatArray = npt.NDArray[np.float64]

UNIT_STRAIN = 1e-4  # pressure over E at which compliances are found
MOST_ITERATIONS = 60
ACCURACY = 1e-11  # of the pressures, over the largest F|η|/V_m


def driving(f: PlatingFields, kinetics: ButlerVolmer) -> FloatArray:
    """The η without pressure, less that at which lithium rests, at the nodes [V]."""
    eta = kinetics.overpotential(f.component(ELECTRONIC), f.component(IONIC))
    return np.asarray(eta - f.at_rest(thermal_voltage(kinetics.temperature)))


class CrackPressure:
    """Segments of lithium in cracks and their pressures.

    Args:
        laws: of the cell.
        domain: its mesh.
        law: how lithium presses.
        cracks: as ways of lithium.
        nodes: of cracks.
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
        current: WallCurrent,
    ) -> None:
        self._f, self._laws, self._law = laws.f, laws, law
        self._law_of_cracks = cracks
        self._nodes, self._current = nodes, current
        (self._openings,), (broken,) = laws.openings, laws.damages
        self._comm, self._owned = domain.comm, len(nodes.volume)
        lithium, electrolyte = in_numbers(laws.lithium), in_numbers(laws.phases["electrolyte"])
        self._threshold, self._V_m = lithium.metal_threshold, lithium.molar_volume
        self._kinetics = in_numbers(laws.kinetics)
        space = laws.f.scalar_space
        self._finder = PieceFinder(domain, space, nodes.volume)
        xi, v = laws.f.xi_middle, ufl.TestFunction(space)
        self._slope = fem.form(ufl.sqrt(ufl.inner(ufl.grad(xi), ufl.grad(xi))) * v * laws.m.dx)
        self._b = compat.create_vector(self._slope)
        self.count = 0
        self.pressures: FloatArray = np.zeros(0)
        self._dt = 0.0
        unit = UNIT_STRAIN * electrolyte.young_modulus
        fields = [broken.d, broken.opens]
        self._response = CrackResponse(laws.f.u, nodes, self._openings, fields, unit)
        self._reference: tuple[FloatArray, FloatArray] = (np.zeros(0), np.zeros(0))
        self._without_current = 0.0  # largest pressure that a step of no length would have [Pa]

    def prepare(self, dt: float) -> None:
        """Find the segments of a step of `dt` [s], and where lithium may go (collective)."""
        f, openings, self._dt = self._f, self._openings, dt
        eta = driving(f, self._kinetics)
        lithium = metal(f.xi.x.array, self._threshold) > 0
        inside = lithium & (self._nodes.opened() > 0.5)
        beside = self._nodes.beside(eta, lithium)
        label, self.count = find_segments(self._comm, self._finder, inside, beside)
        openings.segment.x.array[:] = self._nodes.abreast(label, lithium)
        openings.segment.x.scatter_forward()
        self.find_fronts()
        self._current.find()
        self._share_stripping()
        if self.imposed:
            self._impose(eta)

    def find_fronts(self) -> None:
        """Put |∇ξ| of the lithium in the middle of the step to the nodes (collective)."""
        density = self._openings.density.x
        compat.assemble_vector(self._b, self._slope)
        density.array[: self._owned] = self._b.array / self._nodes.volume
        density.scatter_forward()

    def _share_stripping(self) -> None:
        """Let openings give no more than they hold: s = 1, or what of it lasts a step."""
        strips = self._openings.strips
        strips.x.array[:] = 1.0
        taken = self._sums(np.maximum(-self._current.values()[0], 0.0) * self._nodes.volume)
        held = self._sums(self._openings.volume.x.array[: self._owned] * self._nodes.volume)
        needed = taken * self._dt * self._V_m / FARADAY
        share = np.divide(held, needed, out=np.ones_like(held), where=needed > 0)
        share[held <= 0] = 0.0
        strips.x.array[:] = np.clip(share, 0.0, 1.0)[self._openings.number()]

    def _impose(self, eta: FloatArray) -> None:
        """The pressure of the literature, at once."""
        pressed = np.where(self._openings.number() > 0, self._law.imposed(eta, self._V_m), 0.0)
        self._openings.pressure.x.array[:] = pressed

    def solve(self, stress: Stress) -> None:
        """Displacement and pressures at the present damage (collective).

        Raises:
            SolverDiverged: a solve failed, or no pressures were found.
        """
        self._response.find(stress, self.count, self._sums)
        self.pressures = self._balance(self._dt)
        self._put(self.pressures)
        self._response.apply(self.pressures)

    def _balance(self, dt: float) -> FloatArray:
        """(count,) p that a step of `dt` [s] leads to [Pa]."""
        per_charge, C = dt * self._V_m / FARADAY, self._response.compliance
        lithium = self._sums(self._held())[1:]

        def gap(p: FloatArray) -> tuple[FloatArray, FloatArray]:
            self._put(p)
            current, slopes = self._current.values()
            i, slope = (self._sums(part * self._nodes.volume)[1:] for part in (current, slopes))
            room = C @ p + self._response.at_rest - lithium - per_charge * i
            return room, C - per_charge * np.diag(slope)

        return complementary(gap, self._kept_pressures(), ACCURACY * self._largest_pressure())

    def _kept_pressures(self) -> FloatArray:
        """(count,) pressures to begin with: the largest that the nodes of a segment had."""
        before, label = self.pressed(), self._openings.number()[: self._owned]
        of_each = (np.where(label == k, before, 0.0) for k in range(1, self.count + 1))
        return np.array([global_max(self._comm, values) for values in of_each])

    def _largest_pressure(self) -> float:
        """F|η|/V_m of the largest η in a segment [Pa]."""
        driven = np.abs(driving(self._f, self._kinetics)) * (self._openings.number() > 0)
        return max(global_max(self._comm, driven), 1e-6) * FARADAY / self._V_m

    def _held(self) -> FloatArray:
        """(n_owned,) lithium that needs room in an opening [m³, in 2-D m²]."""
        owned, (capacity,), openings = self._owned, self._laws.capacities, self._openings
        now, fits = (metal(xi.x.array, self._threshold) for xi in (self._f.xi, openings.fitting))
        within = capacity.x.array * (now - fits) * self._law_of_cracks.share(self._nodes.opened())
        held: FloatArray = (within + openings.volume.x.array)[:owned] * self._nodes.volume
        return held

    def _put(self, p: FloatArray) -> None:
        """Let the lithium of each segment press by `p` [Pa]."""
        self._openings.pressure.x.array[:] = np.append(0.0, p)[self._openings.number()]

    def _sums(self, values: FloatArray) -> FloatArray:
        """(1 + count,) sums of (n_owned,) values outside of segments, and in each (collective)."""
        label = self._openings.number()[: self._owned]
        sums = np.bincount(label, values, minlength=self.count + 1).astype(np.float64)
        return global_sums(self._comm, sums)

    @property
    def imposed(self) -> bool:
        """The pressure is that of the literature, from η alone."""
        return self._law.mode == EQUILIBRIUM

    # ------------------------------------------------------------------ energy

    def hold_reference(self) -> None:
        """From here on pressures do work on what damage opens."""
        self._reference = self.present()
        if not self.imposed:
            self._without_current = float(self._balance(0.0).max(initial=0.0))
            self._put(self.pressures)

    def present(self) -> tuple[FloatArray, FloatArray]:
        """(n_owned,) openings [m³, in 2-D m²] and pressures [Pa] at the nodes."""
        return self._nodes.openings(), self.pressed()

    def work(self, since: tuple[FloatArray, FloatArray] | None = None) -> float:
        """Done by the pressures since then, or another time [J, in 2-D J/m] (collective)."""
        opened, pressure = since or self._reference
        mean = (pressure + self.pressed()) / 2
        done = mean * (self._nodes.openings() - opened)
        return float(global_sums(self._comm, np.array([done.sum()]))[0])

    @property
    def rise(self) -> float:
        """Of the largest pressure by the current of the step, at the damage as it was [Pa].

        A crack that has run leaves its lithium with other flanks to press on, and pressure jumps.
        No shorter step avoids that, nor the pressure that `equilibrium` imposes at once.
        """
        if self.imposed:
            return 0.0
        return max(global_max(self._comm, self._reference[1]) - self._without_current, 0.0)

    def pressed(self) -> FloatArray:
        """(n_owned,) pressure at the nodes [Pa]."""
        values: FloatArray = self._openings.pressure.x.array[: self._owned].copy()
        return values

    def settle(self, stress: Stress) -> None:
        """The stress at the nodes is that of the present displacement."""
        self._response.settle(stress)

    def reject(self) -> None:
        """Responses are found again."""
        self._response.forget()

    def save(self) -> CheckpointData:
        """The displacements that pressures are found with."""
        count = CheckpointData({"count": self.count})
        return CheckpointData.join({"segments": count, "response": self._response.save()})

    def restore(self, data: CheckpointData, stress: Stress) -> None:
        """Take them back; fields of the state are restored already (collective)."""
        self.count = data.part("segments").numbers["count"]
        self._response.restore(data.part("response"), stress, self._sums)


def complementary(
    gap: Callable[[FloatArray], tuple[FloatArray, FloatArray]], p: FloatArray, accuracy: float
) -> FloatArray:
    """(n,) p ≥ 0 with gap(p) ≥ 0 and p · gap = 0, by Newton's method on min(p, gap) = 0.

    Args:
        gap: V − V_Li at p [m³, in 2-D m²], and its derivatives (n, n).
        p: the guess [Pa].
        accuracy: of p [Pa].

    Raises:
        SolverDiverged: there is none.
    """
    for _ in range(MOST_ITERATIONS):
        rest, J = gap(p)
        pressed = p - rest / np.maximum(np.diag(J), np.finfo(float).tiny) > 0
        step = np.where(pressed, 0.0, -p)
        if pressed.any():
            rest = rest + J @ step
            step[pressed] = np.linalg.solve(J[np.ix_(pressed, pressed)], -rest[pressed])
        p = p + step
        if np.abs(step).max(initial=0.0) <= accuracy:
            found: FloatArray = np.maximum(p, 0.0)
            return found
    raise SolverDiverged("pressure of lithium", "was not found")
