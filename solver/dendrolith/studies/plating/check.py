"""What a config means before anything is built: equations, size, and the numbers that decide."""

from __future__ import annotations

import math

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.physics.elasticity import DRIVING_FORCE
from dendrolith.studies.plating.scales import Scales
from dendrolith.studies.plating.schema import SPLIT, Config
from dendrolith.studies.plating.summary import describe
from dendrolith.studies.plating.temperature import at_temperature

# Measured with elasticity, iterative solvers, one process of a 2-core machine, by dimension: an
# order of magnitude, no promise. 2-D with the quickstart at 13 000 to 186 000 nodes, 3-D with
# dendrite_3d at 26 000 and 235 000. MUMPS took 2.6 times the memory at 106 000 nodes in 2-D; its
# share grows with size.
SECONDS_PER_NODE_AND_STEP = {2: 15e-6, 3: 60e-6}
BYTES_PER_PROCESS = 160e6
BYTES_PER_NODE = {2: 4e3, 3: 11e3}
MUMPS_MEMORY = 2.6
ELASTIC_DENSITY = 1e4  # J/m³, lithium just plated into the strain of a soft pore at 10 MPa


def check(config: Config) -> str:
    """The whole report; builds no mesh and compiles nothing."""
    warm = at_temperature(config)
    parts = [
        describe(config, ranks=1),
        "equations",
        *(f"  {line}" for line in equations(config)),
        "size and cost",
        *(f"  {name:<26} {value}" for name, value in _size(config)),
        "numbers",
        *(f"  {name:<26} {value}" for name, value in numbers(warm)),
    ]
    return "\n".join(parts)


def equations(config: Config) -> list[str]:
    """What is solved, one equation a line: its name, then its terms."""
    surface = "kappa (gamma(n)/gamma)^2" if config.anisotropy else "kappa"
    elastic = config.elasticity
    driven = elastic is not None and elastic.coupling == DRIVING_FORCE
    lines = [
        f"lithium     d(xi)/dt = a(rho) {{-L_xi [W g' - div({surface} grad xi)"
        f"{' + chi_m d(f_elas)/d(xi)' if driven else ''}] - L_eta m'(xi) B(eta)"
        f"{' + noise' if config.noise else ''}}}",
        "kinetics    B = exp((1-alpha) F eta/RT) - c exp(-alpha F eta/RT),  "
        f"eta = phi_el - phi_ion - E_eq{'' if driven or elastic is None else ' + chi_m V_m P_m/F'}",
        "electrons   -div(sigma_el grad phi_el) = +i,  i = F c_Li dm(xi)/dt",
    ]
    if config.ion_transport is None:
        lines.append("ions        -div(sigma_ion grad phi_ion) = -i,  c = 1")
    else:
        lines += [
            "ions        div(i_ion) = -i,  "
            "i_ion = -sigma_ion [c grad phi_ion + (2 t_plus - 1)(RT/F) grad c]",
            "anions      F c0 dc/dt = div{(1 - t_plus) sigma_ion [(RT/F) grad c - c grad phi_ion]}",
        ]
    if config.pores is not None:
        moving = config.pores.evolution is not None
        lines.append(
            f"pores       {'d(rho)/dt = div(M grad mu_rho)' if moving else 'rho is frozen'}"
        )
    if elastic is not None:
        lines.append(f"mechanics   div(sigma) = 0, right side: {elastic.right.replace('_', ' ')}")
    return lines


def _size(config: Config) -> list[tuple[str, str]]:
    geometry, scales = config.geometry, Scales.of(config)
    counts = [max(1, round(extent / geometry.mesh_size)) for extent in geometry.extents]
    nodes = math.prod(n + 1 for n in counts)
    unknowns = 3 + (config.ion_transport is not None) + (config.pores is not None)
    if config.elasticity is not None:
        unknowns += geometry.dim
    rows = [
        ("nodes", f"{nodes} ({' x '.join(str(n + 1) for n in counts)})"),
        ("values", f"{unknowns * nodes} ({unknowns} a node)"),
    ]
    direct = config.solver.linear == "mumps"
    a_node = BYTES_PER_NODE[geometry.dim] * (MUMPS_MEMORY if direct else 1.0)
    memory = f"about {(BYTES_PER_PROCESS + nodes * a_node) / 1e9:.2g} GB"
    rows.append(("memory on one process", memory + (" or more" if direct else "")))
    if config.time.scheme != SPLIT:
        return rows
    relaxation = config.time.max_relaxation / (scales.L_xi * scales.W)
    longest = min(config.time.max_step, relaxation)
    steps = config.time.end / longest
    seconds = steps * nodes * SECONDS_PER_NODE_AND_STEP[geometry.dim]
    return [
        *rows,
        ("longest step", f"{longest:.3g} s, so at least {steps:.0f} steps"),
        ("time on one process", f"about {seconds:.2g} s or more"),
    ]


def numbers(config: Config) -> list[tuple[str, str]]:
    """Derived numbers that decide whether a run can be trusted, with what they should be.

    Args:
        config: at the temperature of the run.
    """
    scales, lithium = Scales.of(config), config.lithium_metal
    rows = [
        ("delta/h", f"{scales.delta_over_h:.3g} (4 or more)"),
        ("delta_rho/h", f"{scales.delta_rho_over_h:.3g} (3 or more)"),
        ("delta_rho/d", f"{scales.delta_rho_over_d:.2g} (0.25 or less)"),
        ("Pe of a flat front", f"{scales.peclet:.2g} (0.3 or less)"),
        ("front velocity", f"{1e6 * scales.front_velocity:.3g} um/s"),
        ("thinnest stable tip", f"{1e6 * scales.thinnest_tip:.3g} um = L_xi kappa/v"),
        ("L_eta/(L_xi W)", f"{scales.L_eta / (scales.L_xi * scales.W):.2g}"),
        ("charge bound on a short", _charge_bound(config)),
    ]
    elastic = config.elasticity
    if elastic is not None:
        shift = 1e3 * elastic.pressure * lithium.molar_volume / FARADAY
        thermal = GAS_CONSTANT * config.kinetics.temperature / FARADAY
        scale = thermal * elastic.stress_coupling * scales.L_xi * ELASTIC_DENSITY / scales.L_eta
        rows += [
            ("p V_m/F", f"{shift:.3g} mV (times chi_m = {elastic.stress_coupling:g})"),
            ("p*", f"{1e-6 * scales.balance_pressure:.3g} MPa (4 p or more)"),
            ("shift of eta by 1e4 J/m^3", f"{1e3 * scale:.2g} mV"),
        ]
    return [(name, value) for name, value in rows if "nan" not in value]


def _charge_bound(config: Config) -> str:
    """Filaments of width w, one in a pitch P, take their charge: t ≥ w L² F c_Li/(2 σ_ion V P)."""
    first, nuclei, geometry = config.control[0], config.protrusions, config.geometry
    if nuclei is None or first.voltage is None or first.voltage <= 0:
        return "needs protrusions and a held voltage"
    ahead = geometry.electrolyte_thickness - nuclei.height
    share = (nuclei.width / min(nuclei.pitches(geometry))) ** (geometry.dim - 1)
    charge = FARADAY * config.lithium_metal.c_Li * share * ahead**2
    sigma_ion = config.materials.electrolyte.ionic_conductivity
    return (
        f"{charge / (2 * sigma_ion * first.voltage):.3g} s (filaments as wide as the protrusions)"
    )
