"""What moves the surface of lithium, point by point: surface energy, reaction, stress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.fields.bind import in_numbers
from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.observables.contour import Contour
from dendrolith.observables.nodal import metal_slope, phase_slope
from dendrolith.studies.plating.laws import Laws, unrelaxed
from dendrolith.studies.plating.pieces import LITHIUM

FloatArray = npt.NDArray[np.float64]


class _Part:
    """A part of the rate: its column, ∫ of it, and how it goes across the front with which ξ."""

    def __init__(
        self,
        name: str,
        integrand: ufl.Form,
        profile: Callable[[FloatArray], FloatArray],
        xi: fem.Function,
    ) -> None:
        self.name, self.form, self.profile, self.xi = name, fem.form(integrand), profile, xi


def _flat(xi: FloatArray) -> FloatArray:
    """Nothing is known of how it goes: it is interpolated as it is."""
    return np.ones_like(xi)


class InterfaceRates(Observable):
    """``interface.csv`` at the output times: a row for each edge of the mesh that ξ = ½ crosses.

    The rate of ξ in its parts, gated by access, at the present fields (Cao et al. 2023, fig. S12,
    where they are driving forces), the stress as last solved for:

        ξ̇ = a {−L_ξ (W g′ − κ∇²ξ)  −  L_η m′ B(η)  −  L_ξ χ_m ∂f_elas/∂ξ}

    Where no surface tension moves lithium, a wire or a nucleus that forms, it and stress are 0.
    Along ξ = ½ the first part is that of curvature, up to a front's own distortion. m′ and h′ are
    peaked there and would lose a fifth where they are interpolated between nodes δ/4 apart: what
    is interpolated is the rate over them. Overpotential and stress stand beside.

    Args:
        laws: of the cell.
        contour: of lithium.
        volume: (n_owned,) of each node [m³, in 2-D m²].
        stresses: nodal stresses, to stand beside.

    Attributes:
        tables: the table.
    """

    def __init__(
        self,
        laws: Laws,
        contour: Contour,
        volume: FloatArray,
        stresses: Sequence[fem.Function],
    ) -> None:
        f, self._f, self._laws, self._volume = laws.f, laws.f, laws, volume
        v, L_xi = ufl.TestFunction(f.scalar_space), laws.lithium.L_xi
        energy = laws.bulk_energy(f.xi) + laws.surface_energy(f.xi)
        threshold = in_numbers(laws.lithium).metal_threshold
        relaxation = -L_xi * ufl.derivative(energy, f.xi, v)
        open_part = f.open_part * v
        reaction = laws.reaction_rate(f.xi, f.phi) * open_part * laws.m.nodes
        self._open_volume = fem.form(open_part * laws.m.nodes)
        self._parts = [
            _Part("rate_by_surface_energy", relaxation, _flat, f.xi),
            _Part("rate_by_reaction", reaction, lambda xi: metal_slope(xi, threshold), f.xi),
        ]
        if laws.forces:
            by_stress = -L_xi * laws.force(v)
            self._parts.append(_Part("rate_by_stress", by_stress, phase_slope, f.xi_stressed))
        self._b = compat.create_vector(self._parts[0].form)
        points = compat.interpolation_points(f.scalar_space)
        # what openings feed does not strip its front
        front, B_f = f.access, laws.stripping_at_front(f.xi, f.phi)
        for openings in laws.openings:
            front = openings.access_to_front(front, B_f)
        self._access, self._front = (fem.Expression(gate, points) for gate in (f.access, front))
        self._overpotential = fem.Expression(laws.overpotential(f.phi), points)
        self._nodal = fem.Function(f.scalar_space)
        self._contour, self._stress = contour, list(stresses)
        self.tables = (
            Table(
                "interface",
                (
                    "time [s]",
                    "x [m]",
                    "y [m]",
                    "z [m]",
                    *(f"{part.name} [1/s]" for part in self._parts),
                    "overpotential [V]",
                    *(f"{field.name} [Pa]" for field in self._stress),
                ),
            ),
        )

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """A row for each point at an output time (collective)."""
        if not view.milestone:
            return {}
        f, count = self._f, len(self._parts)
        xi, eta = f.xi.x.array, self._at_nodes(self._overpotential)
        profiles = [part.profile(part.xi.x.array) for part in self._parts]
        nodal = [*self._rates(), *profiles, eta, *(field.x.array for field in self._stress)]
        crossed = self._contour.everywhere(xi, xi > LITHIUM, nodal)
        place, rates, at_nodes, rest = np.split(crossed, [3, 3 + count, 3 + 2 * count], axis=1)
        highest = np.array([part.profile(np.array(LITHIUM)) for part in self._parts])
        # across a jump there is no profile: then the rates stay what they are
        factors = np.divide(highest, at_nodes, out=np.ones_like(at_nodes), where=at_nodes > 0)
        lines = np.concatenate([place, rates * factors, rest], axis=1)
        return {"interface": [(view.time, *map(float, line)) for line in lines]}

    def _at_nodes(self, expression: fem.Expression) -> FloatArray:
        """(n_local,) values at this rank's nodes."""
        compat.interpolate(self._nodal, expression)
        values: FloatArray = self._nodal.x.array.copy()
        return values

    def _rates(self) -> list[FloatArray]:
        """(n_local,) parts of the rate at this rank's nodes [1/s]."""
        compat.assemble_vector(self._b, self._open_volume)
        # of nodes in closed cells alone, which have no rate, the whole one
        volume = np.where(self._b.array_r > 0, self._b.array_r, self._volume)
        relaxes = np.where(unrelaxed(self._laws), 0.0, self._at_nodes(self._access))
        reaction, rates = self._at_nodes(self._front), list[FloatArray]()
        for part, gate in zip(self._parts, (relaxes, reaction, relaxes), strict=False):
            compat.assemble_vector(self._b, part.form)
            self._nodal.x.array[: volume.size] = self._b.array / volume
            self._nodal.x.scatter_forward()
            rates.append(gate * self._nodal.x.array)
        return rates
