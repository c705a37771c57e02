"""Potentials of both electrodes against a reference electrode."""

from __future__ import annotations

import math

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.sampling import Sampler
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.ion_transport import thermal_voltage
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.columns import ANODE_POTENTIAL
from dendrolith.studies.plating.ohmic_share import OhmicShare

_KEPT = ("_overgrown", "_share", "_resistance")
LITHIUM = 0.5  # ξ from which on a reference is overgrown


class ReferencePotentials(Observable):
    """Potentials against Li⁺/Li at the reference, and what of the ohmic drop lies before it.

    V = E_counter − E_anode to round-off. A reference that lithium has reached reads nothing more:
    NaN from then on. Share and resistance are those of the last output time.

    Args:
        laws: of the cell.
        sampler: where the reference reads.
        share: of the ohmic drop.
    """

    columns = (
        ANODE_POTENTIAL,
        "counter_potential [V]",
        "ohmic_share [1]",
        "reference_resistance [Ohm m^2]",
    )

    def __init__(self, laws: Laws, sampler: Sampler, share: OhmicShare) -> None:
        self._f, self._voltage, self._sampler, self._of_drop = laws.f, laws.voltage, sampler, share
        kinetics = in_numbers(laws.kinetics)
        self._at_rest = kinetics.equilibrium_potential
        self._thermal = thermal_voltage(kinetics.temperature)
        self._overgrown, self._share, self._resistance = 0.0, math.nan, math.nan

    def save(self) -> CheckpointData:
        """Whether lithium has reached it, and the share last found."""
        return numbers_of(self, _KEPT)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, _KEPT, data)

    def start(self, view: StepView) -> None:
        """Find the share at the start."""
        self._share, self._resistance = self._of_drop()

    def _read(self) -> tuple[float, float]:
        """Largest ξ there [1], and φ_ref [V] (collective)."""
        f = self._f
        of_lithium = f.component(IONIC) + f.at_rest(self._thermal)
        xi, phi = self._sampler.values([f.xi.x.array, of_lithium]).T
        return float(xi.max()), float(phi.mean()) + self._at_rest

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Both potentials, share and resistance."""
        near, reference = self._read()
        if self._overgrown or near > LITHIUM:
            self._overgrown = 1.0
            return (math.nan,) * len(self.columns)
        if view.milestone:
            self._share, self._resistance = self._of_drop()
        counter = float(self._voltage.value) - reference
        return -reference, counter, self._share, self._resistance


class WirePotentials(ReferencePotentials):
    """Potentials against a floating wire, which has the potential φ_el of its metal.

    Args:
        laws: of the cell.
        metal: a point inside the wire.
        share: of the ohmic drop.
        near: points an interface width off the wire: lithium there has reached it.
    """

    def __init__(self, laws: Laws, metal: Sampler, share: OhmicShare, near: Sampler) -> None:
        super().__init__(laws, metal, share)
        self._near = near

    def _read(self) -> tuple[float, float]:
        f = self._f
        (phi_el,) = self._sampler.values([f.component(ELECTRONIC)]).T
        (xi,) = self._near.values([f.xi.x.array]).T
        return float(xi.max()), float(phi_el.mean())
