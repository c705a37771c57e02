"""What a config means before anything is built: equations, size, and the numbers that decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dendrolith.core import machine
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.sections import present, sections, speaking
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.counter_face import CounterFace
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import OVERPOTENTIAL, Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.griffith import isolated_critical_length, line_crack_pressure
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.shapes.protrusions import Protrusions
from dendrolith.studies.plating.cost import DIRECT, SECONDS_PER_NODE_AND_STEP, memory
from dendrolith.studies.plating.crack_rules import crack_numbers
from dendrolith.studies.plating.flat_front import rest_voltage
from dendrolith.studies.plating.mesh import describe_mesh, read_cell_mesh
from dendrolith.studies.plating.pore_image import describe_pores, read_pores
from dendrolith.studies.plating.pressure_course import largest_pressure
from dendrolith.studies.plating.scales import (
    LARGEST_PULL,
    Scales,
    balance_pressure,
    longest_step,
    pull_of_stress,
    thermodynamic_coupling,
    tip_in_words,
)
from dendrolith.studies.plating.schema import Config, Geometry, Pores
from dendrolith.studies.plating.solver_input import FIELD, SPLIT
from dendrolith.studies.plating.temperature import at_temperature

ELASTIC_DENSITY = 1e4  # J/m³, lithium just plated into the strain of a soft pore at 10 MPa
SMALLEST_FLAW = 8.0  # over ℓ; below it strength decides
ALWAYS_UNKNOWN = 3  # lithium and two potentials

Rows = list[tuple[str, str]]  # (name, value)


def equations(config: Config) -> list[str]:
    """`laws`, a line each."""
    return [f"{name:<11} {equation}" for name, equation in laws(config)]


def laws(config: Config) -> Rows:
    """(name, equation) of each law that is solved, as the laws themselves state them."""
    lines = [
        *config.lithium_metal.equations(),
        *config.kinetics.equations(),
        ("electrons", electronic_potential.EQUATION),
        ("ions", ionic_potential.EQUATION),
    ]
    for _, section in speaking(config):
        lines += section.equations()
    return list(dict(lines).items())


def size(config: Config) -> Rows:
    """Nodes and values of the mesh, memory, and with the split the least time."""
    geometry = config.geometry
    nodes, mesh = _nodes(geometry)
    further = (section.unknowns(geometry.dim) for _, section in speaking(config))
    unknowns = ALWAYS_UNKNOWN + sum(further)
    rows = [
        *mesh,
        ("values", f"{unknowns * nodes} ({unknowns} a node)"),
    ]
    more = " or more" if config.solver.linear == DIRECT else ""
    needed = f"about {memory(config, nodes) / 1e9:.2g} GB{more}"
    rows.append(("memory on one process", f"{needed} of {machine.memory() / 1e9:.3g} GB here"))
    if config.time.scheme != SPLIT:
        return rows
    longest = min(config.time.max_step, longest_step(at_temperature(config)))
    steps = config.time.end / longest
    seconds = steps * nodes * SECONDS_PER_NODE_AND_STEP[geometry.dim]
    return [
        *rows,
        ("longest step", f"{longest:.3g} s, so at least {steps:.0f} steps"),
        ("time on one process", f"about {seconds:.2g} s or more"),
    ]


def _nodes(geometry: Geometry) -> tuple[int, Rows]:
    """Number of nodes, and what is said of the mesh; a mesh file is read and checked."""
    if geometry.mesh_file is not None:
        made = read_cell_mesh(geometry)
        mesh, *notes = describe_mesh(made, geometry)
        return len(made.points), [("mesh", mesh), *(("", note) for note in notes)]
    counts = [n + 1 for n in geometry.counts]
    nodes = math.prod(counts)
    return nodes, [("nodes", f"{nodes} ({' x '.join(map(str, counts))})")]


def numbers(config: Config) -> Rows:
    """Derived numbers that decide whether a run can be trusted, with what they should be."""
    scales, warm = Scales.of(config), at_temperature(config)
    of_the_front = [
        ("delta/h", f"{scales.delta_over_h:.3g} (4 or more)"),
        ("Pe of a flat front", f"{scales.peclet:.2g} (0.3 or less)"),
        ("front velocity", f"{1e6 * scales.front_velocity:.3g} um/s"),
        ("thinnest stable tip", f"{1e6 * scales.thinnest_tip:.3g} um = {tip_in_words(config)}"),
        ("delta/l_k", f"{scales.delta_over_l_k:.2g} (2 or less), l_k = sigma_ion RT/(F i0)"),
        ("L_eta/(L_xi W)", f"{scales.L_eta / (scales.L_xi * scales.W):.2g} (2 or less)"),
    ]
    rows = of_the_front if config.solver.kind == FIELD else []
    for _, section in sections(warm):
        if type(section) in NUMBERS:
            rows += NUMBERS[type(section)](section, warm, scales)
    return rows


def _kinetic_numbers(kinetics: ButlerVolmer, config: Config, _: Scales) -> Rows:
    if present(config, CounterElectrode):
        return []  # which says it with its U
    return [("voltage at rest", f"{0.0 - kinetics.equilibrium_potential:g} V = -E_eq")]


def accuracy(config: Config) -> Rows:
    """What the width of the interface and the mesh cost, as far as it is known before a run.

    Losses of a flat front at small Pe: (h/δ)⁴ of the split, 0.45 (h/δ)² where the surface tension
    is not corrected (solver/theory.md, section 2).
    """
    width, h = config.lithium_metal.interface_width, config.geometry.mesh_size
    loss = (h / width) ** 4 if config.time.scheme == SPLIT else 0.45 * (h / width) ** 2
    return [
        ("kinetics of a front", f"{100 * loss:.2g} % slow on this mesh"),
        ("lithium touches within", f"{1e6 * 1.8 * width:.3g} um, electronically (1.8 delta)"),
        ("necks and gaps below", f"{1e6 * 2 * width:.3g} um are not resolved (2 delta)"),
        ("the run as a whole", "dendrolith converge measures it"),
    ]


def _pore_numbers(pores: Pores, config: Config, _: Scales) -> Rows:
    over_mesh = pores.walls.wall_width / config.geometry.mesh_size
    rows = [("delta_rho/h", f"{over_mesh:.3g} (3 or more)")]
    if pores.image is not None:
        found, *notes = describe_pores(read_pores(config.geometry, pores), pores)
        return [*rows, ("pores", found), *(("", note) for note in notes)]
    return [*rows, ("delta_rho/d", f"{pores.wall_ratio:.2g} (0.25 or less)")]


def _stress_numbers(elastic: Elasticity, config: Config, scales: Scales) -> Rows:
    shift = 1e3 * largest_pressure(config) * config.lithium_metal.molar_volume / FARADAY
    chi_eq = thermodynamic_coupling(config, elastic)
    rows = [
        ("p V_m/F", f"{shift:.3g} mV"),
        (
            "chi_eq",
            f"{chi_eq:.3g}: chi_m at which P_m shifts eta by V_m P_m/F ({elastic.coupling})",
        ),
        (
            "chi_m/chi_eq",
            f"{elastic.stress_coupling / chi_eq:.3g}: the multiple of V_m P_m/F solved",
        ),
    ]
    if elastic.coupling == OVERPOTENTIAL:
        pull = pull_of_stress(config, elastic)
        return [*rows, ("stress over the front", f"{pull:.2g} ({LARGEST_PULL:g} or less)")]
    thermal = GAS_CONSTANT * config.kinetics.temperature / FARADAY
    scale = thermal * elastic.stress_coupling * scales.L_xi * ELASTIC_DENSITY / scales.L_eta
    materials = config.materials
    balance = balance_pressure(materials.lithium, materials.electrolyte, elastic.eigenstrain)
    return [
        *rows,
        ("p*", f"{1e-6 * balance:.3g} MPa (4 p or more)"),
        ("shift of eta by 1e4 J/m^3", f"{1e3 * scale:.2g} mV"),
    ]


def _charge_bound(nuclei: Protrusions, config: Config, _: Scales) -> Rows:
    """Filaments take their charge: t ≥ φ L² F c_Li/(2 σ_ion ΔV), as wide as the protrusions.

    φ is their share of the cross-section: w/P with one of width w in a pitch P, in 3-D πw²/(4PP′).
    ΔV is what is held above the voltage at rest, σ_ion the largest of electrolyte and layers.
    """
    voltage, geometry = config.control[0].voltage, config.geometry
    driven = 0.0 if voltage is None else voltage - rest_voltage(config)
    ahead = geometry.electrolyte_thickness - nuclei.height
    if driven <= 0 or ahead <= 0 or present(config, Cracks):
        return []  # the band of a crack holds little
    width, pitches = nuclei.width, nuclei.pitches(geometry)
    base = width if len(pitches) == 1 else math.pi / 4 * width**2
    charge = FARADAY * config.lithium_metal.c_Li * base / math.prod(pitches) * ahead**2
    conductivities = [layer.ionic_conductivity or 0.0 for layer in config.layers]
    sigma_ion = max([config.materials.electrolyte.ionic_conductivity, *conductivities])
    bound = charge / (2 * sigma_ion * driven)
    return [("charge bound on a short", f"{bound:.3g} s (filaments as wide as the protrusions)")]


def _damage_numbers(damage: Fracture, config: Config, _: Scales) -> Rows:
    """Strength, the smallest flaw that toughness governs, and what isolated lithium cracks."""
    electrolyte = config.materials.electrolyte
    modulus = electrolyte.young_modulus / (1 - electrolyte.poisson_ratio**2)
    flaw, h = SMALLEST_FLAW * damage.length, config.geometry.mesh_size
    tough = damage.on_mesh(h)
    pressure = line_crack_pressure(modulus, tough, flaw)
    rows = [
        ("strength sigma_c", f"{1e-6 * damage.solved_on(h).strength(modulus):.4g} MPa"),
        ("smallest flaw", f"{1e6 * flaw:.3g} um (8 ell), which {1e-6 * pressure:.3g} MPa opens"),
    ]
    held = [abs(stage.current_density or 0.0) for stage in config.control]
    field = max(held) / electrolyte.ionic_conductivity
    if field > 0:
        volume = config.lithium_metal.molar_volume
        length = isolated_critical_length(modulus, tough, volume, field)
        rows.append(("isolated lithium cracks", f"from {2e6 * length:.3g} um on, along the field"))
    return rows


def _counter_numbers(counter: CounterFace, config: Config, _: Scales) -> Rows:
    """Rest, capacity, and where the voltage stops rising with a bridge."""
    rows = [("voltage at rest", f"{rest_voltage(config):.4f} V")]
    if counter.rated_current is not None:
        rows.append(("current of 1C", f"{counter.rated_current:.4g} A/m^2"))
    if math.isfinite(counter.capacity):
        rows.append(("charge of x", f"{counter.capacity:.6g} C/m^2"))
    for number, stage in enumerate(config.control):
        whole = (stage.current or 0.0) * config.electrodes.electronic_resistance
        if whole > 0:
            touched = f"{whole:.4g} V over the part of the face that a bridge touches"
            rows.append((f"plateau of stage {number}", touched))
    return rows


# class of a section → its numbers, of the section, of the config at its temperature
NUMBERS: dict[type, Callable[[Any, Config, Scales], Rows]] = {
    ButlerVolmer: _kinetic_numbers,
    Protrusions: _charge_bound,
    Pores: _pore_numbers,
    Elasticity: _stress_numbers,
    Fracture: _damage_numbers,
    Cracks: lambda cracks, config, scales: crack_numbers(cracks, config, scales.peclet),
    CounterFace: _counter_numbers,
}
