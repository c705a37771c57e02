"""The current of a flat front at the start of a run, in closed form: what a stage asks of it."""

from __future__ import annotations

import math
from dataclasses import replace

from dendrolith.control.stages import Stage
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.sections import present
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.schema import Config

LARGEST_EXPONENT = 500.0  # far beyond any current, short of overflow


def stage_current(config: Config, stage: Stage) -> float:
    """Current density of a flat front in a stage, at the start of the run [A/m²]."""
    if stage.voltage is None:
        return stage.current_density or 0.0
    kinetics, contact = config.kinetics, config.electrodes.ionic_resistance
    for counter in present(config, CounterElectrode):
        contact = counter.resistance(0.0, counter.start, kinetics.temperature)
    return flat_front_current(
        stage.voltage - rest_voltage(config),
        electrolyte_resistance(config) + contact,
        kinetics.exchange_current_density,
        kinetics.transfer_coefficient,
        kinetics.temperature,
    )


def rest_voltage(config: Config) -> float:
    """Voltage of the cell at the start without a current, U(x₀) − E_eq [V]."""
    counters = present(config, CounterElectrode)
    potential = sum(float(counter.open_circuit()(counter.start)) for counter in counters)
    return potential - config.kinetics.equilibrium_potential


def electrolyte_resistance(config: Config, name: str = "ionic_conductivity") -> float:
    """Of a conductivity through the electrolyte and its layers, one after another [Ω m²]."""
    sound: float = getattr(config.materials.electrolyte, name)
    resistance, rest = 0.0, config.geometry.electrolyte_thickness
    for layer in config.layers:
        thickness = layer.end - layer.begin
        resistance += thickness / (getattr(layer, name) or sound)
        rest -= thickness
    return resistance + rest / sound


def sound_electrolyte(config: Config) -> Phase:
    """One that conducts across as the electrolyte with its layers."""
    thickness, names = config.geometry.electrolyte_thickness, ("ionic", "electronic")
    conductivities = (f"{name}_conductivity" for name in names)
    means = {name: thickness / electrolyte_resistance(config, name) for name in conductivities}
    return replace(config.materials.electrolyte, **means)


def flat_front_current(
    voltage: float, area_resistance: float, i_0: float, alpha: float, temperature: float
) -> float:
    """Current density j [A/m²] of a flat front: V = η_c + j R with Butler–Volmer kinetics.

    Bisection on η_c: i₀[e^{αFη/RT} − e^{−(1−α)Fη/RT}] rises, (V − η)/R falls.
    """
    b = FARADAY / (GAS_CONSTANT * temperature)

    def kinetic(eta: float) -> float:
        forward = math.exp(min(alpha * b * eta, LARGEST_EXPONENT))
        return i_0 * (forward - math.exp(min(-(1 - alpha) * b * eta, LARGEST_EXPONENT)))

    low, high = sorted((0.0, voltage))
    for _ in range(200):
        middle = 0.5 * (low + high)
        if kinetic(middle) * area_resistance + middle > voltage:
            high = middle
        else:
            low = middle
    return kinetic(0.5 * (low + high))
