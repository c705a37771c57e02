"""Cracks and lithium in them: what contradicts itself, and the numbers that decide."""

from __future__ import annotations

import math

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.formats import in_um
from dendrolith.core.sections import present
from dendrolith.domain.place import outside, repeated
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.griffith import line_crack_pressure
from dendrolith.physics.lithium_pressure import EQUILIBRIUM, SEGMENTS, LithiumPressure
from dendrolith.shapes.seed_crack import SeedCrack
from dendrolith.studies.plating.schema import Config, Pores

Problems = list[tuple[str, str]]  # (key below the section, what is wrong and how to mend it)
Rows = list[tuple[str, str]]  # (name, value)
Place = tuple[float, ...]  # coordinates [m]

NARROWEST = 2.5  # w_A over δ: a narrower band does not hold a profile of lithium
FINEST = 4.0  # δ/h and ℓ/h where lithium and damage share a band
EDGE = 1.1215  # K of an edge crack over that of half of a crack twice as long
CAPILLARY = 0.1  # of what drives: more, and the ends of a slit are held by capillarity
# Of an elastic solve and one for the damage, direct solvers on one process of a 2-core machine.
SECONDS_PER_NODE_AND_SWEEP = 12e-6
SWEEPS_OF_GROWTH = (10, 40)


def seed_problems(seed: SeedCrack, config: Config) -> Problems:
    """A seed crack lies in electrolyte that may break."""
    if len(seed.through) < 2:
        return [("through", "needs two points or more")]
    if not present(config, Fracture):
        return [("through", "does nothing without the section damage: add it")]
    geometry, (damage,) = config.geometry, present(config, Fracture)
    clear = 2 * damage.length
    first = max(geometry.lithium_thickness, clear)
    last = geometry.length - clear
    places = {f"through.{number}": point for number, point in enumerate(seed.through)}
    found = outside(places, geometry.extents) + repeated(seed.through)
    for key, point in places.items():
        if not first * (1 - 1e-9) <= point.x <= last:
            room = f"keep x within {in_um(first)} to {in_um(last)}"
            why = "off the foil, and 2 ell off the sides that hold"
            found.append((key, f"is at x = {in_um(point.x)}: {room}, {why}"))
    return found


def crack_problems(cracks: Cracks, config: Config) -> Problems:
    """The band of a crack holds the profile of lithium."""
    if not present(config, Fracture):
        return [("intact_access", "does nothing without the section damage: add it")]
    (damage,), geometry = present(config, Fracture), config.geometry
    delta, h, found = config.lithium_metal.interface_width, geometry.mesh_size, Problems()
    band = cracks.band(damage.length, h)
    if band < NARROWEST * delta:
        cure = f"raise damage.length to {in_um((NARROWEST * delta - 2 * h) / 1.47)} or more"
        found.append(("intact_access", f"leaves a band of {in_um(band)}, below 2.5 delta: {cure}"))
    finest = min(delta, damage.length) / FINEST
    if h > finest * (1 + 1e-9):
        why = "a quarter of delta and of ell"
        must = f"needs geometry.mesh_size of {in_um(finest)} or less, {why}"
        found.append(("intact_access", must))
    if geometry.dim == 3:
        found.append(("intact_access", "is for plane cells: leave geometry.depth out"))
    if geometry.periodic:
        found.append(("intact_access", "is for cells with sides: leave geometry.periodic out"))
    if present(config, Pores):
        found.append(("intact_access", "is for dense electrolyte: leave the section pores out"))
    return found


def pressure_problems(pressure: LithiumPressure, config: Config) -> Problems:
    """Lithium presses on cracks, and its volume has one clock."""
    found = [
        ("mode", f"does nothing without the section {name}: add it")
        for name, kind in (("cracks", Cracks), ("elasticity", Elasticity))
        if not present(config, kind)
    ]
    f = config.lithium_metal.fill_fraction
    if f != 1 and pressure.mode == SEGMENTS:
        why = f"needs lithium_metal.fill_fraction: 1, not {f:g}"
        found.append(("mode", f"{why}: volume and charge would have clocks of their own"))
    return found


def crack_numbers(cracks: Cracks, config: Config, peclet: float) -> Rows:
    """What the band of a crack holds, how lithium moves in it, and what opens the smallest flaw.

    Args:
        cracks: as ways of lithium.
        config: the input.
        peclet: Pe of a flat front; one in a crack is 1/φ_c times as fast [1].
    """
    (damage,), h = present(config, Fracture), config.geometry.mesh_size
    band, delta = cracks.band(damage.length, h), config.lithium_metal.interface_width
    shift, drive = capillary_overpotential(cracks, config), driving_overpotential(config)
    part = f", {100 * shift / drive:.2g} % of {1e3 * drive:.3g} mV (10 or less)" if drive else ""
    low, high = (n * _seconds_per_sweep(config) for n in SWEEPS_OF_GROWTH)
    rows = [
        ("ell", f"{in_um(damage.length)}, {damage.length / h:.3g} h (4 h or more)"),
        ("w_A/delta", f"{band / delta:.3g} (2.5 or more): the band of a crack"),
        ("Pe in a crack", f"{peclet / cracks.least_capacity:.2g} (1 or less)"),
        ("capillary overpotential", f"{1e3 * shift:.2g} mV at the end of a slit{part}"),
        ("step while a crack grows", f"about {low:.2g} to {high:.2g} s (10 to 40 sweeps)"),
    ]
    for length, pressure, strength, held in _smallest_flaw(config):
        more = f", at {1e-6 * held:.3g} MPa where foil holds its mouth" if held > pressure else ""
        more += "" if pressure < strength else ": strength decides, take a smaller damage.length"
        what = f"{in_um(length)} long, {length / damage.length:.3g} ell (8 or more)"
        rows.append(("smallest seed crack", f"{what}, opens at {1e-6 * pressure:.3g} MPa{more}"))
    return rows


