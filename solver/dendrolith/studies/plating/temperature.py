"""The config as it is solved: what has an activation energy at the temperature of the cell."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from dendrolith.core.sections import present
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.electrolyte_input import ElectrolyteLayer
from dendrolith.studies.plating.schema import Config

Conductor = TypeVar("Conductor", Phase, ElectrolyteLayer)


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

    factors = {"ionic_conductivity": ionic, "electronic_conductivity": electronic}

    def warmed(part: Conductor) -> Conductor:
        """A phase, or a layer, which may have no conductivity of its own."""
        own = {name: getattr(part, name) for name in factors}
        return replace(part, **{name: own[name] * factors[name] for name in own if own[name]})

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
        layers=tuple(warmed(layer) for layer in config.layers),
        lithium_metal=replace(
            lithium,
            capillary_mobility=lithium.capillary_mobility * laws.factor(laws.capillary_mobility, T),
        ),
    )
