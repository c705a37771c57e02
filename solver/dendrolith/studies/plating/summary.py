"""What a run is about, before it starts, and what it found, when it ends."""

from __future__ import annotations

import math

import numpy as np

from dendrolith.control.stages import in_words
from dendrolith.core.constants import FARADAY, MAH_PER_CM2
from dendrolith.core.sections import present, speaking
from dendrolith.physics.elasticity import Elasticity
from dendrolith.studies.plating.cost import memory_notes
from dendrolith.studies.plating.crack_rules import in_cracks_alone
from dendrolith.studies.plating.observables.columns import ANODE_POTENTIAL, FRONT_WIDTH
from dendrolith.studies.plating.scales import Scales, warnings
from dendrolith.studies.plating.schema import Config

CELLS = {
    "triangle": "triangles",
    "quadrilateral": "quadrilaterals",
    "tetrahedron": "tetrahedra",
    "hexahedron": "hexahedra",
}

WIDEST_FRONT = 1.25  # δ; a front that carries current keeps within 0.75 and 1.1
SHORT_CIRCUITS = ("none", "soft", "hard")  # column short_circuit


def describe(config: Config, ranks: int) -> str:
    """Say what will be solved and the numbers that decide whether it can be trusted."""
    scales, geometry = Scales.of(config), config.geometry
    size = " x ".join(f"{1e6 * extent:.4g}" for extent in geometry.extents)
    lines = [
        config.title or "dendrolith",
        f"  solving    {', '.join(_solved(config))}",
        f"  cell       {size} um, {CELLS[geometry.mesh_cell]}, h = "
        f"{1e6 * geometry.mesh_size:.3g} um, delta/h = {scales.delta_over_h:.3g}, {ranks} "
        f"rank{'s' if ranks > 1 else ''}",
        f"  front      W = {scales.W:.3g} J/m^3, kappa = {scales.kappa:.3g} J/m, "
        f"L_eta = {scales.L_eta:.3g} 1/s, Pe = {scales.peclet:.2g}",
        f"  control    {in_words(config.control)}; {config.time.scheme.replace('_', ' ')} in time",
    ]
    lines += [f"  note: {note}" for note in [*warnings(config), *memory_notes(config, ranks)]]
    return "\n".join(lines)


def _solved(config: Config) -> list[str]:
    """Phrases for what is solved; laws with fields of their own stand before those without."""
    named = [section for _, section in speaking(config) if section.solved()]
    dim = config.geometry.dim
    named.sort(key=lambda section: section.unknowns(dim) == 0)
    always = ["lithium (Allen-Cahn, Butler-Volmer)", "ionic and electronic charge"]
    return [*always, *(section.solved() for section in named)]


def format_short(rows: list[dict[str, float]]) -> str:
    """The class at the end, since when, and the largest path of electrons."""
    now = rows[-1]["short_circuit [1]"]
    label = SHORT_CIRCUITS[int(now)]
    peak = np.nanmax([row["electronic_path [1]"] for row in rows] + [0.0])
    others = [row["time [s]"] for row in rows if row["short_circuit [1]"] != now]
    since = next(row["time [s]"] for row in rows if not others or row["time [s]"] > others[-1])
    when = f" from t = {since:.4g} s" if label != "none" else ""
    return f"{label}{when}; path of electrons up to {peak:.2g}"


def summarise(config: Config, rows: list[dict[str, float]]) -> list[str]:
    """What a run found, ``  name   value`` a line, numbers with units.

    Args:
        config: of the run.
        rows: its time series, a value for each column ``name [unit]``; at least one row.
    """
    last = rows[-1]
    inside, plated = (
        last[f"{name} [mol/m^2]"] for name in ("lithium_in_electrolyte", "lithium_plated")
    )
    return [
        f"  tip height           {1e6 * last['tip_height [m]']:.2f} um of "
        f"{1e6 * config.geometry.electrolyte_thickness:.4g} um",
        f"  ionic current        {last['ionic_current [A/m^2]']:.4g} A/m^2",
        f"  leakage (electronic) {last['electronic_current [A/m^2]']:.3g} A/m^2; after a short "
        f"set by sigma_el(Li) = {config.materials.lithium.electronic_conductivity:.3g} S/m and "
        f"R_c = {config.electrodes.electronic_resistance:.3g} Ohm m^2",
        f"  lithium              {inside:.4g} mol/m^2 in the electrolyte, {plated:.4g} plated",
        _capacity(config, plated),
        *(_stress(rows, elastic) for elastic in present(config, Elasticity)),
        *_dead_lithium(rows),
        *_front(rows),
        *_reference(rows),
        f"  short circuit        {format_short(rows)}",
        *_effort(rows),
    ]


