"""The counter electrode whose x varies along its face: one x for each of its nodes.

    A_k Q dx_k/dt = −∫ j v_k ds + k_r,k − Q D_s Σ_l K_kl x_l

A_k = ∫ v_k ds, K = ∫ ∇_s v_k·∇_s v_l ds; j of the step as the balance of charge has it. U and i₀ of
each node are predicted with its last current, so a step is a part of R_ct Q/|U′| of every node.
Diffusion follows within the step, implicitly.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import SolverDiverged
from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.physics.counter_face import CounterFace
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.counter import FOLLOWING, StoredLithium
from dendrolith.studies.plating.counter_side import CounterSide, each
from dendrolith.studies.plating.direct_reduction import DirectReduction
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.columns import FRACTION
from dendrolith.studies.plating.terminals import CellTerminals

logger = logging.getLogger(__name__)
FloatArray = npt.NDArray[np.float64]
CURE = "raise counter_electrode.lateral_diffusivity, or end the stage before"


class LocalLithium(StoredLithium):
    """Advances the x of every node; U(x) of each stands in the contact of the ions.

    Args:
        face: of the electrode.
        laws: U in the contact, its kinetics and the growth of the electrode.
        kinetics: of lithium, with its temperature and E_eq.
        terminals: of the cell.
        reductions: what takes lithium up beside the currents; empty without it.
        side: nodes of the electrode.

    Attributes:
        face, side: as given.
    """

    def __init__(
        self,
        face: CounterFace,
        laws: Laws,
        kinetics: ButlerVolmer,
        terminals: CellTerminals,
        reductions: list[DirectReduction],
        side: CounterSide,
    ) -> None:
        super().__init__(face, laws, kinetics, terminals, reductions)
        self.face, self.side, self._state = face, side, laws.f.state
        self._x, self._j = (self._state[name] for name in ("counter_fraction", "counter_current"))
        self._nodes_at = laws.f.scalar_space.tabulate_dof_coordinates()
        self._state.set_accepted("counter_fraction", face.start)
        self._outside = False  # said already

    @property
    def fractions(self) -> FloatArray:
        """(n,) x at the nodes of this rank [1]."""
        return self._of(self._x)

    @property
    def fraction(self) -> float:
        """Mean x [1] (collective)."""
        return self.side.mean(self.fractions)

    @property
    def potential(self) -> float:
        """Mean U(x) [V] (collective)."""
        return self.side.mean(self.potentials)

    @property
    def potentials(self) -> FloatArray:
        """(n,) U(x) at the nodes of this rank [V]."""
        return each(self._of_x, self.fractions)

    @property
    def overpotential(self) -> float:
        """Mean η of the last step [V] (collective)."""
        pairs = zip(self.currents(), self.fractions, strict=True)
        eta = [self.law.overpotential(j, x, self._temperature) for j, x in pairs]
        return self.side.mean(np.array(eta))

    @property
    def longest_step(self) -> float:
        """A part of the time in which the x of a node follows its potential [s] (collective)."""
        triples = zip(self._of(self._j), self.fractions, self._slopes(), strict=True)
        rates = [s / self.law.resistance(j, x, self._temperature) for j, x, s in triples]
        fastest = self.side.most(np.array(rates))
        return FOLLOWING * self.law.capacity / fastest if fastest > 0 else math.inf

    def currents(self) -> FloatArray:
        """(n,) ionic current density at the nodes of this rank, of the last solve [A/m²]."""
        return self._terminals.local_currents(self.side)

    def advance(self, dt: float) -> Report:
        """U and i₀ within a step of `dt` [s].

        Raises:
            SolverDiverged: the mean x leaves its window, or that of a node leaves 0 to 1.
        """
        report, (x, places) = super().advance(dt), (self._ahead_x(), self.side.places)
        everywhere = self.side.gathered(x)
        wrong = np.flatnonzero((everywhere < 0) | (everywhere > 1))
        if wrong.size:
            k = wrong[0]
            y = 1e6 * places[k][1]
            raise SolverDiverged(
                "the counter electrode", f"x = {everywhere[k]:.4g} at y = {y:.4g} um: {CURE}"
            )
        return report

    def _fill(self, _: float) -> None:
        """Put U and i₀ of each node into the contact."""
        x = self._ahead_x()
        for value, of_x in zip(self._contact, self._laws_of_x, strict=False):
            value.x.array[self.side.nodes] = each(of_x, x)
            value.x.scatter_forward()

    def accept(self) -> None:
        """Count what the accepted step took out of each node, then let it diffuse."""
        super().accept()
        j, dt, side = self.currents(), self._dt, self.side
        taken = self._taken_of_nodes(j, dt)
        x = np.asarray(self.fractions - taken / self.law.capacity)
        if dt > 0 and self.face.lateral_diffusivity:
            x = side.diffuse(x, self.face.lateral_diffusivity, dt)
        self._keep(self._x, x)
        self._keep(self._j, np.asarray(taken / dt) if dt > 0 else j)
        self._tell(x)

    def _taken_of_nodes(self, j: FloatArray, dt: float) -> FloatArray:
        """(n,) what a step of `dt` [s] with currents (n,) takes out of each node [C/m²]."""
        given = np.zeros(len(j))
        for reduction in self._reductions:
            amounts = FARADAY * reduction.fall
            given += self.side.nearest(amounts, self._nodes_at[: len(amounts)])
        return np.asarray(j * dt - given / self.side.area)

    def changes(self, ionic: float, dt: float) -> tuple[float, float]:
        """What the step moves x [1] and U [V] of any node by (collective)."""
        of_x = np.abs(self._taken_of_nodes(self.currents(), dt)) / self.law.capacity
        return self.side.most(of_x), self.side.most(self._slopes() * of_x)

    def reset_history(self) -> None:
        """The last currents tell nothing of the next."""
        super().reset_history()
        self._state.set_accepted("counter_current", 0.0)

    def _ahead_x(self) -> FloatArray:
        """(n,) x predicted for the step [1]."""
        return self.fractions - self._ahead * self._of(self._j) / self.law.capacity

    def _slopes(self) -> FloatArray:
        """(n,) |U′(x)| at the nodes of this rank [V]."""
        return np.abs(each(self._of_x.slope, self.fractions))

    def _of(self, field: fem.Function) -> FloatArray:
        values: FloatArray = field.x.array[self.side.nodes]
        return values

    def _keep(self, field: fem.Function, values: FloatArray) -> None:
        field.x.array[self.side.nodes] = values
        field.x.scatter_forward()

    def _tell(self, x: FloatArray) -> None:
        """Say once that a node is beyond the window of U(x)."""
        low, high = self.law.limits
        beyond = self.side.most(np.maximum(low - x, x - high)) > 1e-6
        if beyond and not self._outside:
            logger.warning("x of the counter electrode leaves %g to %g at a place: U(x) goes on "
                           "along its tangent there", low, high)  # fmt: skip
        self._outside = self._outside or beyond


class CounterProfile(Observable):
    """Extremes of x in every step; x, U and j of each place in ``counter_electrode.csv``.

    Args:
        stored: its block.
    """

    columns = (f"{FRACTION}_least [1]", f"{FRACTION}_largest [1]")
    tables = (
        Table(
            "counter_electrode",
            (
                *("time [s]", "y [m]", "z [m]", f"{FRACTION} [1]"),
                *("open_circuit_potential [V]", "ionic_current [A/m^2]"),
            ),
        ),
    )

    def __init__(self, stored: LocalLithium) -> None:
        self._stored = stored

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Least and largest x [1]."""
        x, side = self._stored.fractions, self._stored.side
        return -side.most(-x), side.most(x)

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """A row a node at the start and at an output time, along y, then z."""
        if not (view.milestone or view.step == 0):
            return {}
        stored, side = self._stored, self._stored.side
        own = (stored.fractions, stored.potentials, stored.currents())
        values = np.column_stack([side.places[:, 1:], *map(side.gathered, own)])
        order = np.lexsort((side.places[:, 2], side.places[:, 1]))
        return {"counter_electrode": [(view.time, *row) for row in values[order].tolist()]}
