"""Derived numbers that decide whether a run can be trusted, and the closed forms they come from."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dendrolith.control.stages import Stage
from dendrolith.core.constants import FARADAY, GAS_CONSTANT, MAH_PER_CM2
from dendrolith.core.sections import Section, present, sections
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import DRIVING_FORCE, FRAME, OVERPOTENTIAL, Elasticity
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.phases import Metal, Phase
from dendrolith.shapes.protrusions import Protrusions
from dendrolith.studies.plating.crack_rules import crack_notes, in_cracks_alone
from dendrolith.studies.plating.flat_front import rest_voltage, stage_current
from dendrolith.studies.plating.pressure_course import largest_pressure
from dendrolith.studies.plating.schema import Config, Electrodes, Pores
from dendrolith.studies.plating.temperature import at_temperature

PECLET_WARNING = 0.3
# Ripple of the overpotential of a flat front: at delta/h = 4 0.5 % at Pe = 0.8, 8 % at 1.4, 76 % at
# 2; at delta/h = 6 0.3 %, 0.9 % and 8 % (solver/manual/convergence.md).
RIPPLE_PECLET, SMOOTH_MESH = 1.0, 6.0
LARGEST_PULL = 0.25  # by which stress widens a front (solver/theory.md, section 5)
STEEPEST = 15 / 8  # h′ at ξ = ½
LARGEST_SHARE = 2.0  # δ/l_k to which fronts were computed (solver/theory.md, section 2)
LARGEST_SPREAD = 2.0  # L_η/(L_ξ W): beyond, the reaction spreads ahead of the front
SHORT_STEP = 1e-3  # part of the time in which the reaction fills a node
THICK_WALL = 0.25
LARGEST_POTENTIAL = 1.0  # V, of lithium against Li+/Li; a larger one is meant for something else


@dataclass(frozen=True, slots=True)
class Scales:
    """Numbers derived from a config, SI.

    Attributes:
        W, kappa, L_xi, L_eta: coefficients of the lithium equation [J/m³, J/m, m³/(J s), 1/s].
        delta_over_h: resolution of the lithium interface [1].
        delta_over_l_k: interface width over the kinetic length σ_ion RT/(F i₀), where lithium comes
            to electrolyte that conducts worst [1].
        front_velocity: of a flat front in the fastest stage, ohmic drop and kinetics [m/s].
        peclet: v/(δ L_ξ W) of that front [1].
        thinnest_tip: L_ξκ/v in the fastest stage that plates, in 3-D twice that, as a tip curves
            both ways; inf: none does [m].
    """

    W: float
    kappa: float
    L_xi: float
    L_eta: float
    delta_over_h: float
    delta_over_l_k: float
    front_velocity: float
    peclet: float
    thinnest_tip: float

    @classmethod
    def of(cls, config: Config) -> Scales:
        """Derive them."""
        config = at_temperature(config)
        lithium = config.lithium_metal
        currents = [stage_current(config, stage) for stage in config.control]
        velocity = max(currents, key=abs, default=0.0) / (FARADAY * lithium.c_Li)
        growth = max(currents, default=0.0) / (FARADAY * lithium.c_Li)
        mobility = lithium.interface_width * lithium.L_xi * lithium.W
        i_0, sigma_ion = config.kinetics.exchange_current_density, _least_conductivity(config)
        return cls(
            W=lithium.W,
            kappa=lithium.kappa,
            L_xi=lithium.L_xi,
            L_eta=lithium.L_eta(i_0),
            delta_over_h=lithium.interface_width / config.geometry.mesh_size,
            delta_over_l_k=lithium.interface_width / config.kinetics.length(sigma_ion, i_0),
            front_velocity=velocity,
            peclet=abs(velocity) / mobility,
            thinnest_tip=curvatures(config) * lithium.capillary_mobility / growth
            if growth > 0
            else math.inf,
        )

    def warnings(self) -> list[str]:
        """What is amiss with the front, in physical words."""
        notes = []
        if self.delta_over_h < 4:
            notes.append(
                f"delta/h = {self.delta_over_h:.2g}: below 4 the front feels the mesh: it goes in "
                "steps, and its kinetics lose 1 % at 3 (with backward_euler and bdf2 5 %)"
            )
        if self.peclet > PECLET_WARNING:
            notes.append(
                f"Pe = {self.peclet:.2g} of a flat front: above {PECLET_WARNING} its profile "
                "deforms; raise capillary_mobility or lower the current"
            )
        if self.peclet > RIPPLE_PECLET and self.delta_over_h < SMOOTH_MESH:
            notes.append(
                f"delta/h = {self.delta_over_h:.2g} at Pe = {self.peclet:.2g}: the front ripples "
                f"with the mesh, 8 % of its overpotential at Pe = 1.4, 76 % at 2; take delta/h = "
                f"{SMOOTH_MESH:g} (0.9 % and 8 %), or lower Pe"
            )
        spread = self.L_eta / (self.L_xi * self.W)
        if spread > LARGEST_SPREAD:
            notes.append(
                f"L_eta/(L_xi W) = {spread:.2g}: above {LARGEST_SPREAD:g} the reaction spreads and "
                "hair as wide as the mesh grows; lower delta or the exchange current density"
            )
        if self.delta_over_l_k > LARGEST_SHARE:
            notes.append(
                f"delta/l_k = {self.delta_over_l_k:.2g}, l_k = sigma_ion RT/(F i0): above "
                f"{LARGEST_SHARE:g} the front is wider than its field allows and may break; lower "
                "delta or the exchange current density"
            )
        return notes


def _least_conductivity(config: Config) -> float:
    """Least σ_ion of the electrolyte and of the layers that lithium grows into [S/m]."""
    sound = config.materials.electrolyte.ionic_conductivity
    of_layers = (each.ionic_conductivity or sound for each in config.layers if each.grown_into)
    return min([sound, *of_layers])


def advice(config: Config) -> list[str]:
    """Causes and cures of a step that fell below the smallest: numbers out of their range."""
    scales, time = Scales.of(config), config.time
    found = scales.warnings()
    react = 1 / scales.L_eta
    if time.min_step > SHORT_STEP * react:
        found.append(
            f"time.min_step = {time.min_step:.2g} s is long beside 1/L_eta = {react:.2g} s, in "
            f"which the reaction fills a node: lower it to {SHORT_STEP * react:.1g} s"
        )
    return found or [
        "delta/h, Pe, L_eta/(L_xi W) and time.min_step are in their ranges: lower time.max_change "
        "and time.max_relaxation, and send the input to those who maintain dendrolith"
    ]


def warnings(config: Config) -> list[str]:
    """What a careful user would want to know before the run, in physical words."""
    unchanged = [note for laws in present(config, Arrhenius) for note in laws.notes(config)]
    config = at_temperature(config)
    scales = Scales.of(config)
    found = [*scales.warnings(), *_tips(config, scales), *_room(config)]
    for _, section in sections(config):
        if type(section) in NOTES:
            found += NOTES[type(section)](section, config)
        if isinstance(section, Section):
            found += section.notes(config)
    return found + unchanged


def curvatures(config: Config) -> int:
    """Ways in which a round tip curves: its mean curvature times its radius."""
    return config.geometry.dim - 1


def tip_in_words(config: Config) -> str:
    """The radius of the thinnest stable tip as a formula."""
    return {1: "L_xi kappa/v", 2: "2 L_xi kappa/v"}[curvatures(config)]


def _tips(config: Config, scales: Scales) -> list[str]:
    """Tips that mesh or protrusions cannot have."""
    tip, h, notes = scales.thinnest_tip, config.geometry.mesh_size, []
    if math.isinf(tip):
        return []  # nothing plates
    if in_cracks_alone(config):
        return []
    said = f"the thinnest stable tip, {tip_in_words(config)} = {1e6 * tip:.3g} um, is"
    if tip < h:
        notes.append(
            f"{said} below the mesh size {1e6 * h:.3g} um: the interface decides how thin tips "
            "get; raise capillary_mobility, or lower delta and h"
        )
    for nuclei in present(config, Protrusions):
        if tip > nuclei.width:
            notes.append(
                f"{said} wider than a protrusion of {1e6 * nuclei.width:.3g} um: that one blunts "
                "as it grows; lower capillary_mobility, or raise the current"
            )
    return notes


def largest_charge(stages: Sequence[Stage], end: float, at_rest: float = 0.0) -> float:
    """Charge density that stages plate at most on the way, stripping counted off [C/m²].

    Held currents pass what their time or charge says, held voltages what `until.charge` says.

    Args:
        stages: of the cell.
        end: of the run [s].
        at_rest: voltage without a current; one that is held above it plates [V].
    """
    charge = most = time = 0.0
    for stage in stages:
        left = max(end - time, 0.0)
        limit = math.inf if stage.until.charge is None else stage.until.charge
        current = stage.current_density
        if current is None:
            above = (stage.voltage or 0.0) - at_rest
            passed = 0.0 if math.isinf(limit) else math.copysign(limit, above)
            time += stage.duration or 0.0
        else:
            longest = min(stage.duration or math.inf, left)
            longest = min(longest, limit / abs(current)) if current else longest
            passed, time = current * longest, time + longest
        charge += passed
        most = max(most, charge)
    return most


def _room(config: Config) -> list[str]:
    """Layers that the interface bridges, and charge that the electrolyte has no room for."""
    geometry, lithium, notes = config.geometry, config.lithium_metal, []
    for name in ("lithium_thickness", "electrolyte_thickness"):
        thickness = getattr(geometry, name)
        if thickness < 2 * lithium.interface_width:
            notes.append(
                f"{name} = {1e6 * thickness:.3g} um is thinner than two interface widths "
                f"({2e6 * lithium.interface_width:.3g} um): their tails touch, no path through it "
                "is to be believed"
            )
    charge = largest_charge(config.control, config.time.end, rest_voltage(config))
    plated = charge / (FARADAY * lithium.c_Li)
    if plated > geometry.electrolyte_thickness and not in_cracks_alone(config):
        notes.append(
            f"{charge:.3g} C/m^2 ({charge / MAH_PER_CM2:.3g} mAh/cm^2) are {1e6 * plated:.3g} um "
            f"of lithium with fill_fraction {lithium.fill_fraction:g}, more than the electrolyte "
            f"of {1e6 * geometry.electrolyte_thickness:.3g} um"
        )
    return notes


def _pore_notes(pores: Pores, config: Config) -> list[str]:
    notes, over_mesh = [], pores.walls.wall_width / config.geometry.mesh_size
    if over_mesh < 3:
        notes.append(f"delta_rho/h = {over_mesh:.2g}: below 3 the pore walls feel the mesh")
    if pores.wall_ratio > THICK_WALL:
        excess = (math.pi * pores.wall_ratio) ** 2 / (12 if config.geometry.dim == 2 else 4)
        notes.append(
            f"delta_rho/d = {pores.wall_ratio:.2g} of a pore: for conduction and stiffness its "
            f"diffuse wall adds {100 * excess:.0f} % to its content; at {THICK_WALL} it is 5 % in "
            "2-D, 15 % in 3-D"
        )
    return notes


def _stress_notes(elastic: Elasticity, config: Config) -> list[str]:
    materials = config.materials
    balance = balance_pressure(materials.lithium, materials.electrolyte, elastic.eigenstrain)
    notes, pull = [], pull_of_stress(config, elastic)
    if pull > LARGEST_PULL:
        notes.append(
            f"stress over the front = {pull:.2g}: above {LARGEST_PULL:g} it pulls the front apart, "
            "and lithium loses its surface; lower stress_coupling or exchange_current_density"
        )
    driving = elastic.driving_pressure(largest_pressure(config))
    if driving > 0 and balance < 4 * driving:
        notes.append(
            f"p* = {1e-6 * balance:.3g} MPa is below four times the stack pressure: the modulus "
            "mismatch offsets the eigenstrain"
        )
    if elastic.right != FRAME and _is_set(elastic, "frame_stiffness"):
        notes.append("elasticity.frame_stiffness does nothing without right: frame")
    return notes


def _kinetics_notes(kinetics: ButlerVolmer, config: Config) -> list[str]:
    E_eq = kinetics.equilibrium_potential
    if abs(E_eq) <= LARGEST_POTENTIAL:
        return []
    return [
        f"equilibrium_potential {E_eq:g} V is that of lithium against its own reference, and the "
        f"voltage at rest is V = -E_eq = {-E_eq:g} V: it is no open-circuit voltage of a full cell"
    ]


def _crack_notes(cracks: Cracks, config: Config) -> list[str]:
    """A front in a crack is 1/φ_c times as fast at the same current."""
    found, peclet = crack_notes(cracks, config), Scales.of(config).peclet / cracks.least_capacity
    if peclet > RIPPLE_PECLET:
        found.append(
            f"Pe = {peclet:.2g} of lithium in a crack, where it is 1/least_capacity times as fast: "
            "above 1 its front sticks between two nodes; raise capillary_mobility"
        )
    return found


def _contact_notes(contacts: Electrodes, config: Config) -> list[str]:
    if not (present(config, CounterElectrode) and _is_set(contacts, "ionic_resistance")):
        return []
    return [
        "electrodes.ionic_resistance does nothing beside counter_electrode, whose "
        "charge_transfer_resistance is taken"
    ]


def _is_set(section: Any, key: str) -> bool:
    """Is a key other than what it is where the input leaves it out?"""
    default = next(f.default for f in dataclasses.fields(section) if f.name == key)
    return bool(getattr(section, key) != default)


# class of a section → its warnings, beside the whole config
NOTES: dict[type, Callable[[Any, Config], list[str]]] = {
    Cracks: _crack_notes,
    ButlerVolmer: _kinetics_notes,
    Pores: _pore_notes,
    Elasticity: _stress_notes,
    Electrodes: _contact_notes,
}


def longest_step(config: Config) -> float:
    """Largest step of the split [s].

    The double well is followed to `max_relaxation` of its time 1/(L_ξ W). Stress that drives
    lithium is that of ξ*: it is explicit, and stable below 2/(L_ξ χ_m ∂²f_elas/∂ξ²), of which
    `max_relaxation` is taken. In lithium that cannot give way ∂²f_elas/∂ξ² = 9K ε⁰² h′².
    """
    lithium = config.lithium_metal
    times = [lithium.relaxation_time]
    for elastic in present(config, Elasticity):
        E, nu = (
            getattr(config.materials.lithium, key) for key in ("young_modulus", "poisson_ratio")
        )
        curvature = 3 * E / (1 - 2 * nu) * (elastic.eigenstrain * STEEPEST) ** 2
        stiffness = lithium.L_xi * elastic.stress_coupling * curvature
        if elastic.coupling == DRIVING_FORCE and elastic.eigenstrain_part and stiffness > 0:
            times.append(2 / stiffness)
    return float(config.time.max_relaxation * min(times))


def thermodynamic_coupling(config: Config, elastic: Elasticity) -> float:
    """χ_eq [1], the χ_m at which pressure shifts η by V_m P_m/F at a flat front.

    1 for an overpotential. As a driving force of 3ε⁰P_m pressure shifts it by
    χ_m RT L_ξκ c_Li 3ε⁰P_m/(γ i₀); inf without an eigenstrain (solver/theory.md).
    """
    if elastic.coupling == OVERPOTENTIAL:
        return 1.0
    lithium, kinetics = config.lithium_metal, config.kinetics
    thermal = GAS_CONSTANT * kinetics.temperature * FARADAY
    force = 3 * elastic.eigenstrain * thermal * lithium.c_Li * lithium.capillary_mobility
    shift = lithium.molar_volume * lithium.surface_energy * kinetics.exchange_current_density
    return shift / force if force else math.inf


def pull_of_stress(config: Config, elastic: Elasticity) -> float:
    """L_η/(L_ξ W) χ_m V_m ΔP/RT [1], by which an overpotential of stress widens a front; else 0.

    ΔP = ⅔ E|ε⁰|/(1 − ν): what the eigenstrain adds to P_m in lithium, and not ahead of it.
    """
    if elastic.coupling != OVERPOTENTIAL:
        return 0.0
    scales, kinetics = Scales.of(config), config.kinetics
    metal = config.materials.lithium
    jump = 2 / 3 * metal.young_modulus * abs(elastic.eigenstrain) / (1 - metal.poisson_ratio)
    energy = elastic.stress_coupling * config.lithium_metal.molar_volume * jump
    reaction = scales.L_eta / (scales.L_xi * scales.W)
    return reaction * energy / (GAS_CONSTANT * kinetics.temperature)


def balance_pressure(lithium: Metal, electrolyte: Phase, eigenstrain: float) -> float:
    """p* [Pa], where eigenstrain and modulus mismatch balance at a flat front in uniaxial strain.

    −p ε⁰(1+ν)/(1−ν) opposes lithium, ½p²(1/M_Li − 1/M_SE) favours it (solver/theory.md).
    """
    mismatch = 1 / uniaxial_modulus(lithium) - 1 / uniaxial_modulus(electrolyte)
    nu = lithium.poisson_ratio
    return 2 * eigenstrain * (1 + nu) / (1 - nu) / mismatch if mismatch > 0 else math.inf


def uniaxial_modulus(phase: Phase | Metal) -> float:
    """M = E(1−ν)/((1+ν)(1−2ν)) [Pa]."""
    E, nu = phase.young_modulus, phase.poisson_ratio
    return E * (1 - nu) / ((1 + nu) * (1 - 2 * nu))