def _front(rows: list[dict[str, float]]) -> list[str]:
    """When the surface of lithium lost its profile; nothing where it kept it."""
    lost = [row["time [s]"] for row in rows if row[FRONT_WIDTH] > WIDEST_FRONT]
    if not lost:
        return []
    widest = np.nanmax([row[FRONT_WIDTH] for row in rows])
    return [
        f"  note: from t = {lost[0]:.4g} s the front is up to {widest:.2g} delta wide: reaction "
        "outruns its relaxation, and from 2 on lithium has no surface (front_width); raise "
        "capillary_mobility, or lower voltage, exchange_current_density or stress_coupling"
    ]


def _reference(rows: list[dict[str, float]]) -> list[str]:
    """When lithium reached the reference electrode; nothing where it did not, or there is none."""
    blind = [row["time [s]"] for row in rows if math.isnan(row.get(ANODE_POTENTIAL, 0.0))]
    if not blind:
        return []
    return [f"  note: lithium reached the reference electrode at t = {blind[0]:.4g} s"]


def _capacity(config: Config, plated: float) -> str:
    """What was plated and what the electrolyte has room for, in the unit of cyclers [mol/m² in]."""
    room = config.geometry.electrolyte_thickness * config.lithium_metal.c_Li
    unit = FARADAY / MAH_PER_CM2
    line = f"  capacity plated      {plated * unit:.3g} mAh/cm^2"
    if in_cracks_alone(config):
        return line
    filled = f"(fill_fraction {config.lithium_metal.fill_fraction:g})"
    return f"{line}; the electrolyte has room for {room * unit:.3g} {filled}"


def _stress(rows: list[dict[str, float]], elastic: Elasticity) -> str:
    """The largest of the run beside the strength of lithium."""
    pressure, von_mises = (
        1e-6 * max(row[f"{name}_in_lithium [Pa]"] for row in rows)
        for name in ("pressure", "von_mises")
    )
    return (
        f"  stress in lithium    P_m up to {pressure:.3g} MPa, von Mises up to {von_mises:.3g} MPa "
        f"during the run (yield strength {1e-6 * elastic.yield_strength:.3g})"
    )


def _effort(rows: list[dict[str, float]]) -> list[str]:
    """How well charge closed, what that took, and what was out of the ordinary."""
    errors = np.array([row["charge_error [1]"] for row in rows])
    newton = np.mean([row["newton_iterations [1]"] for row in rows])
    krylov = np.mean([row["krylov_iterations [1]"] for row in rows])
    lines = [
        f"  charge error         median {np.median(errors):.1e}, largest {errors.max():.1e}",
        f"  solver               {newton:.1f} Newton, {krylov:.0f} Krylov iterations a step",
    ]
    directly = int(sum(row["fallback_solves [1]"] for row in rows))
    if directly:
        lines.append(f"  note: {directly} systems were solved directly where their solver failed")
    bounded = int(sum(row["bounded_kinetics [1]"] for row in rows))
    if bounded:
        lines.append(
            f"  note: in {bounded} steps the overpotential left the range of the exponentials; "
            "their linear continuation was used (bounded_kinetics)"
        )
    return lines


def _dead_lithium(rows: list[dict[str, float]]) -> list[str]:
    """How much is dead at the end, what the threshold makes of it, and who disagrees."""
    dead, low, high, adrift = (
        rows[-1][f"{name} [mol/m^2]"]
        for name in (
            "dead_lithium",
            "dead_lithium_0.3",
            "dead_lithium_0.7",
            "electrically_dead_lithium",
        )
    )
    lines = [
        f"  dead lithium         {dead:.2g} mol/m^2 ({low:.2g} for xi > 0.3, {high:.2g} for 0.7), "
        f"{adrift:.2g} by its potential"
    ]
    apart = int(sum(row["dead_disagreement [1]"] for row in rows))
    if apart:
        lines.append(
            f"  note: in {apart} steps lithium cut off by geometry and by potential differ by more "
            "than a tenth (dead_disagreement)"
        )
    return lines