def crack_notes(cracks: Cracks, config: Config) -> list[str]:
    """Warnings before a run."""
    drive, shift = driving_overpotential(config), capillary_overpotential(cracks, config)
    found = []
    if drive and shift > CAPILLARY * drive:
        part = f"{100 * shift / drive:.2g} % of what drives lithium into the end of a crack"
        found.append(f"capillarity takes {part}: lower lithium_metal.capillary_mobility")
    imposed = [law for law in present(config, LithiumPressure) if law.mode == EQUILIBRIUM]
    for _, pressure, strength, _ in _smallest_flaw(config):
        if pressure >= strength:
            found.append("the smallest seed crack is governed by strength and not by toughness")
        for law in imposed:
            most = law.imposed(-drive, config.lithium_metal.molar_volume)
            if most > strength:
                found.append(
                    f"lithium may press by {1e-6 * most:.3g} MPa at once, above the strength of "
                    f"{1e-6 * strength:.3g} MPa: it then crushes what is beside it; lower "
                    "lithium_pressure.share or the voltage"
                )
    return found


def in_cracks_alone(config: Config) -> bool:
    """Lithium takes no place of electrolyte: foil lifts it, and nothing grows but in cracks."""
    return any(cracks.intact_access == 0 for cracks in present(config, Cracks))


def _seconds_per_sweep(config: Config) -> float:
    return math.prod(n + 1 for n in config.geometry.counts) * SECONDS_PER_NODE_AND_SWEEP


def _smallest_flaw(config: Config) -> list[tuple[float, float, float, float]]:
    """Its length [m], the pressure that opens it, and the strength [Pa]; empty: there is none.

    One from the foil on is an edge crack; another one has two ends. Last comes the pressure that
    opens it where foil holds its mouth: then it has two ends as well. A side that slides is a line
    of symmetry: a crack from there on is half of one.
    """
    electrolyte, damages = config.materials.electrolyte, present(config, Fracture)
    modulus = electrolyte.young_modulus / (1 - electrolyte.poisson_ratio**2)
    foil, h, found = config.geometry.lithium_thickness, config.geometry.mesh_size, []
    for seed in config.seed_cracks:
        first, last = (point.coordinates for point in (seed.through[0], seed.through[-1]))
        at_foil = min(first[0], last[0]) <= foil * (1 + 1e-6)
        length = math.dist(*((first, last) if at_foil else _ends(first, last, config)))
        for law in damages:
            held = line_crack_pressure(modulus, law.on_mesh(h), length / 2)
            free = line_crack_pressure(modulus, law.on_mesh(h), length) / EDGE
            pressure = free if at_foil else held
            found.append((length, pressure, law.solved_on(h).strength(modulus), held))
    return sorted(found)[:1]


def _ends(first: Place, last: Place, config: Config) -> tuple[Place, Place]:
    """Ends of a crack, or of a crack and its image behind a side that it begins at."""
    slides = any(law.sides == "roller" for law in present(config, Elasticity))
    for side in (0.0, config.geometry.height) if slides else ():
        for mouth, tip in ((first, last), (last, first)):
            if mouth[1] == side != tip[1]:
                return tip, (tip[0], 2 * side - tip[1], *tip[2:])
    return first, last


def capillary_overpotential(cracks: Cracks, config: Config) -> float:
    """(RT/F) F c_Li φ_c L_ξκ/(i₀ρ), ρ = w_A/2: what an end of that radius holds back [V].

    With the least φ_c, that of lithium of the start.
    """
    (damage,), lithium = present(config, Fracture), config.lithium_metal
    thermal = GAS_CONSTANT * config.kinetics.temperature / FARADAY
    radius = cracks.band(damage.length, config.geometry.mesh_size) / 2
    speed = FARADAY * lithium.c_Li * cracks.least_capacity * lithium.capillary_mobility / radius
    return float(thermal * speed / config.kinetics.exchange_current_density)


def driving_overpotential(config: Config) -> float:
    """E₀l of the longest piece of lithium, else the largest voltage of the control [V]."""
    held = max((abs(stage.current_density or 0.0) for stage in config.control), default=0.0)
    field = held / config.materials.electrolyte.ionic_conductivity
    halves = [(piece.reach[1] - piece.reach[0]) / 2 for piece in config.lithium_pieces]
    if halves and field:
        return field * max(halves)
    return max((abs(stage.voltage or 0.0) for stage in config.control), default=0.0)
