"""Derived numbers that decide whether a run can be trusted, and the closed forms they come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dendrolith.control.stages import Stage
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.physics.elasticity import DRIVING_FORCE
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.schema import Config, Pores
from dendrolith.studies.plating.temperature import at_temperature

PECLET_WARNING = 0.3
THICK_WALL = 0.25
LARGEST_EXPONENT = 500.0  # far beyond any current, short of overflow


@dataclass(frozen=True, slots=True)
class Scales:
    """Numbers derived from a config, SI.

    Attributes:
        W, kappa, L_xi, L_eta: coefficients of the lithium equation [J/m³, J/m, m³/(J s), 1/s].
        delta_over_h, delta_rho_over_h: resolution of the interfaces [1]; nan without pores.
        delta_rho_over_d: width of pore walls over the mean diameter [1]; nan without pores.
        pore_excess: what ∫(1 − s) of a pore of that size is above its contour's content [1]; nan
            without pores (solver/theory.md, section 6).
        front_velocity: of a flat front in the fastest stage, ohmic drop and kinetics [m/s].
        peclet: v/(δ L_ξ W) of that front [1].
        thinnest_tip: L_ξκ/v [m].
        balance_pressure: p* at which eigenstrain and modulus mismatch balance [Pa]; nan without
            elasticity.
        pressure: stack pressure, where stress is a driving force, else 0 [Pa].
        missing_orientations: the anisotropy is strong enough for facets.
    """

    W: float
    kappa: float
    L_xi: float
    L_eta: float
    delta_over_h: float
    delta_rho_over_h: float
    delta_rho_over_d: float
    pore_excess: float
    front_velocity: float
    peclet: float
    thinnest_tip: float
    balance_pressure: float
    pressure: float
    missing_orientations: bool

    @classmethod
    def of(cls, config: Config) -> Scales:
        """Derive them."""
        config = at_temperature(config)
        lithium, h = config.lithium_metal, config.geometry.mesh_size
        currents = (stage_current(config, stage) for stage in config.control)
        velocity = max(currents, key=abs, default=0.0) / (FARADAY * lithium.c_Li)
        mobility = lithium.interface_width * lithium.L_xi * lithium.W
        elastic, crystal = config.elasticity, config.anisotropy
        return cls(
            W=lithium.W,
            kappa=lithium.kappa,
            L_xi=lithium.L_xi,
            L_eta=lithium.L_eta(config.kinetics.exchange_current_density),
            delta_over_h=lithium.interface_width / h,
            delta_rho_over_h=config.pores.walls.wall_width / h if config.pores else math.nan,
            delta_rho_over_d=_walls_over_pores(config.pores),
            pore_excess=(math.pi * _walls_over_pores(config.pores)) ** 2
            / (12 if config.geometry.dim == 2 else 4),
            front_velocity=velocity,
            peclet=abs(velocity) / mobility,
            thinnest_tip=lithium.capillary_mobility / abs(velocity) if velocity else math.inf,
            balance_pressure=balance_pressure(
                config.materials.lithium, config.materials.electrolyte, elastic.eigenstrain
            )
            if elastic
            else math.nan,
            pressure=elastic.pressure if elastic and elastic.coupling == DRIVING_FORCE else 0.0,
            missing_orientations=crystal is not None
            and crystal.strength * (crystal.mode**2 - 1) > 1,
        )

    def warnings(self) -> list[str]:
        """What a careful user would want to know before the run, in physical words."""
        notes = []
        if self.delta_over_h < 4:
            notes.append(
                f"delta/h = {self.delta_over_h:.2g}: below 4 the front feels the mesh (its speed "
                "is off by 3 % at 4, by 8 % at 3)"
            )
        if self.delta_rho_over_h < 3:
            notes.append(
                f"delta_rho/h = {self.delta_rho_over_h:.2g}: below 3 the pore walls feel the mesh"
            )
        if self.delta_rho_over_d > THICK_WALL:
            notes.append(
                f"delta_rho/d = {self.delta_rho_over_d:.2g} of a pore: its diffuse wall adds "
                f"{100 * self.pore_excess:.0f} % to its content; at {THICK_WALL} it is 5 % in 2-D, "
                "15 % in 3-D"
            )
        if self.peclet > PECLET_WARNING:
            notes.append(
                f"Pe = {self.peclet:.2g} of a flat front: above {PECLET_WARNING} its kinetics run "
                "below nominal; raise capillary_mobility or lower the current"
            )
        if self.missing_orientations:
            notes.append(
                "anisotropy.strength is above 1/(mode^2 - 1): orientations are missing and fronts "
                "facet"
            )
        if self.pressure > 0 and not self.balance_pressure >= 4 * self.pressure:
            notes.append(
                f"p* = {1e-6 * self.balance_pressure:.3g} MPa is below four times the stack "
                "pressure: the modulus mismatch offsets the eigenstrain"
            )
        return notes


def _walls_over_pores(pores: Pores | None) -> float:
    return pores.walls.wall_width / pores.mean_diameter if pores is not None else math.nan


def stage_current(config: Config, stage: Stage) -> float:
    """Current density of a flat front in a stage, at the start of the run [A/m²]."""
    if stage.voltage is None:
        return stage.current_density or 0.0
    kinetics, geometry = config.kinetics, config.geometry
    sigma_ion = config.materials.electrolyte.ionic_conductivity
    return flat_front_current(
        stage.voltage + kinetics.equilibrium_potential,
        geometry.electrolyte_thickness / sigma_ion + config.electrodes.ionic_resistance,
        kinetics.exchange_current_density,
        kinetics.transfer_coefficient,
        kinetics.temperature,
    )


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


def balance_pressure(lithium: Phase, electrolyte: Phase, eigenstrain: float) -> float:
    """p* [Pa], where eigenstrain and modulus mismatch balance at a flat front in uniaxial strain.

    −p ε⁰(1+ν)/(1−ν) opposes lithium, ½p²(1/M_Li − 1/M_SE) favours it (solver/theory.md).
    """
    mismatch = 1 / uniaxial_modulus(lithium) - 1 / uniaxial_modulus(electrolyte)
    nu = lithium.poisson_ratio
    return 2 * eigenstrain * (1 + nu) / (1 - nu) / mismatch if mismatch > 0 else math.inf


def uniaxial_modulus(phase: Phase) -> float:
    """M = E(1−ν)/((1+ν)(1−2ν)) [Pa]."""
    E, nu = phase.young_modulus, phase.poisson_ratio
    return E * (1 - nu) / ((1 + nu) * (1 - 2 * nu))
