"""The config as it is solved: every property at the temperature of the cell."""

from __future__ import annotations

from dataclasses import replace

from dendrolith.core.sections import present
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.schema import Config


def at_temperature(config: Config) -> Config:
    """Return `config` with its Arrhenius laws evaluated; without them it is returned as it is.

    The result has no such laws left, so that nothing can be scaled twice. Lithium's electronic
    conductivity is a numerical cap and stays.
    """
    for laws in present(config, Arrhenius):
        config = replace(_warmed(config, laws), arrhenius=None)
    return config


def _warmed(config: Config, laws: Arrhenius) -> Config:
    """The properties that the laws change."""
    T = config.kinetics.temperature
    ionic = laws.factor(laws.ionic_conductivity, T)
    electronic = laws.factor(laws.electronic_conductivity, T)

    def warmed(phase: Phase) -> Phase:
        return replace(
            phase,
            ionic_conductivity=ionic * phase.ionic_conductivity,
            electronic_conductivity=electronic * phase.electronic_conductivity,
        )

    materials, kinetics, lithium = config.materials, config.kinetics, config.lithium_metal
    metal, sigma_ion = materials.lithium, materials.lithium.ionic_conductivity
    return replace(
        config,
        materials=replace(
            materials,
            lithium=replace(metal, ionic_conductivity=ionic * sigma_ion if sigma_ion else None),
            electrolyte=warmed(materials.electrolyte),
            pore=None if materials.pore is None else warmed(materials.pore),
        ),
        kinetics=replace(
            kinetics,
            exchange_current_density=kinetics.exchange_current_density
            * laws.factor(laws.exchange_current_density, T),
        ),
        lithium_metal=replace(
            lithium,
            capillary_mobility=lithium.capillary_mobility * laws.factor(laws.capillary_mobility, T),
        ),
    )
