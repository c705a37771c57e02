"""What moves the surface of lithium, point by point: surface energy, reaction, stress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendritex import compat
from dendritex.model.state import ELECTRONIC, IONIC
from dendritex.observables.base import Listing, Moment, Observable, Row
from dendritex.observables.contour import Contour
from dendritex.observables.lithium_pieces import LITHIUM
from dendritex.observables.scene import Scene
from dendritex.physics.interpolation import interpolation_prime

FloatArray = npt.NDArray[np.float64]


class InterfaceRates(Observable):
    """``interface.csv`` at the output times: a row for each edge of the mesh that ξ = ½ crosses.

    The rate of ξ in its parts, gated by access, at the present fields (Cao et al. 2023, fig. S12,
    where they are driving forces):

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
        parts = {
            "rate_by_surface_energy": -L_xi * ufl.derivative(energy, state.xi, v),
            "rate_by_reaction": cell.reaction_rate(state.xi, state.phi) * v * cell.nodes,
            "rate_by_stress": -L_xi * elastic if isinstance(elastic, ufl.Form) else None,
        }
        self._forms = {name: fem.form(part) for name, part in parts.items() if part is not None}
        self._b = compat.create_vector(self._forms["rate_by_reaction"])
        points = compat.interpolation_points(state.scalar_space)
        self._access = fem.Expression(cell.access(), points)
        self._nodal = fem.Function(state.scalar_space)
        self._contour = Contour(scene)
        stress = scene.stress.fields if scene.stress is not None else {}
        self._stress = [field for name, field in stress.items() if name != "volume_strain"]
        self.listings = (Listing("interface", (
            "time [s]", "x [m]", "y [m]", "z [m]", *(f"{name} [1/s]" for name in self._forms),
            "overpotential [V]", *(f"{field.name} [Pa]" for field in self._stress),
        )),)  # fmt: skip

    def rows(self, moment: Moment) -> Mapping[str, Sequence[Row]]:
        """A row for each point at an output time (collective)."""
        if not moment.milestone:
            return {}
        state = moment.cell.state
        eta = state.component(ELECTRONIC) - state.component(IONIC)
        eta = eta - moment.cell.config.kinetics.equilibrium_potential
        xi = state.xi.x.array
        threshold = moment.cell.config.lithium_metal.metal_threshold
        peaks = {
            "rate_by_reaction": _prime(xi, threshold), "rate_by_stress": _prime(xi, 0.0)
        }  # fmt: skip
        rates = self._rates()
        nodal = [*rates.values(), *peaks.values(), eta, *(f.x.array for f in self._stress)]
        place, values = np.split(self._contour.everywhere(xi, xi > LITHIUM, nodal), [3], axis=1)
        parts, peak, rest = np.split(values, [len(rates), len(rates) + len(peaks)], axis=1)
        for name, at_nodes in zip(peaks, peak.T, strict=True):
            if name in rates:
                highest = _prime(
                    np.array(LITHIUM), threshold if name == "rate_by_reaction" else 0.0
                )
                # across a jump there is no profile: then the rates stay what they are
                factor = np.divide(
                    highest, at_nodes, out=np.ones_like(at_nodes), where=at_nodes > 0
                )
                parts[:, list(rates).index(name)] *= factor
        lines = np.concatenate([place, parts, rest], axis=1)
        return {"interface": [(moment.time, *map(float, line)) for line in lines]}

    def _rates(self) -> dict[str, FloatArray]:
        """(n_local,) parts of the rate at this rank's nodes [1/s]."""
        volume = self.scene.finder.volume
        self._nodal.interpolate(self._access)
        access, rates = self._nodal.x.array.copy(), {}
        for name, form in self._forms.items():
            compat.assemble_vector(self._b, form)
            self._nodal.x.array[: volume.size] = self._b.array / volume
            self._nodal.x.scatter_forward()
            rates[name] = access * self._nodal.x.array
        return rates


def _prime(xi: FloatArray, threshold: float) -> FloatArray:
    """H′ of the clamped ξ between `threshold` and 1 − `threshold`, up to a factor."""
    place = np.clip((xi - threshold) / (1 - 2 * threshold), 0.0, 1.0)
    peak: FloatArray = interpolation_prime(place)
    return peak
