"""What moves the surface of lithium, point by point: surface energy, reaction, stress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.fields.connected import LITHIUM
from dendrolith.observables.base import Listing, Moment, Observable, Row
from dendrolith.observables.context import Scene
from dendrolith.observables.contour import Contour
from dendrolith.observables.nodal import metal_slope

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

    Along ξ = ½ the first part is that of curvature, up to a front's own distortion. m′ and h′ are
    peaked there and would lose a fifth where they are interpolated between nodes δ/4 apart: what
    is interpolated is the rate over them. Overpotential and stress stand beside.

    Attributes:
        listings: the table.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        cell, state = scene.cell, scene.cell.state
        v, L_xi = ufl.TestFunction(state.scalar_space), cell.lithium.L_xi
        energy = cell.bulk_energy(state.xi) + cell.surface_energy(state.xi)
        elastic = cell.elastic_force(v)
        self._threshold = cell.config.lithium_metal.metal_threshold
        self._parts = [
            _Part("rate_by_surface_energy", -L_xi * ufl.derivative(energy, state.xi, v), _flat,
                  state.xi),
            _Part("rate_by_reaction", cell.reaction_rate(state.xi, state.phi) * v * cell.nodes,
                  lambda xi: metal_slope(xi, self._threshold), state.xi),
        ]  # fmt: skip
        if isinstance(elastic, ufl.Form):
            by_stress = _Part("rate_by_stress", -L_xi * elastic, metal_slope, state.xi_stressed)
            self._parts.append(by_stress)
        self._b = compat.create_vector(self._parts[0].form)
        points = compat.interpolation_points(state.scalar_space)
        self._access = fem.Expression(cell.access(), points)
        self._overpotential = fem.Expression(cell.overpotential(state.phi), points)
        self._nodal = fem.Function(state.scalar_space)
        self._contour = Contour(scene)
        stress = scene.stress.fields if scene.stress is not None else {}
        self._stress = [field for name, field in stress.items() if name != "volume_strain"]
        self.listings = (Listing("interface", (
            "time [s]", "x [m]", "y [m]", "z [m]", *(f"{part.name} [1/s]" for part in self._parts),
            "overpotential [V]", *(f"{field.name} [Pa]" for field in self._stress),
        )),)  # fmt: skip

    def rows(self, moment: Moment) -> Mapping[str, Sequence[Row]]:
        """A row for each point at an output time (collective)."""
        if not moment.milestone:
            return {}
        state, count = moment.cell.state, len(self._parts)
        xi, eta = state.xi.x.array, self._at_nodes(self._overpotential)
        profiles = [part.profile(part.xi.x.array) for part in self._parts]
        nodal = [*self._rates(), *profiles, eta, *(field.x.array for field in self._stress)]
        crossed = self._contour.everywhere(xi, xi > LITHIUM, nodal)
        place, rates, at_nodes, rest = np.split(crossed, [3, 3 + count, 3 + 2 * count], axis=1)
        highest = np.array([part.profile(np.array(LITHIUM)) for part in self._parts])
        # across a jump there is no profile: then the rates stay what they are
        factors = np.divide(highest, at_nodes, out=np.ones_like(at_nodes), where=at_nodes > 0)
        lines = np.concatenate([place, rates * factors, rest], axis=1)
        return {"interface": [(moment.time, *map(float, line)) for line in lines]}

    def _at_nodes(self, expression: fem.Expression) -> FloatArray:
        """(n_local,) values at this rank's nodes."""
        self._nodal.interpolate(expression)
        values: FloatArray = self._nodal.x.array.copy()
        return values

    def _rates(self) -> list[FloatArray]:
        """(n_local,) parts of the rate at this rank's nodes [1/s]."""
        volume = self.scene.finder.volume
        access, rates = self._at_nodes(self._access), []
        for part in self._parts:
            compat.assemble_vector(self._b, part.form)
            self._nodal.x.array[: volume.size] = self._b.array / volume
            self._nodal.x.scatter_forward()
            rates.append(access * self._nodal.x.array)
        return rates
